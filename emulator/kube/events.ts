// Kubernetes Events about objects: one Event per fact, counted up when the fact repeats.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { iso, type Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { isNotFound, type KubeClient } from './client.js';
import { apiVersionOf, events, type Resource } from './resources.js';
import type { KubeObject } from './types.js';

export type EventType = 'Normal' | 'Warning';

export type Recorder = {
  /** Never throws and never makes the caller wait: an Event that cannot be written is logged. */
  event(object: KubeObject, type: EventType, reason: string, message: string): void;
  /** Resolves when everything recorded so far is written. */
  flush(): Promise<void>;
};

type Known = { name: string; count: number };
type Fact = { object: KubeObject; type: EventType; reason: string; message: string };

// The API server keeps an Event for an hour and the message of one under 1 KiB; client-go's correlator remembers 4096.
const remembered = 4096;
const longest = 1024;

const idOf = ({ object, type, reason, message }: Fact): string =>
  createHash('sha256').update([object.metadata.uid, type, reason, message].join('\0')).digest('hex');

type RecorderOptions = { client: KubeClient; resource: Resource; component: string; clock: Clock; log: Log };

/** Kubernetes writes these times in whole seconds. */
const secondOf = (clock: Clock): string => iso(clock.now()).replace(/\.\d+Z$/, 'Z');

const eventOf = ({ object, type, reason, message }: Fact, name: string, at: string, { resource, component }: RecorderOptions) => {
  const { namespace = 'default', uid, resourceVersion } = object.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: { apiVersion: apiVersionOf(resource), kind: resource.kind, namespace, name: object.metadata.name, uid, resourceVersion },
    ...{ reason, message, type },
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
};

/** Counts an Event up; false when it is there no more. */
const repeat = async ({ client, clock }: RecorderOptions, namespace: string, seen: Known): Promise<boolean> => {
  try {
    await client.patch(events, namespace, seen.name, { count: seen.count + 1, lastTimestamp: secondOf(clock) });
    seen.count += 1;
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
};

/** Records in the name of `component` about objects of one kind. */
export const createRecorder = (options: RecorderOptions): Recorder => {
  const { client, clock, log } = options;
  const known = new LRUCache<string, Known>({ max: remembered });
  const started = clock.now().toString(16);
  let sequence = 0;
  let tail: Promise<void> = Promise.resolve();
  const write = async (fact: Fact): Promise<void> => {
    const id = idOf(fact);
    const seen = known.get(id);
    const { name: of, namespace = 'default' } = fact.object.metadata;
    if (seen && (await repeat(options, namespace, seen))) return;
    const name = `${of}.${started}${(sequence += 1).toString(16).padStart(4, '0')}`;
    await client.create(events, namespace, eventOf(fact, name, secondOf(clock), options));
    known.set(id, { name, count: 1 });
  };
  return {
    event: (object, type, reason, text) => {
      const message = text.length > longest ? `${text.slice(0, longest - 3)}...` : text;
      tail = tail
        .then(() => write({ object, type, reason, message }))
        .catch((error: unknown) => log.warn({ object: object.metadata.name, reason, err: messageOf(error) }, 'an Event could not be written'));
    },
    flush: () => tail,
  };
};
