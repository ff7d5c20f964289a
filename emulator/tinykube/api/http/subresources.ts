// The subresources that are not simply `status`: scale, log, binding, eviction, token and those we do not stream.
import { badRequest, invalidValue, invalid, noResource, notAllowed, notFound, StatusError } from '../../status.js';
import type { KubeObject } from '../../types.js';
import { bind } from '../binding.js';
import { select } from '../crd/jsonpath.js';
import { signToken } from '../identity.js';
import { at, child, fields, items, number, strings, text, type Fields } from '../json.js';
import { timestamp } from '../operations.js';
import { applyPatchBody } from '../patch.js';
import type { Services } from '../services.js';
import { selectorText } from '../tables/workloads.js';
import { recorder } from './body.js';
import { evict } from './eviction.js';
import { contentType, readObject, readPatch, streaming, type Answer, type Exchange } from './exchange.js';
import type { Target } from './target.js';
import { stored } from './writes.js';

type Handler = (services: Services, target: Target, exchange: Exchange) => Answer | Promise<Answer | typeof streaming>;

const scalePaths = (target: Target): { spec: string; status: string; selector: string } => {
  const own = fields(at(target.kind.custom, 'subresources', 'scale'));
  return { spec: text(own.specReplicasPath) || '.spec.replicas', status: text(own.statusReplicasPath) || '.status.replicas', selector: text(own.labelSelectorPath) };
};

const scaleSelector = (target: Target, object: KubeObject): string =>
  target.kind.custom ? text(select(object, scalePaths(target).selector)[0]) : selectorText(at(object, 'spec', 'selector'));

const scaleOf = (target: Target, object: KubeObject): Fields => {
  const paths = scalePaths(target);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = scaleSelector(target, object);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: number(select(object, paths.spec)[0]) },
    status: { replicas: number(select(object, paths.status)[0]), ...(selector === '' ? {} : { selector }) },
  };
};

const setAt = (object: Fields, path: string, value: unknown): void => {
  const keys = path.split('.').filter((key) => key !== '');
  const last = keys.pop() ?? '';
  keys.reduce(child, object)[last] = value;
};

const wantedScale = (target: Target, exchange: Exchange, current: Fields): Fields =>
  exchange.method === 'PUT' ? readObject(exchange, 'Scale') : applyPatchBody({ ...target.kind, custom: {} }, contentType(exchange), current, readPatch(exchange));

const scale: Handler = (services, target, exchange) => {
  const object = stored(services, target);
  const current = scaleOf(target, object);
  if (exchange.method === 'GET') return { code: 200, body: current };
  if (exchange.method !== 'PUT' && exchange.method !== 'PATCH') throw notAllowed();
  const wanted = wantedScale(target, exchange, current);
  const replicas = at(wanted, 'spec', 'replicas') ?? 0;
  if (typeof replicas !== 'number' || replicas < 0) throw invalid({ group: 'autoscaling', plural: 'scales', kind: 'Scale' }, object.metadata.name, [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')]);
  const next = structuredClone(object);
  next.metadata.resourceVersion = text(at(wanted, 'metadata', 'resourceVersion')) || object.metadata.resourceVersion;
  setAt(next, scalePaths(target).spec, replicas);
  const dryRun = exchange.query.get('dryRun') === 'All';
  return { code: 200, body: scaleOf(target, services.operations.update(target.kind, next, { dryRun, ...recorder(services, target.kind, exchange, undefined) })) };
};

const containerNames = (pod: KubeObject): string[] => [...items(at(pod, 'spec', 'containers')), ...items(at(pod, 'spec', 'initContainers'))].map((one) => text(one.name));

/** The container that a request means: the one it names, or the only one. */
export const containerFor = (pod: KubeObject, wanted: string | null): string => {
  const names = containerNames(pod);
  const main = items(at(pod, 'spec', 'containers'));
  if (wanted && !names.includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
  if (!wanted && main.length > 1) throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]`);
  return wanted || (names[0] ?? '');
};

const optionalNumber = (query: URLSearchParams, name: string): Record<string, number> => (query.has(name) ? { [name]: Number(query.get(name)) } : {});

const log: Handler = async (services, target, exchange): Promise<typeof streaming> => {
  if (exchange.method !== 'GET') throw notAllowed();
  const pod = stored(services, target);
  const { query, response } = exchange;
  const container = containerFor(pod, query.get('container'));
  if (!services.hooks.logs) throw new StatusError(501, 'NotImplemented', 'this cluster keeps no container logs');
  if (text(at(pod, 'spec', 'nodeName')) === '') throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  const left = new AbortController();
  response.on('close', () => left.abort());
  const flag = (name: string): boolean => query.get(name) === 'true';
  const lines = await services.hooks.logs({
    namespace: pod.metadata.namespace ?? '',
    pod: pod.metadata.name,
    container,
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    ...optionalNumber(query, 'tailLines'),
    ...optionalNumber(query, 'sinceSeconds'),
    ...optionalNumber(query, 'limitBytes'),
    signal: left.signal,
  });
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.flushHeaders();
  for await (const chunk of lines) {
    if (left.signal.aborted) break;
    response.write(chunk);
  }
  response.end();
  return streaming;
};

const binding: Handler = (services, target, exchange) => {
  const node = text(at(readObject(exchange, 'Binding'), 'target', 'name'));
  bind(services.operations, target.kind, stored(services, target), node, timestamp(services.clock));
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
};

const signed = (services: Services, account: KubeObject, seconds: number, audiences: string[]): string => {
  const issued = Math.floor(services.clock.now() / 1000);
  const subject = `system:serviceaccount:${account.metadata.namespace}:${account.metadata.name}`;
  const payload = { aud: audiences, exp: issued + seconds, iat: issued, nbf: issued, iss: 'https://kubernetes.default.svc', sub: subject, uid: account.metadata.uid };
  return signToken(services.token, payload);
};

const token: Handler = (services, target, exchange) => {
  const body = readObject(exchange, 'TokenRequest');
  const account = stored(services, target);
  const seconds = number(at(body, 'spec', 'expirationSeconds'), 3600);
  const asked = strings(at(body, 'spec', 'audiences'));
  const audiences = asked.length > 0 ? asked : ['https://kubernetes.default.svc'];
  const status = { token: signed(services, account, seconds, audiences), expirationTimestamp: timestamp(services.clock, seconds) };
  const metadata = { name: account.metadata.name, namespace: account.metadata.namespace, creationTimestamp: timestamp(services.clock) };
  return { code: 201, body: { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata, spec: { audiences, expirationSeconds: seconds, boundObjectRef: null }, status } };
};

const upgradeOnly: Handler = () => {
  throw badRequest('Upgrade request required');
};

const handlers: Readonly<Record<string, Handler>> = { scale, log, binding, eviction: evict, token, exec: upgradeOnly, attach: upgradeOnly, portforward: upgradeOnly };

/** Answers a subresource other than status and finalize. */
export const subresource: Handler = (services, target, exchange) => {
  const name = target.subresource ?? '';
  const handler = handlers[name];
  if (!handler || !target.kind.subresources.some((sub) => sub.name === name)) throw noResource();
  if (target.name === undefined) throw notFound(target.kind, '');
  return handler(services, target, exchange);
};

