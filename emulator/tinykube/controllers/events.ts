// Writes core/v1 Events the way a client-go recorder does; repeats of one event raise its count.
import { LRUCache } from 'lru-cache';
import { iso } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { KubeObject, NewObject } from '../types.js';
import type { Context } from './context.js';
import { stableNumber } from './hash.js';

export type Recorder = (object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string) => void;

export const seconds = (ms: number): string => `${iso(ms).slice(0, 19)}Z`;

/** Seconds with six digits, as MicroTime fields are written. */
export const micro = (ms: number): string => `${iso(ms).slice(0, 23)}000Z`;

const involved = (object: KubeObject, fieldPath: string | undefined) => ({
  kind: object.kind,
  ...(object.metadata.namespace && { namespace: object.metadata.namespace }),
  name: object.metadata.name,
  uid: object.metadata.uid,
  apiVersion: object.apiVersion,
  resourceVersion: object.metadata.resourceVersion,
  ...(fieldPath && { fieldPath }),
});

type Source = { component: string; host: string | undefined };

const eventOf = (source: Source, name: string, now: string, [object, type, reason, message, fieldPath]: Parameters<Recorder>): NewObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: object.metadata.namespace ?? 'default' },
  involvedObject: involved(object, fieldPath),
  reason,
  message,
  type,
  source: { component: source.component, ...(source.host && { host: source.host }) },
  firstTimestamp: now,
  lastTimestamp: now,
  count: 1,
  eventTime: null,
  reportingComponent: source.component,
  reportingInstance: source.host ?? '',
});

const keyOf = ([object, type, reason, message]: Parameters<Recorder>): string => [object.metadata.uid, type, reason, message].join('\n');

/** Counts up an event that is there. */
const repeat = ({ api, clock }: Context, namespace: string, name: string | undefined): boolean => {
  const event = name ? api.get('events', namespace, name) : undefined;
  if (!event) return false;
  api.update('events', { ...event, count: Number(event['count'] ?? 1) + 1, lastTimestamp: seconds(clock.now()) });
  return true;
};

/** A recorder for one component, with the node's name as host where there is one. */
export const recorder = (context: Context, component: string, host?: string): Recorder => {
  const { api, clock, log } = context;
  const seen = new LRUCache<string, string>({ max: 500 });
  const share = stableNumber(`${component} ${host ?? ''}`) % 1000;
  let written = 0;
  // The digits below the millisecond keep the names of different recorders, and of one recorder's events, apart.
  const nanoseconds = (): bigint => BigInt(Math.trunc(clock.now())) * 1_000_000n + BigInt(share * 1000 + (written % 1000));

  return (...told) => {
    const [{ metadata }, , reason] = told;
    // An event that cannot be written (a namespace that is going away) must not stop the work it tells of.
    try {
      written += 1;
      const key = keyOf(told);
      if (repeat(context, metadata.namespace ?? 'default', seen.get(key))) return;
      const name = `${metadata.name}.${nanoseconds().toString(16)}`;
      api.create('events', eventOf({ component, host }, name, seconds(clock.now()), told));
      seen.set(key, name);
    } catch (error) {
      log.debug({ reason, object: metadata.name, error: messageOf(error) }, 'event not written');
    }
  };
};
