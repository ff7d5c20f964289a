// `nlbox wait`: for scripts and CI, until nlbox is ready, or a load balancer is active, or all of its targets are healthy.
import { systemClock } from '../clock.js';
import { UserError } from '../errors.js';
import type { Info } from '../main.js';
import { fetchInfo } from './admin.js';
import { findRun, stateDirOf, type StateOptions } from './run-file.js';

export type Wanted = 'ready' | 'active' | 'healthy';

export type WaitOptions = StateOptions & { for?: Wanted; loadBalancer?: string; timeout?: number };

type Progress = { done: true } | { done: false; why: string };

/** Whether what is wanted has come, or what is still missing. Without a name every load balancer counts, and there must be one. */
export const progress = (info: Info | undefined, wanted: Wanted, name?: string): Progress => {
  if (!info) return { done: false, why: 'nlbox is not ready' };
  if (wanted === 'ready') return { done: true };
  const balancers = info.loadBalancers.filter(({ LoadBalancerName, DNSName }) => name === undefined || LoadBalancerName === name || DNSName === name || LoadBalancerName.startsWith(`${name}-`));
  if (balancers.length === 0) return { done: false, why: name === undefined ? 'there is no load balancer' : `there is no load balancer '${name}'` };
  const pending = balancers.find(({ State }) => State !== 'active');
  if (pending) return { done: false, why: `${pending.LoadBalancerName} is ${pending.State}` };
  if (wanted === 'active') return { done: true };
  for (const { LoadBalancerName, targets } of balancers) {
    // What drains is on its way out.
    const staying = targets.filter(({ State }) => State !== 'draining');
    const ill = staying.find(({ State }) => State !== 'healthy');
    if (ill) return { done: false, why: `target ${ill.Id}:${ill.Port} of ${LoadBalancerName} is ${ill.State}${ill.lastProbe === undefined ? '' : ` (last probe: ${ill.lastProbe})`}` };
    if (staying.length === 0) return { done: false, why: `${LoadBalancerName} has no targets` };
  }
  return { done: true };
};

const look = async (options: StateOptions): Promise<Info | undefined> => {
  const run = findRun(stateDirOf(options));
  return run && fetchInfo(run).catch(() => undefined);
};

const pause = 200;

export const wait = async (options: WaitOptions): Promise<void> => {
  const wanted = options.for ?? 'ready';
  const seconds = options.timeout ?? 120;
  const until = systemClock.now() + seconds * 1000;
  for (;;) {
    const now = progress(await look(options), wanted, options.loadBalancer);
    if (now.done) return;
    if (systemClock.now() >= until) throw new UserError(`not ${wanted} after ${seconds} s: ${now.why}`, { hint: 'See `npx nlbox status`, or wait longer with --timeout.' });
    await systemClock.sleep(pause);
  }
};
