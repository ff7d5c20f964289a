// The front door: who may enter, which path is which, and how refusals and our own faults look.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest, noResource, StatusError, unauthorized } from '../../status.js';
import { aggregated, apiVersions, groupList, oneGroup, resourceList } from '../discovery.js';
import { impersonated, userOfHeader, type User } from '../identity.js';
import type { Services } from '../services.js';
import { readBody, send, streaming, type Answer, type Exchange } from './exchange.js';
import { resource } from './resources.js';
import { findTarget } from './target.js';

const anonymous: User = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

const open = ['/healthz', '/livez', '/readyz', '/version'];

// What the real server says of a path in no group-version at all.
const unknownPath: Answer = { code: 404, body: '404 page not found\n' };

const isHealth = (path: readonly string[]): boolean => path.length > 0 && ['healthz', 'livez', 'readyz'].includes(path[0] ?? '');

const versionInfo = (version: string): Record<string, string> => {
  const [, major = '1', minor = ''] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  return {
    major,
    minor,
    gitVersion: version,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${process.versions.node}`,
    compiler: 'tsc',
    platform: `${process.platform === 'win32' ? 'windows' : process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
};

type DiscoveryVersion = 'v2' | 'v2beta1';

/** The first discovery form in Accept that we speak. */
const discoveryForm = (exchange: Exchange): DiscoveryVersion | undefined => {
  for (const part of (exchange.request.headers.accept ?? '').split(',')) {
    const found = /v=(v2|v2beta1)\b/.exec(part);
    if (part.includes('as=APIGroupDiscoveryList') && found?.[1]) return found[1] as DiscoveryVersion;
    if (/^\s*application\/json\s*$/.test(part)) return undefined;
  }
  return undefined;
};

const discovery = (services: Services, exchange: Exchange): Answer => {
  const core = exchange.path[0] === 'api';
  const version = discoveryForm(exchange);
  if (version) {
    const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return { code: 200, body: aggregated(services.registry, core, version), type };
  }
  return { code: 200, body: core ? apiVersions(exchange.request.headers.host ?? '') : groupList(services.registry) };
};

/** Nothing again for a client that has it: RFC 9110 13.1.2. */
const unchanged = ({ request }: Exchange, answer: Answer): Answer =>
  answer.headers?.['etag'] !== undefined && request.headers['if-none-match'] === answer.headers['etag'] ? { ...answer, code: 304, body: '' } : answer;

const special = (services: Services, exchange: Exchange): Answer | undefined => {
  const { path } = exchange;
  if (isHealth(path)) return { code: 200, body: exchange.query.has('verbose') ? `[+]ping ok\n[+]log ok\n${path[0]} check passed\n` : 'ok' };
  if (path[0] === 'version') return { code: 200, body: versionInfo(services.version) };
  if (path[0] === 'openapi') return unchanged(exchange, services.openapi(path) ?? unknownPath);
  if (path.length === 1 && (path[0] === 'api' || path[0] === 'apis')) return discovery(services, exchange);
  if (path.length === 0) return { code: 200, body: { paths: ['/api', '/apis', '/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'] } };
  return undefined;
};

const endpointsWarning = '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';

const dispatch = (services: Services, exchange: Exchange): Answer | typeof streaming | Promise<Answer | typeof streaming> => {
  const known = special(services, exchange);
  if (known) return known;
  const found = findTarget(services.registry, exchange.path);
  if (found === undefined) return unknownPath;
  if (found === 'unserved') throw noResource();
  if ('target' in found) {
    if (found.target.kind.key === 'endpoints') exchange.response.setHeader('warning', endpointsWarning);
    return resource(services, found.target, exchange);
  }
  if ('groupVersion' in found) return { code: 200, body: resourceList(services.registry, found.groupVersion.group, found.groupVersion.version) };
  const body = oneGroup(services.registry, found.group);
  return body ? { code: 200, body } : unknownPath;
};

const segments = (path: string): string[] => {
  try {
    return path.split('/').filter((part) => part !== '').map(decodeURIComponent);
  } catch {
    throw badRequest(`the path is not a valid URL: ${path}`);
  }
};

const exchangeOf = async (request: IncomingMessage, response: ServerResponse, user: User): Promise<Exchange> => {
  const [path = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  return {
    request,
    response,
    method: request.method ?? 'GET',
    path: segments(path),
    query: new URLSearchParams(query),
    user,
    body: request.method === 'GET' ? Buffer.alloc(0) : await readBody(request),
  };
};

const fault = (services: Services, request: IncomingMessage, error: unknown): Answer => {
  if (error instanceof StatusError) return { code: error.status.code ?? 500, body: error.status };
  services.log.error({ err: error, method: request.method, url: request.url }, 'a request failed');
  const status = new StatusError(500, 'InternalError', `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`).status;
  return { code: 500, body: status };
};

const isPublic = (request: IncomingMessage): boolean => open.includes((request.url ?? '').split(/[?/]/).slice(0, 2).join('/'));

/** The listener for every request. An answer leaves only when what it tells of is on disk. */
export const createFront =
  (services: Services) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const user = userOfHeader(services, request.headers.authorization) ?? (isPublic(request) ? anonymous : undefined);
      if (!user) throw unauthorized();
      const answer = await dispatch(services, await exchangeOf(request, response, impersonated(user, request.headersDistinct)));
      if (answer === streaming) return;
      await services.store.durable();
      send(response, answer);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else send(response, fault(services, request, error));
    }
  };
