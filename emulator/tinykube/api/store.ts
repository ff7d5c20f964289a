// Objects in memory, one revision counter, a ring of past changes, and a journal that is written once per tick.
import { applyChanges, type Change, type Journal, type Tables } from '../../journal.js';
import type { Log } from '../../log.js';
import type { KubeObject, ResourceKey, WatchEvent } from '../types.js';

/** One past change; `previous` lets a watch with a selector see objects enter and leave it. */
export type Entry = { revision: number; key: ResourceKey; event: WatchEvent; previous: KubeObject | undefined };

export type Store = {
  revision(): number;
  /** The oldest revision from which a watch can still be resumed. */
  oldest(): number;
  get(key: ResourceKey, namespace: string | undefined, name: string): KubeObject | undefined;
  list(key: ResourceKey, namespace?: string): KubeObject[];
  keys(): ResourceKey[];
  /** Writes the object with the next resourceVersion and tells everybody. */
  put(key: ResourceKey, object: KubeObject): KubeObject;
  remove(key: ResourceKey, object: KubeObject): KubeObject;
  since(revision: number, key: ResourceKey): Entry[];
  /** At once, in order, also while another listener runs. */
  watch(key: ResourceKey, fn: (event: WatchEvent) => void): () => void;
  /** After the batch is on disk. */
  follow(key: ResourceKey, fn: (entries: Entry[]) => void): () => void;
  /** Resolves when everything written so far is on disk. */
  durable(): Promise<void>;
  close(): void;
};

const ringLimit = 6000;
const compactAt = 8 * 1024 * 1024;
const objectKey = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;
const keyOf = (object: KubeObject): string => objectKey(object.metadata.namespace, object.metadata.name);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: KubeObject, b: KubeObject): number =>
  compareText(a.metadata.namespace ?? '', b.metadata.namespace ?? '') || compareText(a.metadata.name, b.metadata.name);

/** Listeners that are told in order, even of changes which a listener makes. */
const createBell = (log: Log) => {
  const listeners = new Map<ResourceKey, Set<(event: WatchEvent) => void>>();
  const queue: { key: ResourceKey; event: WatchEvent }[] = [];
  let ringing = false;
  const tell = ({ key, event }: { key: ResourceKey; event: WatchEvent }): void => {
    for (const fn of [...(listeners.get(key) ?? [])]) {
      try {
        fn(event);
      } catch (error) {
        log.error({ err: error, resource: key }, 'a watcher failed');
      }
    }
  };
  return {
    ring: (key: ResourceKey, event: WatchEvent): void => {
      queue.push({ key, event });
      if (ringing) return;
      ringing = true;
      for (let next = queue.shift(); next; next = queue.shift()) tell(next);
      ringing = false;
    },
    listen: (key: ResourceKey, fn: (event: WatchEvent) => void): (() => void) => {
      const set = listeners.get(key) ?? new Set();
      listeners.set(key, set.add(fn));
      return () => void set.delete(fn);
    },
  };
};

/** Collects changes and writes them as one line per tick. */
const createWriter = (journal: Journal | undefined, tables: Tables, log: Log, written: () => void) => {
  let pending: Change[] = [];
  let scheduled = false;
  let waiters: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  const flush = (): void => {
    scheduled = false;
    const done = waiters;
    waiters = [];
    try {
      if (pending.length > 0) journal?.append(pending);
      pending = [];
      if (journal && journal.size() > compactAt) journal.compact(tables);
    } catch (error) {
      log.error({ err: error }, 'the cluster state could not be written');
      for (const waiter of done) waiter.reject(error);
      return;
    }
    written();
    for (const waiter of done) waiter.resolve();
  };
  const schedule = (): void => {
    if (!scheduled) setImmediate(flush);
    scheduled = true;
  };
  return {
    write: (changes: Change[]): void => {
      applyChanges(tables, changes);
      if (journal) pending.push(...changes);
      schedule();
    },
    durable: (): Promise<void> => (scheduled || pending.length > 0 ? new Promise((resolve, reject) => (waiters.push({ resolve, reject }), schedule())) : Promise.resolve()),
    flush,
  };
};

const loadTables = (journal: Journal | undefined, log: Log): Tables => {
  if (!journal) return new Map();
  const { tables, recovered } = journal.load();
  for (const line of recovered) log.warn({}, line);
  return tables;
};

/** Opens what the journal holds; without a journal everything is forgotten at the end. */
export const createStore = (options: { journal: Journal | undefined; log: Log }): Store => {
  const tables = loadTables(options.journal, options.log);
  let revision = Number(tables.get('meta')?.get('revision') ?? 0);
  let oldest = revision;
  let ring: Entry[] = [];
  let unsent: Entry[] = [];
  const sorted = new Map<ResourceKey, KubeObject[]>();
  const followers = new Map<ResourceKey, Set<(entries: Entry[]) => void>>();
  const bell = createBell(options.log);
  const rows = (key: ResourceKey): Map<string, unknown> => tables.get(`objects/${key}`) ?? new Map<string, unknown>();

  const send = (): void => {
    const batch = unsent;
    unsent = [];
    for (const key of new Set(batch.map((entry) => entry.key))) {
      const mine = batch.filter((entry) => entry.key === key);
      for (const fn of [...(followers.get(key) ?? [])]) fn(mine);
    }
  };
  const writer = createWriter(options.journal, tables, options.log, send);

  const record = (entry: Entry): void => {
    ring.push(entry);
    unsent.push(entry);
    if (ring.length <= ringLimit * 1.25) return;
    ring = ring.slice(ring.length - ringLimit);
    oldest = (ring[0]?.revision ?? revision) - 1;
  };
  const commit = (key: ResourceKey, type: WatchEvent['type'] | 'PUT', object: KubeObject): KubeObject => {
    revision += 1;
    const row = keyOf(object);
    const previous = rows(key).get(row) as KubeObject | undefined;
    const next: KubeObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    const gone = type === 'DELETED';
    writer.write([
      { table: `objects/${key}`, key: row, ...(gone ? {} : { value: next }) },
      { table: 'meta', key: 'revision', value: revision },
    ]);
    sorted.delete(key);
    const event: WatchEvent = { type: gone ? 'DELETED' : previous ? 'MODIFIED' : 'ADDED', object: next };
    record({ revision, key, event, previous });
    bell.ring(key, event);
    return next;
  };
  const inOrder = (key: ResourceKey): KubeObject[] => {
    const known = sorted.get(key);
    if (known) return known;
    const fresh = ([...rows(key).values()] as KubeObject[]).sort(byName);
    sorted.set(key, fresh);
    return fresh;
  };
  return {
    revision: () => revision,
    oldest: () => oldest,
    get: (key, namespace, name) => rows(key).get(objectKey(namespace, name)) as KubeObject | undefined,
    list: (key, namespace) => {
      const all = inOrder(key);
      return namespace === undefined ? all.slice() : all.filter((object) => object.metadata.namespace === namespace);
    },
    keys: () => [...tables.keys()].filter((table) => table.startsWith('objects/')).map((table) => table.slice('objects/'.length)),
    put: (key, object) => commit(key, 'PUT', object),
    remove: (key, object) => commit(key, 'DELETED', object),
    since: (from, key) => ring.filter((entry) => entry.revision > from && entry.key === key),
    watch: (key, fn) => bell.listen(key, fn),
    follow: (key, fn) => {
      const set = followers.get(key) ?? new Set();
      followers.set(key, set.add(fn));
      return () => void set.delete(fn);
    },
    durable: () => writer.durable(),
    close: () => writer.flush(),
  };
};
