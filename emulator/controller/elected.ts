// A controller among several that wait for each other: it works while it holds the Lease, and is made anew for each term.
import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { messageOf } from '../errors.js';
import type { KubeClient } from '../kube/client.js';
import { createRecorder } from '../kube/events.js';
import { campaign, leaseTimes, type LeaseTimes } from '../kube/lease.js';
import { leases } from '../kube/resources.js';
import type { Orphans } from './orphans.js';
import { run, type RunOptions, type Running } from './run.js';

export type LeaderElection = { namespace: string; name: string; times?: LeaseTimes };

export type Life = {
  ready: Promise<void>;
  /** Who works instead. */
  leader: () => string | undefined;
  orphans: () => Orphans | undefined;
  /** Resolves when nothing works any more. */
  end: () => Promise<void>;
};

/** Resolves once, when the controller works or knows that another one does. */
const createBeginning = () => {
  let begun = false;
  let settle: { resolve: () => void; reject: (error: unknown) => void } = { resolve: () => {}, reject: () => {} };
  const ready = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  return {
    ready,
    begun: (): boolean => begun,
    begin: (): void => {
      begun = true;
      settle.resolve();
    },
    fail: (error: unknown): void => settle.reject(error),
  };
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

/** What another one has done meanwhile is looked at, not remembered: nothing of a term is used in the next. */
const createTerms = (options: RunOptions, client: KubeClient, beginning: ReturnType<typeof createBeginning>, retry: number) => {
  let running: Running | undefined;
  const work = async (held: AbortSignal): Promise<void> => {
    try {
      running = await run(options, client, held);
      await running.ready;
      beginning.begin();
      await aborted(held);
    } finally {
      await running?.end();
      running = undefined;
    }
  };
  return {
    orphans: (): Orphans | undefined => running?.orphans,
    // A cluster that was there once comes back; one that never was is the user's mistake.
    lead: async (held: AbortSignal): Promise<void> => {
      while (!held.aborted) {
        await work(held).catch((error: unknown) => {
          if (!beginning.begun() && !held.aborted) throw error;
          options.log.warn({ err: messageOf(error) }, 'the controller could not work');
        });
        await options.clock.sleep(retry, held).catch(() => {});
      }
    },
  };
};

/** Stands for the Lease until `signal` is aborted. */
export const electedLife = (options: RunOptions, client: KubeClient, signal: AbortSignal, { namespace, name, times = leaseTimes }: LeaderElection): Life => {
  const { clock, log } = options;
  const identity = `${os.hostname()}_${randomUUID()}`;
  const recorder = createRecorder({ client, resource: leases, component: identity, clock, log });
  const beginning = createBeginning();
  const terms = createTerms(options, client, beginning, times.retry);
  let leader: string | undefined;
  const lead = (held: AbortSignal): Promise<void> => {
    leader = undefined;
    return terms.lead(held);
  };
  const waiting = (holder: string): void => {
    log.info({ holder }, 'another controller holds the lease');
    leader = holder;
    beginning.begin();
  };
  const over = campaign({ client, clock, log, recorder, namespace, name, identity, times }, { signal, lead, waiting }).catch((error: unknown) => {
    if (!signal.aborted) log.error({ err: messageOf(error) }, 'the controller ended');
    beginning.fail(error);
  });
  return { ready: beginning.ready, leader: () => leader, orphans: terms.orphans, end: () => over.then(() => recorder.flush()) };
};
