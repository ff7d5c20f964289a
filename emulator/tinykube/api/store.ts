// Objects in memory under one revision counter: what the rules read and write, put together from writer, history and bell.
import type { Journal, Tables } from '../../journal.js';
import type { Log } from '../../log.js';
import type { KubeObject, ResourceKey, WatchEvent } from '../types.js';
import { createBell } from './bell.js';
import { createHistory, type Entry, type Follower } from './history.js';
import { rowOf } from './lookups.js';
import { createReader, type Reader } from './reader.js';
import { createWriter } from './writer.js';

export type Store = Omit<Reader, 'changed'> & {
  revision(): number;
  /** The oldest revision from which a watch can still be resumed. */
  oldest(): number;
  /** Writes the object with the next resourceVersion and tells everybody. */
  put(key: ResourceKey, object: KubeObject): KubeObject;
  remove(key: ResourceKey, object: KubeObject): KubeObject;
  since(revision: number, key: ResourceKey): Entry[];
  /** At once, in order, also while another listener runs. */
  watch(key: ResourceKey, fn: (event: WatchEvent) => void): () => void;
  /** After the batch is on disk. */
  follow(key: ResourceKey, fn: Follower): () => void;
  /** Resolves when everything written so far is on disk. */
  durable(): Promise<void>;
  close(): void;
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
  const reader = createReader(tables);
  const history = createHistory(revision);
  const bell = createBell(options.log);
  const writer = createWriter(options.journal, tables, options.log, () => history.publish());

  const commit = (key: ResourceKey, object: KubeObject, gone: boolean): KubeObject => {
    revision += 1;
    const previous = reader.get(key, object.metadata.namespace, object.metadata.name);
    const next: KubeObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
    writer.write([
      { table: `objects/${key}`, key: rowOf(object), ...(gone ? {} : { value: next }) },
      { table: 'meta', key: 'revision', value: revision },
    ]);
    reader.changed(key, next, previous, gone);
    const event: WatchEvent = { type: gone ? 'DELETED' : previous ? 'MODIFIED' : 'ADDED', object: next };
    history.record({ revision, key, event, previous });
    bell.ring(key, event);
    return next;
  };
  return {
    revision: () => revision,
    oldest: history.oldest,
    get: reader.get,
    list: reader.list,
    by: reader.by,
    labelled: reader.labelled,
    put: (key, object) => commit(key, object, false),
    remove: (key, object) => commit(key, object, true),
    since: history.since,
    watch: bell.listen,
    follow: history.follow,
    durable: writer.durable,
    close: writer.flush,
  };
};
