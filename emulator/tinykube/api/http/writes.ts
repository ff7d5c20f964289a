// POST, PUT, PATCH and DELETE of resources over HTTP, with dry run and field validation.
import { badRequest, invalid, notFound, required, unsupportedMediaType } from '../../status.js';
import type { KubeObject, NewObject } from '../../types.js';
import { unknownText, wrongTypeText, type Findings } from '../conform.js';
import { remove, type DeleteOptions } from '../deletion.js';
import { child, isFields, text, type Fields } from '../json.js';
import { apiVersion, type Kind } from '../kinds.js';
import type { Subresource } from '../operations.js';
import { applyPatchBody, applyTypes, inspectPatch, patchTypes } from '../patch.js';
import type { Services } from '../services.js';
import { contentType, readObject, readPatch, type Answer, type Exchange } from './exchange.js';
import { listPage } from './list.js';
import type { Target } from './target.js';
import { formOf, present, showList, showOne, toStored } from './view.js';

const dryRun = (exchange: Exchange): boolean => {
  const values = exchange.query.getAll('dryRun');
  if (values.some((value) => value !== 'All' && value !== '')) throw badRequest(`invalid dryRun value: ${values.join(',')}`);
  return values.includes('All');
};

const validation = (exchange: Exchange): 'Strict' | 'Warn' | 'Ignore' => {
  const wanted = exchange.query.get('fieldValidation');
  return wanted === 'Strict' || wanted === 'Ignore' ? wanted : 'Warn';
};

/** Collects what becomes Warning headers. */
const warnings = (exchange: Exchange) => {
  const lines: string[] = [];
  return {
    add: (unknown: readonly string[]): void => {
      if (validation(exchange) === 'Warn') lines.push(...unknown.map((trail) => `299 - ${JSON.stringify(`unknown field "${trail}"`)}`));
    },
    headers: (): Record<string, string[]> => (lines.length > 0 ? { warning: lines } : {}),
  };
};

const inspectBody =
  (kind: Kind, strict: boolean, warn: (unknown: readonly string[]) => void) =>
  ({ unknown, wrong }: Findings): void => {
    const intro = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`;
    if (wrong) throw badRequest(`${intro}: ${wrongTypeText(wrong)}`);
    if (unknown.length > 0 && strict) throw badRequest(`${intro}: strict decoding error: ${unknownText(unknown)}`);
    warn(unknown);
  };

const checkBody = (target: Target, body: Fields): void => {
  const { kind, namespace, name } = target;
  body.apiVersion ??= apiVersion(kind);
  body.kind ??= kind.kind;
  if (body.apiVersion !== apiVersion(kind) || body.kind !== kind.kind) {
    throw badRequest(`the API version in the data (${text(body.apiVersion)}) does not match the expected API version (${apiVersion(kind)})`);
  }
  const metadata = child(body, 'metadata');
  if (namespace !== undefined) metadata.namespace ??= namespace;
  if (kind.namespaced && metadata.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (name === undefined) return;
  if (text(metadata.name) === '') throw invalid(kind, '', [required('metadata.name', 'name must be provided')]);
  if (metadata.name !== name) throw badRequest(`the name of the object (${text(metadata.name)}) does not match the name on the URL (${name})`);
};

const answer = (services: Services, kind: Kind, object: KubeObject, exchange: Exchange, code: number, headers = {}): Answer => ({
  code,
  body: showOne(kind, object, formOf(exchange), services.clock.now()),
  headers,
});

export const post = (services: Services, target: Target, exchange: Exchange): Answer => {
  const { kind } = target;
  const body = readObject(exchange, kind.kind);
  checkBody(target, body);
  const warn = warnings(exchange);
  const inspect = inspectBody(kind, validation(exchange) === 'Strict', warn.add);
  const created = services.operations.create(kind, toStored(kind, body) as NewObject, { dryRun: dryRun(exchange), inspect, ...services.recorder(kind, exchange, undefined) });
  return answer(services, kind, created, exchange, 201, warn.headers());
};

export const put = (services: Services, target: Target, exchange: Exchange, subresource?: Subresource): Answer => {
  const { kind } = target;
  const body = readObject(exchange, kind.kind);
  checkBody(target, body);
  const warn = warnings(exchange);
  const inspect = inspectBody(kind, validation(exchange) === 'Strict', warn.add);
  const options = { dryRun: dryRun(exchange), inspect, ...(subresource ? { subresource } : {}), ...services.recorder(kind, exchange, subresource) };
  return answer(services, kind, services.operations.update(kind, toStored(kind, body) as KubeObject, options), exchange, 200, warn.headers());
};

/** The stored object or 404. */
export const stored = (services: Services, { kind, namespace, name = '' }: Target): KubeObject => {
  const object = services.store.get(kind.key, namespace, name);
  if (!object) throw notFound(kind, name);
  return object;
};

export const patch = (services: Services, target: Target, exchange: Exchange, subresource?: Subresource): Answer => {
  const { kind } = target;
  const type = contentType(exchange);
  if (applyTypes.includes(type)) return services.serverSideApply(target, exchange, subresource);
  if (!patchTypes(kind).includes(type)) throw unsupportedMediaType(patchTypes(kind));
  const body = readPatch(exchange);
  const old = present(kind, stored(services, target));
  const patched = applyPatchBody(kind, type, old, body);
  const warn = warnings(exchange);
  const inspect = inspectPatch(type, body, () => patched, validation(exchange) === 'Strict', warn.add);
  checkBody(target, patched);
  const options = { dryRun: dryRun(exchange), inspect, ...(subresource ? { subresource } : {}), ...services.recorder(kind, exchange, subresource) };
  const updated = services.operations.update(kind, toStored(kind, patched) as KubeObject, options);
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

export const destroy = (services: Services, target: Target, exchange: Exchange): Answer => {
  const { kind, namespace, name = '' } = target;
  const { object, gone } = remove(services.environment, kind, namespace, name, optionsOf(exchange));
  if (!gone || returnsObject.includes(kind.key)) return answer(services, kind, object, exchange, 200);
  return { code: 200, body: success(kind, object) };
};

export const destroyAll = (services: Services, { kind, namespace }: Target, exchange: Exchange): Answer => {
  const options = optionsOf(exchange);
  const { objects, metadata } = listPage(services.store, kind, namespace, exchange);
  for (const object of objects) remove(services.environment, kind, object.metadata.namespace, object.metadata.name, options);
  return { code: 200, body: showList(kind, objects, metadata, formOf(exchange), services.clock.now()) };
};

/** The query's manager, else the first word of the user agent, as the server names who writes. */
export const managerOf = (exchange: Exchange): string => {
  const agent = exchange.request.headers['user-agent'] ?? '';
  return exchange.query.get('fieldManager') ?? (agent.split('/')[0] || 'unknown');
};

