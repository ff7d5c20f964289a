// A whole minute of new connections that are closed properly, in a network of its own: whoever remembers them for long has a
// full table before it is over, and searches it for something to drop for each new one.
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Connections in each second, and the most entries that the kernel's table had, of `room`. */
export type Minute = { rates: number[]; entries: number; room: number };

const inside = fileURLToPath(new URL('./minute-inside.js', import.meta.url));

const flags = ['--map-root-user', '--net', '--kill-child', '--fork'];

const possible = (): boolean => spawnSync('unshare', [...flags, 'sh', '-c', 'nft list tables && conntrack -C']).status === 0;

const run = async (name: string): Promise<Minute> => {
  const command = `ip link set lo up && exec "${process.execPath}" "${inside}" ${name}`;
  const { stdout } = await promisify(execFile)('unshare', [...flags, 'sh', '-c', command]);
  return JSON.parse(stdout) as Minute;
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const told = (name: string, { rates, entries, room }: Minute): string => {
  const [first, last] = [mean(rates.slice(0, 10)), mean(rates.slice(-10))];
  return `${name}: ${first.toFixed(0)}/s in the first ten seconds, ${last.toFixed(0)}/s in the last (${(last / first).toFixed(2)}), ${entries} entries of ${room} at most`;
};

/** Lines for the report. */
export const minute = async (): Promise<string[]> => {
  if (!possible()) return ['no minute of new connections: networks of one\'s own, nft or conntrack are not to be had here'];
  const lines = [];
  for (const name of ['kernel', 'dnat']) lines.push(told(name, await run(name)));
  return ['a minute of new connections that both sides close, in a network of its own whose table has room for 20,000 more:', ...lines];
};
