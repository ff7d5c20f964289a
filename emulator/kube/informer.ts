// A cache of one kind, kept true by list and watch, that starts itself again after every kind of end.
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { isGone, type KubeClient, type WatchEvent } from './client.js';
import type { Resource } from './resources.js';
import type { KubeObject } from './types.js';

/** Called after each change with what was and what is; undefined before the first and after the last. */
export type Handler<T> = (old: T | undefined, now: T | undefined) => void;

export type Informer<T extends KubeObject> = {
  start(): void;
  stop(): Promise<void>;
  hasSynced(): boolean;
  /** Resolves after the first full list. */
  synced: Promise<void>;
  get(namespace: string | undefined, name: string): T | undefined;
  list(): T[];
  on(handler: Handler<T>): () => void;
  /** Takes the answer to one's own write, so that a reader sees it before the watch brings it. */
  learn(object: T): void;
};

export type InformerOptions = {
  client: KubeClient;
  resource: Resource;
  clock: Clock;
  log: Log;
  /** In [0, 1); spreads restarts. */
  random?: () => number;
};

/** What is kept of each object, pure; as it came unless given. */
export type Adapting<T> = { adapt?: (object: T) => T };

/** `namespace/name`, or the name alone for kinds without namespaces. */
export const keyOf = (object: KubeObject): string => keyFrom(object.metadata.namespace, object.metadata.name);
const keyFrom = (namespace: string | undefined, name: string): string => (namespace ? `${namespace}/${name}` : name);

const pageSize = 500;
// Kubernetes' own clients ask for five to ten minutes; the server then ends the watch cleanly.
const watchSeconds = (random: () => number): number => Math.round(300 + 300 * random());
const restart = { base: 250, cap: 30_000, floor: 1_000 };

// Resource versions are decimal numbers in every API server there is (KEP-5504); 0 for anything else means "take it".
const versionOf = (object: KubeObject): number => Number(object.metadata.resourceVersion) || 0;

/** The cache part: applies events and tells handlers. */
const createCache = <T extends KubeObject>(log: Log, adapt: (object: T) => T) => {
  const objects = new Map<string, T>();
  const handlers = new Set<Handler<T>>();
  const tell = (old: T | undefined, now: T | undefined): void => {
    for (const handler of handlers) {
      try {
        handler(old, now);
      } catch (error) {
        log.error({ err: messageOf(error) }, 'informer handler failed');
      }
    }
  };
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
  const replace = (items: T[]): void => {
    const present = new Set(items.map(keyOf));
    for (const key of [...objects.keys()]) if (!present.has(key)) remove(key);
    for (const item of items) {
      const old = objects.get(keyOf(item));
      if (old && old.metadata.uid !== item.metadata.uid) remove(keyOf(item));
      put(item);
    }
  };
  return { objects, handlers, put, remove, replace };
};

/** An informer over all namespaces; call `start` once. */
export const createInformer = <T extends KubeObject>(options: InformerOptions & Adapting<T>): Informer<T> => {
  const { client, clock, resource } = options;
  const random = options.random ?? Math.random;
  const log = options.log.child({ informer: resource.plural });
  const cache = createCache<T>(log, options.adapt ?? ((object) => object));
  const stopping = new AbortController();
  let isSynced = false;
  let markSynced: () => void = () => {};
  const synced = new Promise<void>((resolve) => (markSynced = resolve));
  let loop: Promise<void> = Promise.resolve();

  const listAll = async (): Promise<string> => {
    const items: T[] = [];
    let page = await client.list<T>(resource, undefined, { limit: pageSize });
    items.push(...page.items);
    while (page.metadata.continue) {
      page = await client.list<T>(resource, undefined, { limit: pageSize, continue: page.metadata.continue });
      items.push(...page.items);
    }
    if (!stopping.signal.aborted) cache.replace(items);
    isSynced = true;
    markSynced();
    return page.metadata.resourceVersion;
  };

  const apply = (event: WatchEvent<T>): void => {
    if (event.type === 'DELETED') cache.remove(keyOf(event.object));
    else if (event.type !== 'BOOKMARK') cache.put(event.object);
  };

  /** Watches until something is wrong; returns only by a throw. */
  const follow = async (from: string, onAlive: () => void): Promise<never> => {
    let version = from;
    for (;;) {
      const began = clock.now();
      const query = { resourceVersion: version, allowWatchBookmarks: true, timeoutSeconds: watchSeconds(random) };
      await client.watch<T>(resource, query, (event) => {
        version = event.object.metadata.resourceVersion;
        onAlive();
        if (!stopping.signal.aborted) apply(event);
      }, stopping.signal);
      stopping.signal.throwIfAborted();
      // A server that ends every watch at once must not make us spin.
      const lasted = clock.now() - began;
      if (lasted >= restart.floor) onAlive();
      else await clock.sleep(restart.floor - lasted, stopping.signal);
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        await follow(await listAll(), () => (failures = 0));
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.debug({ err: messageOf(error), failures }, isGone(error) ? 'watch is too old, listing again' : 'watch ended, listing again');
        const delay = Math.min(restart.base * 2 ** failures, restart.cap) * (0.5 + 0.5 * random());
        failures += 1;
        await clock.sleep(delay, stopping.signal).catch(() => {});
      }
    }
  };

  return {
    start: () => void (loop = run()),
    stop: async () => {
      stopping.abort(new Error('informer is stopped'));
      await loop;
    },
    hasSynced: () => isSynced,
    synced,
    get: (namespace, name) => cache.objects.get(keyFrom(namespace, name)),
    list: () => [...cache.objects.values()],
    on: (handler) => {
      cache.handlers.add(handler);
      return () => void cache.handlers.delete(handler);
    },
    learn: (object) => {
      // Only what is known: an answer that arrives after the DELETED event must not bring the object back.
      if (cache.objects.get(keyOf(object))?.metadata.uid === object.metadata.uid) cache.put(object);
    },
  };
};
