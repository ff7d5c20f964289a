// What runs of nlbox may have left on this machine, and what its clocks say: gathered for `doctor`, read without rights of one's own.
import fs from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../clock.js';
import { isAlive } from '../../process-life.js';
import { ask } from '../run.js';

export type LeftoverFacts = {
  /** Tables of nftables, as [family, name], whose writer has died. */
  tables: { family: string; name: string }[];
  /** Addresses of 127.0.0.0/8 that somebody added to the loopback interface. */
  aliases: string[];
  /** Other processes of nlbox that run the product. */
  runs: { pid: number; stateDir: string | undefined }[];
};

/** Milliseconds; undefined where there is nothing to compare with. */
export type ClockFacts = { now: number; newestState: number | undefined; docker: number | undefined };

type Table = { table?: { family?: string; name?: string } };

/** The tables of `nft -j list tables` that are a dead nlbox's: their names end in the writer's pid and start. Pure, but for `alive`. */
export const deadTables = (json: string, alive: (pid: number, start: string) => boolean): LeftoverFacts['tables'] =>
  ((JSON.parse(json) as { nftables?: Table[] }).nftables ?? []).flatMap(({ table }) => {
    const [, pid = '', start = ''] = /^nlbox_[0-9a-f]{8}_\d+_(\d+)_(\d*)$/.exec(table?.name ?? '') ?? [];
    return pid !== '' && !alive(Number(pid), start) ? [{ family: table?.family ?? 'ip', name: table?.name ?? '' }] : [];
  });

/** Addresses that `ip address` or `ifconfig` shows of the loopback interface, all but the one of every machine. Pure. */
export const aliasesIn = (text: string): string[] =>
  [...text.matchAll(/\binet (127(?:\.\d{1,3}){3})/g)].map((match) => match[1] ?? '').filter((address) => address !== '127.0.0.1');

/** The state directory that a command line of `nlbox up` names; undefined for another program. Pure. */
export const runIn = (cmdline: string): { stateDir: string | undefined } | undefined => {
  const words = cmdline.split('\0').filter(Boolean);
  if (!words.some((word) => /(^|\/)nlbox(\.mjs)?$/.test(word)) || !words.includes('up')) return undefined;
  const at = words.indexOf('--state-dir');
  return { stateDir: at < 0 ? undefined : words[at + 1] };
};

const processes = (): LeftoverFacts['runs'] => {
  const found: LeftoverFacts['runs'] = [];
  for (const name of fs.existsSync('/proc') ? fs.readdirSync('/proc').filter((one) => /^\d+$/.test(one)) : []) {
    try {
      const run = runIn(fs.readFileSync(`/proc/${name}/cmdline`, 'utf8'));
      if (run && Number(name) !== process.pid) found.push({ pid: Number(name), ...run });
    } catch {
      // It has ended meanwhile, or is not ours to read.
    }
  }
  return found;
};

export const gatherLeftovers = async (): Promise<LeftoverFacts> => {
  const mac = process.platform === 'darwin';
  const [nft, lo] = await Promise.all([
    ask('nft', ['-j', 'list', 'tables']),
    mac ? ask('ifconfig', ['lo0']) : ask('ip', ['address', 'show', 'dev', 'lo']),
  ]);
  return { tables: nft.ok ? deadTables(nft.output, isAlive) : [], aliases: lo.ok ? aliasesIn(lo.output) : [], runs: processes() };
};

const newest = (folder: string): number | undefined => {
  try {
    return Math.max(...fs.readdirSync(folder).map((name) => fs.statSync(path.join(folder, name)).mtimeMs));
  } catch {
    return undefined;
  }
};

/** Docker Desktop's clock is that of a virtual machine: it stands still while the computer sleeps. */
export const gatherClocks = async (stateDir: string): Promise<ClockFacts> => {
  const docker = await ask('docker', ['info', '--format', '{{.SystemTime}}']);
  const time = docker.ok ? Date.parse(docker.output.trim()) : Number.NaN;
  return { now: systemClock.now(), newestState: newest(stateDir), docker: Number.isNaN(time) ? undefined : time };
};
