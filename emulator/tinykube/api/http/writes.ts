// POST, PUT, PATCH and DELETE of resources over HTTP, with dry run and field validation.
import { notFound, unsupportedMediaType } from '../../status.js';
import type { KubeObject, NewObject } from '../../types.js';
import { admitDeletion, admitWrite } from '../admission/admit.js';
import { remove, type DeleteOptions } from '../deletion.js';
import { fields, isFields, text, type Fields } from '../json.js';
import type { Kind } from '../kinds.js';
import type { Subresource } from '../operations.js';
import { applyPatchBody, applyTypes, inspectPatch, patchTypes } from '../patch.js';
import type { Services } from '../services.js';
import { serverSideApply } from './apply.js';
import { checkBody, dryRun, inspectBody, readBodyOf, recorder, strictness, warnings, wishOf } from './body.js';
import { contentType, readObject, readPatch, type Answer, type Exchange } from './exchange.js';
import { listPage } from './list.js';
import type { Target } from './target.js';
import { present, toStored } from './versions.js';
import { formOf, showList, showOne } from './view.js';

/** The kind in which an object of `kind` is stored: views keep none of their own. */
const storedAs = (services: Services, kind: Kind): Kind => (kind.view ? (services.registry.stored(kind.key) ?? kind) : kind);

const answer = (services: Services, kind: Kind, object: KubeObject, exchange: Exchange, code: number, headers = {}): Answer => ({
  code,
  body: showOne(kind, object, formOf(exchange), services.clock.now()),
  headers,
});

/** POST of a new object. */
export const post = async (services: Services, target: Target, exchange: Exchange): Promise<Answer> => {
  const { kind } = target;
  const storage = storedAs(services, kind);
  const body = readBodyOf(kind, exchange);
  checkBody(target, body);
  const warn = warnings(exchange);
  const inspect = inspectBody(kind, strictness(exchange, warn));
  const object = toStored(kind, body) as NewObject;
  const named = { ...target, name: text(fields(body.metadata).name) };
  const created = await admitWrite(services, wishOf(named, exchange, 'CREATE', undefined, warn), (options) =>
    services.operations.create(storage, object, { ...options, inspect, ...recorder(services, storage, exchange, undefined) }),
  );
  return answer(services, kind, created, exchange, 201, warn.headers());
};

/** PUT of the whole object. */
export const put = async (services: Services, target: Target, exchange: Exchange, subresource?: Subresource): Promise<Answer> => {
  const { kind } = target;
  const storage = storedAs(services, kind);
  const body = readBodyOf(kind, exchange);
  checkBody(target, body);
  const warn = warnings(exchange);
  const inspect = inspectBody(kind, strictness(exchange, warn));
  const object = toStored(kind, body) as KubeObject;
  const updated = await admitWrite(services, wishOf(target, exchange, 'UPDATE', subresource, warn), (options) =>
    services.operations.update(storage, object, { ...options, inspect, ...(subresource ? { subresource } : {}), ...recorder(services, storage, exchange, subresource) }),
  );
  return answer(services, kind, updated, exchange, 200, warn.headers());
};

/** The stored object or 404. */
export const stored = (services: Services, { kind, namespace, name = '' }: Target): KubeObject => {
  const object = services.store.get(kind.key, namespace, name);
  if (!object) throw notFound(kind, name);
  return object;
};

/** PATCH in any of the four forms. */
export const patch = async (services: Services, target: Target, exchange: Exchange, subresource?: Subresource): Promise<Answer> => {
  const { kind } = target;
  const storage = storedAs(services, kind);
  const type = contentType(exchange);
  if (applyTypes.includes(type)) return serverSideApply(services, target, exchange, subresource);
  if (!patchTypes(kind).includes(type)) throw unsupportedMediaType(patchTypes(kind));
  const body = readPatch(exchange);
  const warn = warnings(exchange);
  const updated = await admitWrite(services, wishOf(target, exchange, 'UPDATE', subresource, warn), (options) => {
    const patched = applyPatchBody(kind, type, present(kind, stored(services, target)), body);
    const inspect = inspectPatch(type, body, () => patched, strictness(exchange, warn));
    checkBody(target, patched);
    return services.operations.update(storage, toStored(kind, patched) as KubeObject, { ...options, inspect, ...(subresource ? { subresource } : {}), ...recorder(services, storage, exchange, subresource) });
  });
  return answer(services, kind, updated, exchange, 200, warn.headers());
};

const optionsOf = (exchange: Exchange): DeleteOptions => {
  const body = exchange.body.length > 0 ? readObject(exchange, 'DeleteOptions') : {};
  const grace = exchange.query.get('gracePeriodSeconds') ?? body.gracePeriodSeconds;
  const policy = exchange.query.get('propagationPolicy') ?? body.propagationPolicy;
  const orphan = exchange.query.has('orphanDependents') ? exchange.query.get('orphanDependents') === 'true' : body.orphanDependents;
  return {
    ...(grace === undefined || grace === null ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(typeof policy === 'string' ? { propagationPolicy: policy } : {}),
    ...(typeof orphan === 'boolean' ? { orphanDependents: orphan } : {}),
    ...(isFields(body.preconditions) ? { preconditions: body.preconditions as { uid?: string; resourceVersion?: string } } : {}),
    dryRun: dryRun(exchange) || (Array.isArray(body.dryRun) && body.dryRun.includes('All')),
  };
};

// These answer with the object itself, all others with a Status.
const returnsObject = ['pods', 'namespaces', 'services', 'serviceaccounts'];

const success = (kind: Kind, object: KubeObject): Fields => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  details: { name: object.metadata.name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, uid: object.metadata.uid },
});

/** DELETE of one object. */
export const destroy = async (services: Services, target: Target, exchange: Exchange): Promise<Answer> => {
  const { kind, namespace, name = '' } = target;
  const options = optionsOf(exchange);
  const warn = warnings(exchange);
  await admitDeletion(services, { ...wishOf(target, exchange, 'DELETE', undefined, warn), dryRun: options.dryRun === true });
  const { object, gone } = remove(services.environment, kind, namespace, name, options);
  if (!gone || returnsObject.includes(kind.key)) return answer(services, kind, object, exchange, 200, warn.headers());
  return { code: 200, body: success(kind, object), headers: warn.headers() };
};

/** DELETE of what a selector chooses, one after the other. */
export const destroyAll = async (services: Services, target: Target, exchange: Exchange): Promise<Answer> => {
  const { kind, namespace } = target;
  const options = optionsOf(exchange);
  const { objects, metadata } = listPage(services.store, kind, namespace, exchange);
  for (const object of objects) {
    const one = { ...target, namespace: object.metadata.namespace, name: object.metadata.name };
    await admitDeletion(services, { ...wishOf(one, exchange, 'DELETE', undefined, warnings(exchange)), dryRun: options.dryRun === true });
    remove(services.environment, kind, one.namespace, one.name, options);
  }
  return { code: 200, body: showList(kind, objects, metadata, formOf(exchange), services.clock.now()) };
};
