// Who calls: the kubeconfig's own token, a service account's token, or one that somebody else vouches for.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { fields, text, type Fields } from './json.js';
import type { Store } from './store.js';

export type User = { username: string; uid?: string; groups: string[]; extra?: Record<string, string[]> };

export const admin: User = { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

type Known = { store: Store; clock: Clock; token: string; acceptsToken?: ((token: string) => boolean) | undefined };

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();

const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const seal = (secret: string, head: string): string => createHmac('sha256', secret).update(head).digest('base64url');

/** Three parts as a real one; signed with our own secret, since nothing outside needs to verify it. */
export const signToken = (secret: string, payload: Fields): string => {
  const head = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64(payload)}`;
  return `${head}.${seal(secret, head)}`;
};

const claims = (payload: string): Fields => {
  try {
    return fields(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  } catch {
    return {};
  }
};

/** Valid while its time lasts and its ServiceAccount is there, the same one. */
const accountOf = ({ store, clock, token: secret }: Known, given: string): User | undefined => {
  const [head = '', payload = '', signature = ''] = given.split('.');
  if (signature === '' || !same(signature, seal(secret, `${head}.${payload}`))) return undefined;
  const { exp, sub, uid } = claims(payload);
  if (typeof exp !== 'number' || exp * 1000 <= clock.now()) return undefined;
  const [, , namespace = '', name = ''] = text(sub).split(':');
  const account = store.get('serviceaccounts', namespace, name);
  if (!account || account.metadata.uid !== uid) return undefined;
  return { username: text(sub), uid: account.metadata.uid, groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'] };
};

/** The user behind a bearer token; undefined for a stranger. */
export const userOfToken = (known: Known, given: string): User | undefined => {
  if (same(given, known.token)) return admin;
  return accountOf(known, given) ?? (known.acceptsToken?.(given) === true ? admin : undefined);
};

/** The user behind an Authorization header. */
export const userOfHeader = (known: Known, header: string | undefined): User | undefined => {
  const [scheme, given = ''] = (header ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' ? userOfToken(known, given) : undefined;
};

type Headers = Readonly<Record<string, string[] | undefined>>;

const groupsOf = (username: string, given: readonly string[]): string[] => {
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username) ?? [];
  const own = given.length === 0 && namespace !== undefined ? ['system:serviceaccounts', `system:serviceaccounts:${namespace}`] : given;
  return username === 'system:anonymous' ? ['system:unauthenticated'] : [...new Set([...own, 'system:authenticated'])];
};

/** Whom `kubectl --as` speaks for; everybody may speak for everybody. */
export const impersonated = (user: User, headers: Headers): User => {
  const [username] = headers['impersonate-user'] ?? [];
  return username === undefined ? user : { username, groups: groupsOf(username, headers['impersonate-group'] ?? []) };
};
