// The data plane against no proxy, nginx stream and HAProxy in TCP mode: ratios, next to the budgets.
import fs from 'node:fs';
import { forwarders, startWorker, type Forwarder } from './data/forwarders.js';
import { connections, datagrams, idle, requests, throughput } from './data/load.js';

const ms = 2500;

type Figures = Record<string, number>;

/** CPU seconds that a process has used; Linux counts in hundredths. */
const cpuOf = (pid: number): number => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

const memoryOf = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const figuresOf = async ({ ports, pid }: Forwarder): Promise<Figures> => {
  const cpu = pid === undefined ? 0 : cpuOf(pid);
  const one = await throughput(ports.tcp, 1, ms);
  const gigabytes = (one * ms * 1.2) / 1e12;
  const cpuPerGB = pid === undefined ? 0 : (cpuOf(pid) - cpu) / gigabytes;
  const eight = await throughput(ports.tcp, 8, ms);
  const fresh = await connections(ports.tcp, 16, ms);
  const { rate, p50, p99 } = await requests(ports.tcp, 32, ms);
  const alone = await requests(ports.tcp, 1, ms / 2);
  const udp = ports.udp === 0 ? Number.NaN : await datagrams(ports.udp, 16, ms);
  const before = pid === undefined ? 0 : memoryOf(pid);
  const close = await idle(ports.tcp, 1000);
  const memory = pid === undefined ? 0 : memoryOf(pid) - before;
  close();
  return {
    'one stream, MB/s': one / 1e6, 'eight streams, MB/s': eight / 1e6, 'new connections/s': fresh, 'requests/s, 32 clients': rate,
    'p50 of 32, ms': p50, 'p99 of 32, ms': p99, 'p50 alone, ms': alone.p50, 'datagrams/s': udp, 'CPU s per GB': cpuPerGB, 'MiB per 1000 connections': memory,
  };
};

/** At least so much of nginx's figure, from the issue that asked for the data plane. */
const budgets: Figures = { 'one stream, MB/s': 0.8, 'eight streams, MB/s': 0.8, 'new connections/s': 0.6, 'requests/s, 32 clients': 0.6 };

const round = (value: number): string => (Number.isNaN(value) ? '-' : value >= 100 ? value.toFixed(0) : value.toPrecision(3));

const line = (cells: string[]): string => cells.map((cell, at) => (at === 0 ? cell.padEnd(26) : cell.padStart(11))).join('');

const verdict = (name: string, user: number, nginx: number | undefined): string => {
  if (nginx === undefined) return '';
  const budget = budgets[name];
  const ratio = user / nginx;
  return `${ratio.toFixed(2)}${budget === undefined ? '' : ` (budget ${budget}${ratio >= budget ? '' : ', missed'})`}`;
};

const table = (measured: Record<string, Figures>): string[] => {
  const names = Object.keys(measured);
  const rows = Object.keys(measured['user'] ?? {}).map((figure) =>
    `${line([figure, ...names.map((name) => round(measured[name]?.[figure] ?? Number.NaN))])}   ${verdict(figure, measured['user']?.[figure] ?? 0, measured['nginx']?.[figure])}`);
  return [`${line(['', ...names])}   user/nginx`, ...rows];
};

export const dataPlane = async (): Promise<string[]> => {
  const target = await startWorker('target');
  const measured: Record<string, Figures> = {};
  const missing: string[] = [];
  for (const [name, start] of Object.entries(forwarders)) {
    const forwarder = await start(target.ports);
    if (forwarder) measured[name] = await figuresOf(forwarder).finally(forwarder.stop);
    else missing.push(`${name} is not installed (or its stream module is not): no comparison with it`);
  }
  target.child.kill();
  return [...table(measured), ...missing];
};
