// A Lease that at most one of several processes holds: asked for, renewed while it is held, given up when it cannot be renewed.
// Models client-go's leader election, whose records others in the cluster read.
import { iso, type Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { isConflict, type KubeClient } from './client.js';
import type { Recorder } from './events.js';
import { leases } from './resources.js';
import type { KubeObject } from './types.js';

/** In ms; the defaults are client-go's. */
export type LeaseTimes = { duration: number; renewDeadline: number; retry: number };
export const leaseTimes: LeaseTimes = { duration: 15_000, renewDeadline: 10_000, retry: 2_000 };

export type LeaseOptions = {
  client: KubeClient;
  clock: Clock;
  log: Log;
  recorder: Recorder;
  namespace: string;
  name: string;
  /** Told apart by this; no two candidates share one. */
  identity: string;
  times?: LeaseTimes;
};

type Spec = { holderIdentity?: string; leaseDurationSeconds?: number; acquireTime?: string; renewTime?: string; leaseTransitions?: number };
type Lease = KubeObject & { spec?: Spec };

/** Kubernetes writes these times with microseconds. */
const microTime = (ms: number): string => iso(ms).replace('Z', '000Z');

/** The record with `identity` as its holder; the one who has it renews. */
const claimed = (old: Spec, identity: string, duration: number, now: string): Spec => {
  const kept = old.holderIdentity === identity;
  const leaseTransitions = (old.leaseTransitions ?? 0) + (kept || old.acquireTime === undefined ? 0 : 1);
  return { holderIdentity: identity, leaseDurationSeconds: duration / 1000, acquireTime: kept ? (old.acquireTime ?? now) : now, renewTime: now, leaseTransitions };
};

/** Whether a Lease is held. Another's clock is not trusted: its time runs from when its last sign was seen here. */
const createSight = (clock: Clock) => {
  let seen = { record: '', at: -Infinity };
  return (spec: Spec): boolean => {
    const record = JSON.stringify(spec);
    if (record !== seen.record) seen = { record, at: clock.now() };
    return Boolean(spec.holderIdentity) && clock.now() < seen.at + (spec.leaseDurationSeconds ?? 0) * 1000;
  };
};

const writeLease = async ({ client, namespace, name }: LeaseOptions, present: Lease | undefined, spec: Spec): Promise<void> => {
  if (!present) await client.create(leases, namespace, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec });
  else await client.patch(leases, namespace, name, { metadata: { resourceVersion: present.metadata.resourceVersion }, spec });
};

/** One who wants the Lease. */
const createCandidate = (options: LeaseOptions) => {
  const { client, clock, namespace, name, identity, times = leaseTimes } = options;
  const isHeld = createSight(clock);
  return {
    /** Takes or renews it: undefined when it is ours, else who holds it ('' when somebody was faster). */
    take: async (): Promise<string | undefined> => {
      const present = await client.get<Lease>(leases, namespace, name);
      const { holderIdentity } = present?.spec ?? {};
      if (holderIdentity !== identity && isHeld(present?.spec ?? {})) return holderIdentity;
      try {
        await writeLease(options, present, claimed(present?.spec ?? {}, identity, times.duration, microTime(clock.now())));
        return undefined;
      } catch (error) {
        if (!isConflict(error)) throw error;
        return '';
      }
    },
    /** Lets the next one have it at once. */
    release: async (): Promise<void> => {
      const present = await client.get<Lease>(leases, namespace, name);
      if (present?.spec?.holderIdentity !== identity) return;
      await writeLease(options, present, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock.now()) });
    },
  };
};

type Candidate = ReturnType<typeof createCandidate>;

/** Resolves when the Lease is ours; tells each new holder that is not us. */
const acquire = async (candidate: Candidate, { clock, log, times = leaseTimes }: LeaseOptions, signal: AbortSignal, waiting: (holder: string) => void): Promise<void> => {
  let known: string | undefined;
  for (;;) {
    const holder = await candidate.take().catch((error: unknown) => {
      log.warn({ err: messageOf(error) }, 'the lease could not be asked for');
      return '';
    });
    signal.throwIfAborted();
    if (holder === undefined) return;
    if (holder && holder !== known) waiting(holder);
    known = holder || known;
    await clock.sleep(times.retry, signal);
  }
};

/** The answer, or '' when it does not come in `ms`: a server that is gone may say nothing at all. */
const within = async (ms: number, answer: Promise<string | undefined>, clock: Clock, signal: AbortSignal): Promise<string | undefined> => {
  const answered = new AbortController();
  const late = clock.sleep(ms, AbortSignal.any([signal, answered.signal])).then(() => '', () => '');
  return Promise.race([answer, late]).finally(() => answered.abort());
};

/** Resolves when the Lease is lost; rejects when `signal` is aborted. */
const renewing = async (candidate: Candidate, { clock, log, times = leaseTimes }: LeaseOptions, signal: AbortSignal): Promise<void> => {
  let renewed = clock.now();
  while (clock.now() < renewed + times.renewDeadline) {
    await clock.sleep(times.retry, signal);
    const left = Math.max(renewed + times.renewDeadline - clock.now(), 0);
    const holder = await within(left, candidate.take(), clock, signal).catch((error: unknown) => {
      log.warn({ err: messageOf(error) }, 'the lease could not be renewed');
      return '';
    });
    if (holder === undefined) renewed = clock.now();
    signal.throwIfAborted();
  }
};

export type Campaign = {
  signal: AbortSignal;
  /** Works while `held` is not aborted and resolves when nothing of it goes on. */
  lead(held: AbortSignal): Promise<void>;
  /** Another one holds the Lease. */
  waiting(holder: string): void;
};

/** Leads whenever it may, until `signal` is aborted; what `lead` throws ends it. */
export const campaign = async (options: LeaseOptions, { signal, lead, waiting }: Campaign): Promise<void> => {
  const candidate = createCandidate(options);
  const { namespace, name, identity, recorder, log } = options;
  const tell = (what: string): void => {
    log.info({ lease: `${namespace}/${name}` }, `${identity} ${what}`);
    recorder.event({ metadata: { namespace, name, uid: '', resourceVersion: '', creationTimestamp: '' } }, 'Normal', 'LeaderElection', `${identity} ${what}`);
  };
  while (!signal.aborted) {
    await acquire(candidate, options, signal, waiting);
    tell('became leader');
    const lost = new AbortController();
    const held = AbortSignal.any([signal, lost.signal]);
    const led = lead(held);
    await Promise.race([led, renewing(candidate, options, signal)]).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }).finally(() => lost.abort(new Error('the lease was lost')));
    await led;
    if (!signal.aborted) tell('stopped leading');
  }
  await candidate.release();
};
