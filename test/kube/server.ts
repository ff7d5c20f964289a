// A little API server for tests: objects in memory, list, watch, merge patch, finalizers, generations. Its watches can be scripted.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { KubeObject } from '../../emulator/kube/types.js';

type Stored = KubeObject & Record<string, unknown>;
type Watcher = { collection: string; response: http.ServerResponse };

/** What the test may do instead of the server; `true` means it answered. */
export type Script = (request: { method: string; path: string; query: URLSearchParams }, response: http.ServerResponse) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const merge = (target: Record<string, unknown>, patch: Record<string, unknown>): Record<string, unknown> => {
  const result = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = isObject(value) ? merge(isObject(result[key]) ? result[key] : {}, value) : value;
  }
  return result;
};

const bodyOf = async (request: http.IncomingMessage): Promise<Record<string, unknown>> => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
};

/** `/api/v1/namespaces/ns/services/x/status` -> where it is kept. */
const parse = (pathname: string) => {
  const match = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(pathname);
  const [, prefix = '', namespace, plural = '', name, subresource] = match ?? [];
  return { collection: `${prefix}/${plural}`, namespace, name, subresource };
};

const writeKubeconfig = (port: number): string => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-kube-'));
  const file = path.join(folder, 'config');
  fs.writeFileSync(file, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'x',
    clusters: [{ name: 'x', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'x', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
  }));
  return file;
};

export type TestServer = Awaited<ReturnType<typeof startServer>>;

/** Listens on a free port; `close` also removes the kubeconfig. */
export const startServer = async () => {
  const objects = new Map<string, Stored>();
  const watchers = new Set<Watcher>();
  const log: { type: string; collection: string; object: Stored }[] = [];
  const requests: string[] = [];
  let version = 100;
  let script: Script = () => false;

  const publish = (type: string, collection: string, object: Stored): void => {
    log.push({ type, collection, object });
    for (const one of watchers) if (one.collection === collection) one.response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const keyOf = (collection: string, { namespace, name }: { namespace?: string | undefined; name: string }): string => `${collection}|${namespace ?? ''}|${name}`;

  const put = (collection: string, object: Stored): Stored => {
    const key = keyOf(collection, object.metadata);
    const old = objects.get(key);
    const specChanged = JSON.stringify(old?.['spec']) !== JSON.stringify(object['spec']);
    const metadata = { ...object.metadata, resourceVersion: String((version += 1)), generation: (old?.metadata.generation ?? 0) + (specChanged || !old ? 1 : 0) };
    const now = { ...object, metadata } as Stored;
    if (metadata.deletionTimestamp && !metadata.finalizers?.length) {
      objects.delete(key);
      publish('DELETED', collection, now);
    } else {
      objects.set(key, now);
      publish(old ? 'MODIFIED' : 'ADDED', collection, now);
    }
    return now;
  };

  const create = (collection: string, object: Record<string, unknown>): Stored => {
    const metadata = { uid: randomUUID(), creationTimestamp: '2026-01-01T00:00:00Z', ...(object['metadata'] as object) };
    const status = collection.endsWith('/customresourcedefinitions') ? { status: { conditions: [{ type: 'Established', status: 'True' }] } } : {};
    return put(collection, { ...object, ...status, metadata } as Stored);
  };

  const remove = (key: string, collection: string): void => {
    const old = objects.get(key);
    if (old && !old.metadata.deletionTimestamp) put(collection, { ...old, metadata: { ...old.metadata, deletionTimestamp: '2026-01-01T00:00:01Z' } });
  };

  const refuse = (response: http.ServerResponse, code: number, reason: string, message = reason): void => {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message }));
  };

  const list = (collection: string, namespace: string | undefined, query: URLSearchParams): object => {
    const labels = (query.get('labelSelector') ?? '').split(',').filter(Boolean).map((one) => one.split('='));
    const items = [...objects].filter(([key, object]) => key.startsWith(`${collection}|${namespace ? `${namespace}|` : ''}`) &&
      labels.every(([name = '', value]) => object.metadata.labels?.[name] === value)).map(([, object]) => object);
    return { kind: 'List', metadata: { resourceVersion: String(version) }, items };
  };

  const watch = (collection: string, query: URLSearchParams, response: http.ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const from = Number(query.get('resourceVersion'));
    for (const event of log) {
      if (event.collection === collection && Number(event.object.metadata.resourceVersion) > from) response.write(`${JSON.stringify({ type: event.type, object: event.object })}\n`);
    }
    const watcher = { collection, response };
    watchers.add(watcher);
    response.on('close', () => watchers.delete(watcher));
  };

  const patch = (collection: string, old: Stored, change: Record<string, unknown>, subresource: string | undefined): Stored | undefined => {
    const locked = (change['metadata'] as { resourceVersion?: string } | undefined)?.resourceVersion;
    if (locked && locked !== old.metadata.resourceVersion) return undefined;
    const { status, ...rest } = change;
    return put(collection, merge(old, subresource === 'status' ? { status } : rest) as Stored);
  };

  const handle = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '', 'http://x');
    const method = request.method ?? 'GET';
    requests.push(`${method} ${url.pathname}${url.searchParams.get('watch') ? ' watch' : ''}`);
    if (script({ method, path: url.pathname, query: url.searchParams }, response)) return;
    const { collection, namespace, name, subresource } = parse(url.pathname);
    const answer = (object: object): void => void response.end(JSON.stringify(object));
    if (method === 'POST') {
      const body = await bodyOf(request);
      if (objects.has(keyOf(collection, body['metadata'] as { name: string }))) return refuse(response, 409, 'AlreadyExists');
      return answer(create(collection, body));
    }
    if (!name) return url.searchParams.get('watch') ? watch(collection, url.searchParams, response) : answer(list(collection, namespace, url.searchParams));
    const key = keyOf(collection, { namespace, name });
    const old = objects.get(key);
    if (!old) return refuse(response, 404, 'NotFound', `${collection} "${name}" not found`);
    if (method === 'GET') return answer(old);
    if (method === 'DELETE') {
      remove(key, collection);
      return answer(old);
    }
    const now = patch(collection, old, await bodyOf(request), subresource);
    return now ? answer(now) : refuse(response, 409, 'Conflict', 'the object has been modified');
  };

  const server = http.createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const kubeconfig = writeKubeconfig((server.address() as AddressInfo).port);
  return {
    kubeconfig,
    requests,
    create,
    put: (collection: string, object: KubeObject) => put(collection, object as Stored),
    get: (collection: string, namespace: string | undefined, name: string) => objects.get(keyOf(collection, { namespace, name })),
    all: (collection: string) => [...objects].filter(([key]) => key.startsWith(`${collection}|`)).map(([, object]) => object),
    delete: (collection: string, namespace: string | undefined, name: string) => remove(keyOf(collection, { namespace, name }), collection),
    /** Ends or cuts all open watches. */
    endWatches: (how: 'clean' | 'cut') => {
      for (const { response } of [...watchers]) how === 'clean' ? response.end() : response.socket?.destroy();
    },
    watchers: () => watchers.size,
    script: (next: Script) => void (script = next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      fs.rmSync(path.dirname(kubeconfig), { recursive: true });
    },
  };
};

export const collections = {
  services: '/api/v1/services',
  pods: '/api/v1/pods',
  nodes: '/api/v1/nodes',
  events: '/api/v1/events',
  slices: '/apis/discovery.k8s.io/v1/endpointslices',
  bindings: '/apis/elbv2.k8s.aws/v1beta1/targetgroupbindings',
  leases: '/apis/coordination.k8s.io/v1/leases',
  definitions: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
};
