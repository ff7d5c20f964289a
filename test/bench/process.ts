// What a process has used, as the kernel counts it.
import fs from 'node:fs';
import os from 'node:os';

const ticksPerSecond = 100;

/** CPU time of a process so far, user and system, in ms. */
export const cpuOf = (pid: number): number => {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1000;
};

/** Resident memory of a process now, in MiB. */
export const memoryOf = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** The share of one core that a process uses over `ms`. */
export const restOf = async (pid: number, ms: number): Promise<number> => {
  const before = cpuOf(pid);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return (cpuOf(pid) - before) / ms;
};

/** A figure with its budget, and whether it is kept. */
export const judged = (what: string, figure: number, budget: number, unit: string, digits = 0): string =>
  `${what}: ${figure.toFixed(digits)} ${unit} (budget: under ${budget} ${unit}; ${figure < budget ? 'met' : 'MISSED'})`;

/** How busy the machine is: figures mean little on a busy one. */
export const loadLine = (): string => `load average ${os.loadavg().map((value) => value.toFixed(1)).join(' ')} on ${os.cpus().length} cores`;
