// Kinds that are only asked and never stored: whoever holds the token may do everything.
import type { Fields } from '../json.js';
import { at, fields, text } from '../json.js';
import { userOfToken, type User } from '../identity.js';
import { apiVersion, type Kind } from '../kinds.js';
import { timestamp } from '../operations.js';
import type { Services } from '../services.js';
import { readObject, type Answer, type Exchange } from './exchange.js';

const everything = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  incomplete: false,
};

type Review = (body: Fields, services: Services, user: User) => Fields;

const tokenReview: Review = (body, services) => {
  const user = userOfToken(services, text(at(body, 'spec', 'token')));
  return user ? { authenticated: true, user } : { user: {}, error: '[invalid bearer token]' };
};

const reviews: Readonly<Record<string, Review>> = {
  selfsubjectreviews: (_body, _services, user) => ({ userInfo: user }),
  tokenreviews: tokenReview,
  selfsubjectaccessreviews: () => ({ allowed: true }),
  subjectaccessreviews: () => ({ allowed: true }),
  localsubjectaccessreviews: () => ({ allowed: true }),
  selfsubjectrulesreviews: () => everything,
};

export const isReview = (kind: Kind): boolean => reviews[kind.plural] !== undefined && kind.group.startsWith('auth');

/** The object that was sent, with the answer in its status. */
export const review = (services: Services, kind: Kind, exchange: Exchange): Answer => {
  const body = readObject(exchange, kind.kind);
  const status = reviews[kind.plural]?.(body, services, exchange.user) ?? {};
  return { code: 201, body: { kind: kind.kind, apiVersion: apiVersion(kind), ...body, metadata: { ...fields(body.metadata), creationTimestamp: timestamp(services.clock) }, status } };
};
