// Whether the kernel can carry connections here, and the engine where it can.
import fs from 'node:fs';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Kernel } from '../dataplane.js';
import type { Route } from '../types.js';
import { createKernelCarrier } from './carrier.js';
import { changesBetween, type Table } from './changes.js';
import { systemCommands, type Commands } from './commands.js';
import { forgetEarlier } from './conntrack.js';
import { readFacts } from './facts.js';
import { emptyRuleset } from './ruleset.js';
import { reasonAgainst } from './suits.js';
import { removeLeftoverTables, tableOf } from './tables.js';
import { timeoutName, timeoutText } from './timeouts.js';

/** Why not, in half a sentence, and what mends it. */
export type Obstacle = { problem: string; remedy: string };

const netAdmin = 12n;

const hasNetAdmin = (): boolean => {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> netAdmin) & 1n) === 1n;
};

const obstacleOf = (what: string, packageName: string): Obstacle => ({ problem: `${what} is not installed`, remedy: `Install it: \`apt-get install ${packageName}\`.` });

// Nothing short of the real rules says whether this kernel has all they need.
const rehearse = async (commands: Commands, table: Table): Promise<Obstacle | undefined> => {
  const prepared = await commands.text(timeoutText(table.name, timeoutName('tcp', 350_000)));
  if (!prepared.found) return obstacleOf('nft', 'nftables');
  const tried = prepared.ok ? await commands.batch(changesBetween(undefined, emptyRuleset, table), { check: true }) : prepared;
  await commands.batch([{ delete: { table: { family: 'ip', name: table.name } } }]);
  if (!tried.ok) return { problem: `nft cannot set up the rules here (${tried.stderr.split('\n')[0]})`, remedy: 'It needs a kernel with nf_tables, NAT, jhash and ct timeout: Linux 5.10 or later as distributions build it.' };
  const counted = await commands.conntrack(['-C']);
  if (!counted.found) return obstacleOf('conntrack', 'conntrack');
  return counted.ok ? undefined : { problem: 'conntrack cannot read the flows of this kernel', remedy: 'It needs a kernel with nf_conntrack_netlink.' };
};

/** What keeps the kernel from carrying connections; undefined: nothing does. */
export const findObstacle = async (commands: Commands, table: Table): Promise<Obstacle | undefined> => {
  if (process.platform !== 'linux') return { problem: 'only Linux has nftables', remedy: 'Use `--engine user` here.' };
  if (!hasNetAdmin()) return { problem: 'CAP_NET_ADMIN is missing', remedy: 'Run nlbox as root, or in a container with `--cap-add NET_ADMIN`.' };
  return rehearse(commands, table);
};

export type EngineOptions = { runId: string; route: Route; clock: Clock; log: Log; commands?: Commands };

/** The engine, or what stands in its way. Whatever dead runs left behind is removed first. */
export const openKernel = async ({ runId, commands = systemCommands, ...options }: EngineOptions): Promise<Kernel | Obstacle> => {
  const table = tableOf(runId);
  const obstacle = await findObstacle(commands, table);
  if (obstacle) return obstacle;
  const left = await removeLeftoverTables(commands, runId);
  if (left.some((name) => name.startsWith(`nlbox_${runId}_`))) await forgetEarlier(commands, table.owner);
  for (const name of left) options.log.info({ table: name }, 'removed the rules of a run that is no more');
  return {
    carry: (health, refused) => createKernelCarrier({ ...options, commands, table }, health, refused),
    divide: () => {
      const facts = readFacts();
      return (listener, pools) => reasonAgainst(listener, pools, options.route, facts);
    },
  };
};
