// A secondary index over an informer: objects by a key that they carry, found without a scan.
import { keyOf } from './cache.js';
import type { Informer } from './informer.js';
import type { KubeObject } from './types.js';

/** Objects for which `keysOf` gives the asked key. Kept current by the informer's changes; make it before `start`. */
export const indexBy = <T extends KubeObject>(informer: Informer<T>, keysOf: (object: T) => string[]): ((key: string) => T[]) => {
  const index = new Map<string, Map<string, T>>();
  const drop = (key: string, object: T): void => {
    const bucket = index.get(key);
    bucket?.delete(keyOf(object));
    if (bucket?.size === 0) index.delete(key);
  };
  const put = (key: string, object: T): void => {
    const bucket = index.get(key) ?? new Map<string, T>();
    index.set(key, bucket.set(keyOf(object), object));
  };
  informer.on((old, now) => {
    if (old) for (const key of keysOf(old)) drop(key, old);
    if (now) for (const key of keysOf(now)) put(key, now);
  });
  return (key) => [...(index.get(key)?.values() ?? [])];
};
