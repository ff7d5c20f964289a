// Verbs of resources: from method and path to the operation.
import { notAllowed } from '../../status.js';
import type { Services } from '../services.js';
import { streaming, type Answer, type Exchange } from './exchange.js';
import { listPage } from './list.js';
import { isReview, review } from './reviews.js';
import { subresource } from './subresources.js';
import type { Target } from './target.js';
import { formOf, showList, showOne } from './view.js';
import { watch } from './watch.js';
import { destroy, destroyAll, patch, post, put, stored } from './writes.js';

type Result = Answer | typeof streaming | Promise<Answer | typeof streaming>;

const isWatch = (exchange: Exchange): boolean => ['true', '1'].includes(exchange.query.get('watch') ?? '');

const startWatch = async (services: Services, target: Target, exchange: Exchange): Promise<typeof streaming> => {
  // A watch on one object is a watch on the collection with a selector.
  if (target.name !== undefined) exchange.query.set('fieldSelector', `metadata.name=${target.name}`);
  await watch(services.store, services.clock, target.kind, target.namespace, exchange);
  return streaming;
};

const readOne = (services: Services, target: Target, exchange: Exchange): Answer => ({
  code: 200,
  body: showOne(target.kind, stored(services, target), formOf(exchange), services.clock.now()),
});

const readAll = (services: Services, target: Target, exchange: Exchange): Answer => {
  const { objects, metadata } = listPage(services.store, target.kind, target.namespace, exchange);
  return { code: 200, body: showList(target.kind, objects, metadata, formOf(exchange), services.clock.now()) };
};

const isAllowed = ({ kind }: Target, verb: string): boolean => kind.verbs.includes(verb);

const onCollection = (services: Services, target: Target, exchange: Exchange): Result => {
  if (exchange.method === 'GET' && isAllowed(target, 'list')) return isWatch(exchange) ? startWatch(services, target, exchange) : readAll(services, target, exchange);
  if (exchange.method === 'POST' && isAllowed(target, 'create')) return isReview(target.kind) ? review(services, target.kind, exchange) : post(services, target, exchange);
  if (exchange.method === 'DELETE' && isAllowed(target, 'deletecollection')) return destroyAll(services, target, exchange);
  throw notAllowed();
};

const onObject = (services: Services, target: Target, exchange: Exchange): Result => {
  if (exchange.method === 'GET' && isAllowed(target, 'get')) return isWatch(exchange) ? startWatch(services, target, exchange) : readOne(services, target, exchange);
  if (exchange.method === 'PUT' && isAllowed(target, 'update')) return put(services, target, exchange);
  if (exchange.method === 'PATCH' && isAllowed(target, 'patch')) return patch(services, target, exchange);
  if (exchange.method === 'DELETE' && isAllowed(target, 'delete')) return destroy(services, target, exchange);
  throw notAllowed();
};

const onStatus = (services: Services, target: Target, exchange: Exchange): Result => {
  if (exchange.method === 'GET') return readOne(services, target, exchange);
  if (exchange.method === 'PUT') return put(services, target, exchange, 'status');
  if (exchange.method === 'PATCH') return patch(services, target, exchange, 'status');
  throw notAllowed();
};

const declared = ({ kind, subresource: name }: Target): boolean => kind.subresources.some((sub) => sub.name === name);

/** Answers whatever a resource path and method ask for. */
export const resource = (services: Services, target: Target, exchange: Exchange): Result => {
  if (target.name === undefined) return onCollection(services, target, exchange);
  if (target.subresource === undefined) return onObject(services, target, exchange);
  if (target.subresource === 'status' && declared(target)) return onStatus(services, target, exchange);
  if (target.subresource === 'finalize' && declared(target) && exchange.method === 'PUT') return put(services, target, exchange, 'finalize');
  return subresource(services, target, exchange);
};
