// The figures of one forwarder, and what its process paid for them.
import fs from 'node:fs';
import type { Forwarder } from './forwarders.js';
import { figures, type Figure } from './budgets.js';
import { connections, datagrams, idle, requests, throughput } from './load.js';

/** How long each load lasts; three rounds of all forwarders stay under three minutes. */
const ms = 1000;

// Peers are compiled before they start, a Node process while it runs: a load balancer is measured as it is after its first
// thousands of connections, not during them. The same for all.
const warmUp = 4000;

/** CPU seconds that a process has used; Linux counts in hundredths. */
export const cpuOf = (pid: number): number => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

export const memoryOf = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const cpuDuring = async <T>(pid: number | undefined, load: () => Promise<T>): Promise<[T, number]> => {
  const before = pid === undefined ? 0 : cpuOf(pid);
  const result = await load();
  return [result, pid === undefined ? 0 : cpuOf(pid) - before];
};

export const openFiles = (pid: number): number => fs.readdirSync(`/proc/${pid}/fd`).length;

/** What a load leaves behind is over when forwarder and target have closed its connections: the next one pays for none of it. */
const alone = async <T>(pids: readonly number[], load: () => Promise<T>): Promise<T> => {
  const before = pids.map(openFiles);
  const result = await load();
  const until = performance.now() + 10_000;
  while (pids.some((pid, at) => openFiles(pid) > (before[at] ?? 0))) {
    if (performance.now() > until) throw new Error('connections of a load that is over stay open');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return result;
};

// First of all loads: what an earlier one has left in the heap would be given to these.
const memoryFor = async ({ ports, pid }: Forwarder): Promise<number> => {
  if (pid === undefined) return 0;
  const [count, before] = [2000, memoryOf(pid)];
  const close = await idle(ports.tcp, count);
  const grown = memoryOf(pid) - before;
  close();
  return (grown * 1000) / count;
};

/** Each load runs alone. The latencies are those of one client; what no proxy costs is taken off by `added`. */
export const figuresOf = async (forwarder: Forwarder, target: number): Promise<Record<Figure, number>> => {
  const { ports, pid } = forwarder;
  const after = <T>(load: () => Promise<T>): Promise<T> => alone(pid === undefined ? [target] : [pid, target], load);
  // Connected once before anything is counted: a peer opens descriptors of its own for the first.
  await after(() => requests(ports.tcp, 1, ms / 20));
  const memory = await after(() => memoryFor(forwarder));
  const [one, cpuOne] = await after(() => cpuDuring(pid, () => throughput(ports.tcp, 1, ms)));
  const eight = await after(() => throughput(ports.tcp, 8, ms));
  await after(() => connections(ports.tcp, 16, warmUp));
  const [fresh, cpuFresh] = await after(() => cpuDuring(pid, () => connections(ports.tcp, 16, ms)));
  const kept = await after(() => requests(ports.tcp, 32, ms));
  const single = await after(() => requests(ports.tcp, 1, ms));
  return {
    [figures.one]: one.rate / 1e6,
    [figures.eight]: eight.rate / 1e6,
    [figures.fresh]: (fresh * 1000) / ms,
    [figures.requests]: kept.rate,
    [figures.datagrams]: ports.udp === 0 ? Number.NaN : await datagrams(ports.udp, 16, ms),
    [figures.addedP50]: single.p50,
    [figures.addedP99]: single.p99,
    [figures.cpuGB]: cpuOne / (one.bytes / 1e9),
    [figures.cpuFresh]: (cpuFresh * 10_000) / fresh,
    [figures.memory]: memory,
  };
};

/** The latencies without what no proxy at all costs. */
export const added = (own: Record<Figure, number>, none: Record<Figure, number>): Record<Figure, number> => ({
  ...own,
  [figures.addedP50]: own[figures.addedP50] - none[figures.addedP50],
  [figures.addedP99]: own[figures.addedP99] - none[figures.addedP99],
});
