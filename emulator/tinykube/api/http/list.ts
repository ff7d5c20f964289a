// GET of a collection: selectors, pages, resource versions.
import { badRequest, expired, StatusError } from '../../status.js';
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

const cut = (store: Store, all: KubeObject[], limit: number, token: Token | undefined): Page => {
  const start = token ? all.findIndex((object) => rowKey(object) > token.after) : 0;
  const rest = start < 0 ? [] : all.slice(start);
  const rv = token?.rv ?? store.revision();
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const last = page.at(-1);
  const metadata: Fields = { resourceVersion: String(rv) };
  if (last && page.length < rest.length) Object.assign(metadata, { continue: encode({ rv, after: rowKey(last) }), remainingItemCount: rest.length - page.length });
  return { objects: page, metadata };
};

/** The test that the query's selectors make; undefined when it has none. */
export const matcherOfQuery = (kind: Kind, exchange: Exchange): Matcher | undefined =>
  matcherOf(kind.key, exchange.query.get('labelSelector'), exchange.query.get('fieldSelector'));

/** One page of what the query asks for. */
export const listPage = (store: Store, kind: Kind, namespace: string | undefined, exchange: Exchange): Page => {
  checkVersion(store, exchange.query.get('resourceVersion'));
  const text = exchange.query.get('continue');
  const token = text ? decode(text) : undefined;
  if (token && token.rv < store.oldest()) throw expired('The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.');
  const matches = matcherOfQuery(kind, exchange);
  const all = store.list(kind.key, namespace);
  return cut(store, matches ? all.filter(matches) : all, Number(exchange.query.get('limit') ?? 0), token);
};
