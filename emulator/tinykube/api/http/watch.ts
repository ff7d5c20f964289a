// Watches: initial objects, resumed histories, WatchList and bookmarks as a stream of JSON lines.
import type { Clock, Timer } from '../../../clock.js';
import { expired, invalidValue, forbiddenField, invalid } from '../../status.js';
import type { KubeObject } from '../../types.js';
import type { Entry, Shared } from '../history.js';
import { apiVersion, type Kind } from '../kinds.js';
import type { Matcher } from '../selectors.js';
import type { Store } from '../store.js';
import type { Exchange } from './exchange.js';
import { listOptions, matcherOfQuery } from './list.js';
import { formOf, showOne, type Form } from './view.js';

type Stream = { kind: Kind; namespace: string | undefined; matches: Matcher | undefined; form: Form; exchange: Exchange; clock: Clock; headed: boolean };

const bookmarkEvery = 60_000;
// A reader that has stopped reading is cut off; it lists and watches again.
const longestBacklog = 16 * 1024 * 1024;

const writeText = (stream: Stream, type: string, object: string): void => {
  const { response } = stream.exchange;
  response.write(`{"type":"${type}","object":${object}}\n`);
  if (response.writableLength > longestBacklog) response.destroy();
};

const write = (stream: Stream, type: string, object: unknown): void => writeText(stream, type, JSON.stringify(object));

/** Tables have ages and a heading of their own; everything else looks alike to all who watch one kind. */
const textOf = (stream: Stream, object: KubeObject, shared: Shared | undefined): string => {
  const { kind, form, clock, headed } = stream;
  const make = (): string => JSON.stringify(showOne(kind, object, form, clock.now(), !headed));
  if (!shared || form.as === 'table') return make();
  const name = `${apiVersion(kind)} ${form.as === 'metadata' ? form.version : ''} ${object.metadata.resourceVersion}`;
  const text = shared.get(name) ?? make();
  shared.set(name, text);
  return text;
};

const writeObject = (stream: Stream, type: string, object: KubeObject, shared?: Shared): void => {
  writeText(stream, type, textOf(stream, object, shared));
  stream.headed = true;
};

const selected = (stream: Stream, object: KubeObject): boolean =>
  (stream.namespace === undefined || object.metadata.namespace === stream.namespace) && (stream.matches?.(object) ?? true);

/** With a selector an object may enter or leave what is watched. */
const writeEntry = (stream: Stream, { event, previous }: Entry, shared?: Shared): void => {
  const before = previous !== undefined && selected(stream, previous);
  const now = event.type !== 'DELETED' && selected(stream, event.object);
  if (now) writeObject(stream, before ? 'MODIFIED' : 'ADDED', event.object, shared);
  else if (before) writeObject(stream, 'DELETED', event.object, shared);
};

const writeBookmark = (stream: Stream, revision: number, initial: boolean): void => {
  const metadata = { resourceVersion: String(revision), ...(initial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) };
  if (stream.form.as === 'table') {
    write(stream, 'BOOKMARK', { kind: 'Table', apiVersion: `meta.k8s.io/${stream.form.version}`, metadata: { resourceVersion: String(revision) }, columnDefinitions: null, rows: [{ cells: null, object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } }] });
  } else if (stream.form.as === 'metadata') {
    write(stream, 'BOOKMARK', { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${stream.form.version}`, metadata });
  } else {
    write(stream, 'BOOKMARK', { kind: stream.kind.kind, apiVersion: apiVersion(stream.kind), metadata });
  }
};

type Wish = { from: number; initial: boolean; watchList: boolean; bookmarks: boolean };

const wishOf = (kind: Kind, query: URLSearchParams): Wish => {
  const version = query.get('resourceVersion') ?? '';
  const watchList = query.get('sendInitialEvents') === 'true';
  const match = query.get('resourceVersionMatch');
  if (query.has('sendInitialEvents') && match !== 'NotOlderThan') {
    throw invalid(listOptions, '', [forbiddenField('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')]);
  }
  if (version !== '' && !/^\d+$/.test(version)) throw invalid(kind, '', [invalidValue('resourceVersion', version, 'invalid resource version')]);
  const noHistory = version === '' || version === '0';
  const initial = watchList || (noHistory && query.get('sendInitialEvents') !== 'false');
  return { from: noHistory || watchList ? 0 : Number(version), initial, watchList, bookmarks: query.get('allowWatchBookmarks') === 'true' };
};

const begin = (store: Store, stream: Stream, wish: Wish): boolean => {
  stream.exchange.response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  stream.exchange.response.flushHeaders();
  if (!wish.initial && wish.from > 0 && wish.from < store.oldest()) {
    write(stream, 'ERROR', expired(`too old resource version: ${wish.from} (${store.oldest()})`).status);
    stream.exchange.response.end();
    return false;
  }
  if (wish.initial) for (const object of store.list(stream.kind.key, stream.namespace)) if (selected(stream, object)) writeObject(stream, 'ADDED', object);
  if (wish.watchList && wish.bookmarks) writeBookmark(stream, store.revision(), true);
  return true;
};

const keepBookmarking = (store: Store, stream: Stream, clock: Clock): (() => void) => {
  let timer: Timer;
  const next = (): void => {
    timer = clock.after(bookmarkEvery, () => {
      writeBookmark(stream, store.revision(), false);
      next();
    });
  };
  next();
  return () => timer.cancel();
};

/** Streams until the client leaves, its time is up or the server closes. Changes are told once they are on disk. */
export const watch = async (store: Store, clock: Clock, kind: Kind, namespace: string | undefined, exchange: Exchange): Promise<void> => {
  const wish = wishOf(kind, exchange.query);
  const stream: Stream = { kind, namespace, matches: matcherOfQuery(kind, exchange), form: formOf(exchange), exchange, clock, headed: false };
  await store.durable();
  if (!begin(store, stream, wish)) return;
  // Nothing is awaited between the present state and the subscription: no change can fall between them.
  if (!wish.initial && wish.from > 0) for (const entry of store.since(wish.from, kind.key)) writeEntry(stream, entry);
  const stops = [store.follow(kind.key, (entries, shared) => entries.forEach((entry) => writeEntry(stream, entry, shared)))];
  if (wish.bookmarks) stops.push(keepBookmarking(store, stream, clock));
  const seconds = Number(exchange.query.get('timeoutSeconds') ?? 0);
  if (seconds > 0) {
    const timer = clock.after(seconds * 1000, () => exchange.response.end());
    stops.push(() => timer.cancel());
  }
  exchange.response.on('close', () => stops.forEach((stop) => stop()));
};
