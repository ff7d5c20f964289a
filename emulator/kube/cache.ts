// What an informer knows of each object, and who is told when that changes.
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { WatchEvent } from './client.js';
import type { KubeObject } from './types.js';

/** Called after each change with what was and what is; undefined before the first and after the last. */
export type Handler<T> = (old: T | undefined, now: T | undefined) => void;

/** `namespace/name`, or the name alone for kinds without namespaces. */
export const keyOf = (object: KubeObject): string => keyFrom(object.metadata.namespace, object.metadata.name);
export const keyFrom = (namespace: string | undefined, name: string): string => (namespace ? `${namespace}/${name}` : name);

// Resource versions are decimal numbers in every API server there is (KEP-5504); 0 for anything else means "take it".
const versionOf = (object: KubeObject): number => Number(object.metadata.resourceVersion) || 0;

/** Who is told of changes; one that throws is logged and harms nobody else. */
const createHandlers = <T>(log: Log) => {
  const handlers = new Set<Handler<T>>();
  return {
    on: (handler: Handler<T>): (() => void) => {
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
    tell: (old: T | undefined, now: T | undefined): void => {
      for (const handler of handlers) {
        try {
          handler(old, now);
        } catch (error) {
          log.error({ err: messageOf(error) }, 'informer handler failed');
        }
      }
    },
  };
};

/** What is known of each object; every change is told. */
export const createCache = <T extends KubeObject>(log: Log, adapt: (object: T) => T) => {
  const objects = new Map<string, T>();
  const { on, tell } = createHandlers<T>(log);
  const put = (object: T): void => {
    const old = objects.get(keyOf(object));
    const version = versionOf(object);
    if (old && version > 0 && versionOf(old) >= version && old.metadata.uid === object.metadata.uid) return;
    const kept = adapt(object);
    objects.set(keyOf(object), kept);
    tell(old, kept);
  };
  const remove = (key: string): void => {
    const old = objects.get(key);
    if (old && objects.delete(key)) tell(old, undefined);
  };
  const apply = ({ type, object }: WatchEvent<T>): void => {
    if (type === 'DELETED') remove(keyOf(object));
    else if (type !== 'BOOKMARK') put(object);
  };
  const replace = (items: T[]): void => {
    const present = new Set(items.map(keyOf));
    for (const key of [...objects.keys()]) if (!present.has(key)) remove(key);
    for (const item of items) {
      const old = objects.get(keyOf(item));
      if (old && old.metadata.uid !== item.metadata.uid) remove(keyOf(item));
      put(item);
    }
  };
  return { objects, on, put, apply, replace };
};

export type Cache<T extends KubeObject> = ReturnType<typeof createCache<T>>;
