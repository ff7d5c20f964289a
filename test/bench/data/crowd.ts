// Ten thousand connections that do nothing, through one process of ours, clients and target in two others: all are held, and nothing of them is left.
import fs from 'node:fs';
import { memoryOf, openFiles } from './figures.js';
import { startWorker } from './forwarders.js';
import { idle } from './load.js';
import type { Ports } from './worker.js';

/** A connection has two descriptors in a process between, which needs some for itself. */
const most = (): number => Math.floor((Number(/^Max open files\s+\d+\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Infinity) - 100) / 2);

const wanted = 10_000;

const settled = async (pid: number, files: number): Promise<number> => {
  const until = performance.now() + 20_000;
  while (openFiles(pid) > files && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  return openFiles(pid) - files;
};

const hold = async (pid: number, { tcp }: Ports, count: number): Promise<string> => {
  // What the first connection makes a process open for good is nobody's.
  (await idle(tcp, 1))();
  await settled(pid, openFiles(pid) - 2);
  const [files, memory] = [openFiles(pid), memoryOf(pid)];
  const close = await idle(tcp, count);
  const [held, grown] = [openFiles(pid) - files, memoryOf(pid) - memory];
  close();
  return `${count} idle connections: ${held} descriptors and ${grown.toFixed(0)} MiB while they were there, ${await settled(pid, files)} descriptors afterwards`;
};

/** Lines for the report. */
export const crowd = async (): Promise<string[]> => {
  const target = await startWorker('target');
  const { ports, child } = await startWorker('forwarder', String(target.ports.tcp), String(target.ports.udp));
  const count = Math.min(wanted, most());
  try {
    const line = await hold(child.pid ?? 0, ports, count);
    return [count === wanted ? line : `${line} (more than ${count} need a hard limit of descriptors above ${2 * wanted})`];
  } finally {
    child.kill();
    target.child.kill();
  }
};
