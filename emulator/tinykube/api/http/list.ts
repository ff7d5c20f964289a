// GET of a collection: selectors, pages, resource versions.
import { badRequest, expired, forbiddenField, invalid, StatusError } from '../../status.js';
import type { KubeObject } from '../../types.js';
import type { Fields } from '../json.js';
import type { Kind } from '../kinds.js';
import { matcherOf, type Matcher } from '../selectors.js';
import type { Store } from '../store.js';
import type { Exchange } from './exchange.js';

type Page = { objects: KubeObject[]; metadata: Fields };
type Token = { rv: number; after: string };

const rowKey = (object: KubeObject): string => `${object.metadata.namespace ?? ''}\u0000${object.metadata.name}`;

const encode = (token: Token): string => Buffer.from(JSON.stringify(token)).toString('base64url');

const decode = (text: string): Token => {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Token;
    if (typeof token.rv === 'number' && typeof token.after === 'string') return token;
  } catch {
    // Falls through to the same refusal as a token of another shape.
  }
  throw badRequest(`continue key is not valid: ${text}`);
};

const checkVersion = (store: Store, wanted: string | null): void => {
  const version = Number(wanted ?? 0);
  if (wanted !== null && wanted !== '' && !/^\d+$/.test(wanted)) throw badRequest(`invalid resource version: ${wanted}`);
  if (version <= store.revision()) return;
  throw new StatusError(504, 'Timeout', `Too large resource version: ${version}, current: ${store.revision()}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
};

/** The objects as they were at `revision`: what happened since is taken back, latest first. */
const asOf = (store: Store, kind: Kind, namespace: string | undefined, revision: number): KubeObject[] => {
  const present = store.list(kind.key, namespace);
  const later = store.since(revision, kind.key).filter(({ event }) => namespace === undefined || event.object.metadata.namespace === namespace);
  if (later.length === 0) return present;
  const rows = new Map(present.map((object) => [rowKey(object), object]));
  for (const { event, previous } of later.reverse()) {
    if (previous) rows.set(rowKey(previous), previous);
    else rows.delete(rowKey(event.object));
  }
  return [...rows.values()].sort((a, b) => (rowKey(a) < rowKey(b) ? -1 : 1));
};

const cut = (revision: number, all: KubeObject[], limit: number, token: Token | undefined): Page => {
  const start = token ? all.findIndex((object) => rowKey(object) > token.after) : 0;
  const rest = start < 0 ? [] : all.slice(start);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const last = page.at(-1);
  const metadata: Fields = { resourceVersion: String(revision) };
  if (last && page.length < rest.length) Object.assign(metadata, { continue: encode({ rv: revision, after: rowKey(last) }), remainingItemCount: rest.length - page.length });
  return { objects: page, metadata };
};

/** The test that the query's selectors make; undefined when it has none. */
export const matcherOfQuery = (kind: Kind, exchange: Exchange): Matcher | undefined =>
  matcherOf(kind.key, exchange.query.get('labelSelector'), exchange.query.get('fieldSelector'));

const staleToken = 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.';

/** The one version a list must show, if the query insists on one. */
const exactVersion = ({ query }: Exchange): number | undefined =>
  query.get('resourceVersionMatch') === 'Exact' ? Number(query.get('resourceVersion')) : undefined;

/** What complaints about a query are about. */
export const listOptions = { group: 'meta.k8s.io', plural: 'listoptions', kind: 'ListOptions' };

/** One page of what the query asks for. */
export const listPage = (store: Store, kind: Kind, namespace: string | undefined, exchange: Exchange): Page => {
  checkVersion(store, exchange.query.get('resourceVersion'));
  if (exchange.query.has('sendInitialEvents')) throw invalid(listOptions, '', [forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list')]);
  const text = exchange.query.get('continue');
  const token = text ? decode(text) : undefined;
  const revision = token?.rv ?? exactVersion(exchange) ?? store.revision();
  if (revision < store.oldest()) throw expired(token ? staleToken : `The resourceVersion for the provided list is too old.`);
  const matches = matcherOfQuery(kind, exchange);
  const all = asOf(store, kind, namespace, revision);
  return cut(revision, matches ? all.filter(matches) : all, Number(exchange.query.get('limit') ?? 0), token);
};
