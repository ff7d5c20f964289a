// A cache of one kind, kept true by list and watch, that starts itself again after every kind of end.
import type { Clock } from '../clock.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { createCache, keyFrom, keyOf, type Cache, type Handler } from './cache.js';
import { isGone, type KubeClient, type ListOf, type WatchEvent } from './client.js';
import type { Resource } from './resources.js';
import type { KubeObject } from './types.js';

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

const pageSize = 500;
// Kubernetes' own clients ask for five to ten minutes; the server then ends the watch cleanly.
const watchSeconds = (random: () => number): number => Math.round(300 + 300 * random());
const restart = { base: 250, cap: 30_000, floor: 1_000 };

/** Every page of the list, as of one version. */
const listAll = async <T extends KubeObject>({ client, resource }: InformerOptions): Promise<{ items: T[]; version: string }> => {
  const items: T[] = [];
  for (let page: ListOf<T> | undefined; ; ) {
    page = await client.list<T>(resource, undefined, { limit: pageSize, ...(page?.metadata.continue ? { continue: page.metadata.continue } : {}) });
    items.push(...page.items);
    if (!page.metadata.continue) return { items, version: page.metadata.resourceVersion };
  }
};

type Following<T extends KubeObject> = { from: string; cache: Cache<T>; signal: AbortSignal; onAlive: () => void };

/** Watches until something is wrong; returns only by a throw. */
const follow = async <T extends KubeObject>({ client, resource, clock, random = Math.random }: InformerOptions, { from, cache, signal, onAlive }: Following<T>): Promise<never> => {
  let version = from;
  const take = (event: WatchEvent<T>): void => {
    version = event.object.metadata.resourceVersion;
    onAlive();
    if (!signal.aborted) cache.apply(event);
  };
  for (;;) {
    const began = clock.now();
    await client.watch<T>(resource, { resourceVersion: version, allowWatchBookmarks: true, timeoutSeconds: watchSeconds(random) }, take, signal);
    signal.throwIfAborted();
    // A server that ends every watch at once must not make us spin.
    const lasted = clock.now() - began;
    if (lasted >= restart.floor) onAlive();
    else await clock.sleep(restart.floor - lasted, signal);
  }
};

/** Lists and follows, again after each end of any kind, until `signal` is aborted. */
const keepTrue = async <T extends KubeObject>(options: InformerOptions, cache: Cache<T>, signal: AbortSignal, listed: () => void): Promise<void> => {
  const { clock, log, random = Math.random } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const { items, version } = await listAll<T>(options);
      if (!signal.aborted) cache.replace(items);
      listed();
      await follow(options, { from: version, cache, signal, onAlive: () => (failures = 0) });
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ err: messageOf(error), failures }, isGone(error) ? 'watch is too old, listing again' : 'watch ended, listing again');
      const delay = Math.min(restart.base * 2 ** failures, restart.cap) * (0.5 + 0.5 * random());
      failures += 1;
      await clock.sleep(delay, signal).catch(() => {});
    }
  }
};

/** An informer over all namespaces; call `start` once. */
export const createInformer = <T extends KubeObject>(options: InformerOptions & Adapting<T>): Informer<T> => {
  const log = options.log.child({ informer: options.resource.plural });
  const cache = createCache<T>(log, options.adapt ?? ((object) => object));
  const stopping = new AbortController();
  let isSynced = false;
  let markSynced: () => void = () => {};
  const synced = new Promise<void>((resolve) => (markSynced = resolve));
  let loop: Promise<void> = Promise.resolve();
  const listed = (): void => {
    isSynced = true;
    markSynced();
  };
  return {
    start: () => void (loop = keepTrue({ ...options, log }, cache, stopping.signal, listed)),
    stop: async () => {
      stopping.abort(new Error('informer is stopped'));
      await loop;
    },
    hasSynced: () => isSynced,
    synced,
    get: (namespace, name) => cache.objects.get(keyFrom(namespace, name)),
    list: () => [...cache.objects.values()],
    on: cache.on,
    learn: (object) => {
      // Only what is known: an answer that arrives after the DELETED event must not bring the object back.
      if (cache.objects.get(keyOf(object))?.metadata.uid === object.metadata.uid) cache.put(object);
    },
  };
};
