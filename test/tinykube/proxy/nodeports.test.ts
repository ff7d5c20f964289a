// Node ports: every node listens, the right pods answer, and they see the right address.
import net from 'node:net';
import test from 'ava';
import type { Node, Service } from '../../../emulator/tinykube/controllers/kinds.js';
import { usable, type Backend } from '../../../emulator/tinykube/proxy/backends.js';
import { change, deployment, eventually, fetchText, projected, readyPods, service, startCluster, until, type TestCluster } from '../cluster.js';

const addresses = ({ api, loopback }: TestCluster): { name: string; shown: string; host: string }[] =>
  (api.list('nodes') as Node[]).map((node) => {
    const shown = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
    return { name: node.metadata.name, shown, host: projected(loopback, shown) };
  });

const nodePort = (object: unknown): number => (object as Service).spec.ports?.[0]?.nodePort ?? 0;

const listening = (cluster: TestCluster, name: string, count: number): Promise<unknown> =>
  until(cluster.api, ['endpointslices.discovery.k8s.io', 'pods'], () =>
    cluster.api.list('endpointslices.discovery.k8s.io', 'default').some((slice) =>
      slice.metadata.labels?.['kubernetes.io/service-name'] === name && ((slice['endpoints'] as { conditions: { ready: boolean } }[]) ?? []).filter(({ conditions }) => conditions.ready).length === count));

/** A port opens a turn after its first endpoint is ready. Costs one connection. */
const opened = (host: string, port: number): Promise<unknown> => eventually(() => fetchText(host, port));

test('every node reaches all pods, which see the node as the client', async (t) => {
  const cluster = await startCluster(t);
  const port = nodePort(cluster.api.create('services', service('ui', 'ui', { type: 'NodePort' })));
  cluster.api.create('deployments.apps', deployment('ui', { replicas: 3 }));
  await readyPods(cluster.api, 'ui', 3);
  await listening(cluster, 'ui', 3);
  const pods = new Set<string>();
  for (const { shown, host } of addresses(cluster)) {
    await opened(host, port);
    for (let request = 0; request < 4; request += 1) {
      const answer = JSON.parse((await fetchText(host, port, '/whoami', { localAddress: '127.0.0.1' })).body) as { pod: string; remoteAddress: string };
      t.is(answer.remoteAddress, shown);
      pods.add(answer.pod);
    }
  }
  t.is(pods.size, 3);
  t.deepEqual(cluster.nodes.nodePortConnections(), Object.fromEntries(addresses(cluster).map(({ name }) => [`default/ui:${port}@${name}`, 5])));
});

test('policy Local goes to the own pods only and keeps the client address; the health port says which node has some', async (t) => {
  const cluster = await startCluster(t);
  const port = nodePort(cluster.api.create('services', service('ui', 'ui', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31999 })));
  cluster.api.create('deployments.apps', deployment('ui'));
  const [pod] = await readyPods(cluster.api, 'ui', 1);
  await listening(cluster, 'ui', 1);
  for (const { name, host } of addresses(cluster)) {
    const health = await fetchText(host, 31999);
    const mine = name === pod?.spec.nodeName;
    t.is(health.status, mine ? 200 : 503);
    t.deepEqual(JSON.parse(health.body), { service: { namespace: 'default', name: 'ui' }, localEndpoints: mine ? 1 : 0, serviceProxyHealthy: true });
    if (mine) await opened(host, port);
    const request = fetchText(host, port, '/whoami', { localAddress: `127.${cluster.loopback}.9.9` });
    if (mine) t.is(JSON.parse((await request).body).remoteAddress, '10.42.9.9');
    else await t.throwsAsync(request, { code: 'ECONNREFUSED' });
  }
});

const refusal = async (host: string, port: number, wanted: string): Promise<string> => {
  const code = await fetchText(host, port).then(() => 'answered', (error: NodeJS.ErrnoException) => error.code ?? '');
  if (code !== wanted) throw new Error(`wanted ${wanted}, got ${code}`);
  return code;
};

test('a node port refuses while there is no pod, so that health checks fail, and when it is gone', async (t) => {
  const cluster = await startCluster(t);
  const port = nodePort(cluster.api.create('services', service('ui', 'ui', { type: 'NodePort' })));
  const host = addresses(cluster)[0]?.host ?? '';
  cluster.api.create('deployments.apps', deployment('ui'));
  await opened(host, port);
  change(cluster.api, 'deployments.apps', 'ui', (object) => ({ ...object, spec: { ...(object['spec'] as object), replicas: 0 } }));
  t.is(await eventually(() => refusal(host, port, 'ECONNREFUSED')), 'ECONNREFUSED');
  change(cluster.api, 'deployments.apps', 'ui', (object) => ({ ...object, spec: { ...(object['spec'] as object), replicas: 1 } }));
  await opened(host, port);
  change(cluster.api, 'services', 'ui', (object) => ({ ...object, spec: { ...(object as Service).spec, type: 'ClusterIP' } }));
  t.is(await eventually(() => refusal(host, port, 'ECONNREFUSED')), 'ECONNREFUSED');
});

test('a pod whose port refuses: clients of the node port are reset, and where the connection lands there is nobody', async (t) => {
  const cluster = await startCluster(t);
  const ports = [{ name: 'http', port: 80, targetPort: 8089, protocol: 'TCP' }];
  const port = nodePort(cluster.api.create('services', service('ui', 'ui', { type: 'NodePort', ports })));
  const [node] = addresses(cluster);
  cluster.api.create('deployments.apps', deployment('ui'));
  await readyPods(cluster.api, 'ui', 1);
  await listening(cluster, 'ui', 1);
  t.is(await eventually(() => refusal(node?.host ?? '', port, 'ECONNRESET')), 'ECONNRESET');
  const landing = cluster.nodes.landing({ host: node?.host ?? '', port }, '127.0.0.1');
  t.like(landing, { port: 8089, localAddress: node?.host });
  await t.throwsAsync(fetchText(landing?.host ?? '', 8089), { code: 'ECONNREFUSED' });
  t.is(cluster.nodes.landing({ host: node?.host ?? '', port: 1 }, '127.0.0.1'), undefined);
});

test('a half-closed connection still gets its answer', async (t) => {
  const cluster = await startCluster(t);
  const port = nodePort(cluster.api.create('services', service('ui', 'ui', { type: 'NodePort' })));
  cluster.api.create('deployments.apps', deployment('ui'));
  await readyPods(cluster.api, 'ui', 1);
  await listening(cluster, 'ui', 1);
  await opened(addresses(cluster)[0]?.host ?? '', port);
  const socket = net.connect({ host: addresses(cluster)[0]?.host ?? '', port, allowHalfOpen: true });
  socket.end('GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  let body = '';
  for await (const chunk of socket) body += String(chunk);
  t.true(body.startsWith('HTTP/1.1 404'));
});

const backend = (address: string, nodeName: string, state: Partial<Backend>): Backend => ({ address, port: 1, nodeName, ready: true, serving: true, terminating: false, ...state });

test('pods that end serve only when no ready one is left', (t) => {
  const ending = backend('1', 'a', { ready: false, terminating: true });
  const unready = backend('2', 'a', { ready: false, serving: false });
  const good = backend('3', 'b', {});
  t.deepEqual(usable([ending, unready, good]), [good]);
  t.deepEqual(usable([ending, unready, good], 'a'), [ending]);
  t.deepEqual(usable([unready]), []);
});
