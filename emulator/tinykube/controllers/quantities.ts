// Resource quantities as far as the scheduler needs them: cpu in millicores, memory in bytes; pure.
import type { PodSpec } from './kinds.js';

const units: Record<string, number> = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, m: 1e-3 };

/** The number a quantity stands for; 0 when it is none. */
export const quantity = (text: string | undefined): number => {
  const parts = /^([0-9.]+)([a-zA-Z]*)$/.exec(text ?? '');
  return parts ? Number(parts[1]) * (units[parts[2] ?? ''] ?? 0) : 0;
};

export type Demand = { cpu: number; memory: number };

/** What a pod asks for, all containers together. */
export const demandOf = (spec: PodSpec): Demand =>
  spec.containers.reduce((total, { resources }) => {
    const requests = { ...resources?.limits, ...resources?.requests };
    return { cpu: total.cpu + quantity(requests['cpu']), memory: total.memory + quantity(requests['memory']) };
  }, { cpu: 0, memory: 0 });
