// PATCH with an apply configuration: the HTTP side of server-side apply.
import { badRequest, invalid, required } from '../../status.js';
import type { KubeObject, NewObject } from '../../types.js';
import { admitWrite } from '../admission/admit.js';
import { fields, isFields, text, without, type Fields } from '../json.js';
import { applyConfiguration } from '../managed/apply.js';
import { timestamp, type Subresource } from '../operations.js';
import type { Services } from '../services.js';
import type { Strictness } from '../patch.js';
import { checkBody, inspectBody, managerOf, strictness, warnings, wishOf } from './body.js';
import { readPatch, type Answer, type Exchange } from './exchange.js';
import type { Target } from './target.js';
import { formOf, showOne } from './view.js';

const configuration = (target: Target, exchange: Exchange): Fields => {
  const body = readPatch(exchange);
  if (!isFields(body)) throw badRequest('error decoding YAML: the apply configuration is not an object');
  if (!exchange.query.get('fieldManager')) throw invalid({ group: 'meta.k8s.io', plural: 'patchoptions', kind: 'PatchOptions' }, '', [required('fieldManager', 'is required for apply patch')]);
  if (fields(body.metadata).managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  checkBody(target, body);
  return body;
};

/** An apply configuration is YAML to the server, which refuses keys that stand twice in words of their own. */
const applyStrictness = (exchange: Exchange, warn: ReturnType<typeof warnings>): Strictness => {
  const how = strictness(exchange, warn);
  if (how.strict && how.repeated.length > 0) throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${how.repeated.join('')}`);
  return how;
};

/** Creates or merges by ownership. */
export const serverSideApply = async (services: Services, target: Target, exchange: Exchange, subresource: Subresource | undefined): Promise<Answer> => {
  const { kind, namespace, name = '' } = target;
  const applied = configuration(target, exchange);
  const { store, environment, operations, clock } = services;
  const present = (): KubeObject | undefined => store.get(kind.key, namespace, name);
  const existed = present() !== undefined;
  const warn = warnings(exchange);
  const inspect = inspectBody(kind, applyStrictness(exchange, warn));
  const applier = { manager: managerOf(exchange), subresource: subresource ?? '', force: exchange.query.get('force') === 'true', now: timestamp(clock) };
  const result = await admitWrite(services, wishOf(target, exchange, existed ? 'UPDATE' : 'CREATE', subresource, warn), (how) => {
    const live = present();
    const next = applyConfiguration(environment.models, kind, live, applied, applier);
    const options = { ...how, inspect, ...(subresource ? { subresource } : {}) };
    return live ? operations.update(kind, pinned(next, live, applied), options) : operations.create(kind, next as NewObject, options);
  });
  return { code: existed ? 200 : 201, body: showOne(kind, result, formOf(exchange), clock.now()), headers: warn.headers() };
};

/** An apply fights for fields, not for versions, unless it names one. */
const pinned = (next: Fields, live: KubeObject, applied: Fields): KubeObject => {
  const wanted = text(fields(applied.metadata).resourceVersion);
  const metadata = without(fields(next.metadata), 'resourceVersion');
  return { ...next, metadata: { ...metadata, resourceVersion: wanted === '' ? live.metadata.resourceVersion : wanted } } as KubeObject;
};
