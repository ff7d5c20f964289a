// Cluster addresses and Service names as pods use them: HTTP and datagrams, sticky clients, load balancers by their name.
import dgram from 'node:dgram';
import { once } from 'node:events';
import test from 'ava';
import { createAffinity } from '../../../emulator/tinykube/proxy/affinity.js';
import { projectService } from '../../../emulator/tinykube/kubelet/addresses.js';
import type { Service } from '../../../emulator/tinykube/controllers/kinds.js';
import type { KubeObject } from '../../../emulator/tinykube/types.js';
import { change, deployment, eventually, execIn, fetchText, projected, readyPods, service, startCluster, until, type TestCluster } from '../cluster.js';

const pod = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels: { app: name } }, spec });

/** Until a command in the pod ends well: a Service's port opens a turn after its first pod is ready. */
const works = (cluster: TestCluster, from: string, ...command: string[]): Promise<string> =>
  eventually(async () => {
    const { code, out } = await execIn(cluster, from, ...command);
    if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}: ${out}`);
    return out;
  });

const shop = async (cluster: TestCluster, options: { replicas?: number; spec?: object } = {}): Promise<KubeObject> => {
  const made = cluster.api.create('services', service('ui', 'ui', options.spec));
  cluster.api.create('deployments.apps', deployment('ui', { replicas: options.replicas ?? 1 }));
  cluster.api.create('pods', pod('client', { containers: [{ name: 'main', image: 'busybox', command: ['sleep', 'infinity'] }] }));
  await readyPods(cluster.api, 'ui', options.replicas ?? 1);
  await readyPods(cluster.api, 'client', 1);
  return made;
};

test('a command in a pod reaches a Service by every form of its name and by its address, and is seen with the pod\'s own', async (t) => {
  const cluster = await startCluster(t);
  const made = await shop(cluster);
  const mine = (cluster.api.get('pods', 'default', 'client') as { status?: { podIP?: string } }).status?.podIP ?? '';
  await works(cluster, 'client', 'curl', '-sS', 'http://ui/whoami');
  for (const host of ['ui', 'ui.default', 'ui.default.svc', 'ui.default.svc.cluster.local', (made as Service).spec.clusterIP ?? '']) {
    const out = JSON.parse(await works(cluster, 'client', 'curl', '-sS', `http://${host}/whoami`)) as { remoteAddress: string; host: string };
    t.is(out.remoteAddress, mine, host);
    t.is(out.host, host);
  }
});

test('what a pod calls localhost is itself; a name that nobody knows does not resolve', async (t) => {
  const cluster = await startCluster(t);
  await shop(cluster);
  const [first] = await readyPods(cluster.api, 'ui', 1);
  const own = await works(cluster, first?.metadata.name ?? '', 'curl', '-sS', 'http://localhost:8080/whoami');
  t.is((JSON.parse(own) as { pod: string }).pod, first?.metadata.name ?? '');
  cluster.api.create('pods', pod('asker', { restartPolicy: 'Never', containers: [{ name: 'main', image: 'curlimages/curl', args: ['http://nobody.default.svc'] }] }));
  const over = await until(cluster.api, ['pods'], () => {
    const one = cluster.api.get('pods', 'default', 'asker') as { status?: { phase?: string; containerStatuses?: { state?: { terminated?: { exitCode: number } } }[] } };
    return one.status?.phase === 'Failed' && one.status;
  });
  t.is(over.containerStatuses?.[0]?.state?.terminated?.exitCode, 6);
  t.is(cluster.nodes.logs('default', 'asker', 'main'), 'curl: (6) Could not resolve host: nobody.default.svc\n');
});

test('a stand-in that calls in a loop, and the store\'s page that asks the services behind it', async (t) => {
  const cluster = await startCluster(t);
  cluster.api.create('services', service('catalog', 'catalog'));
  cluster.api.create('deployments.apps', deployment('catalog', { image: 'retail-store-sample-catalog' }));
  const [catalog] = await readyPods(cluster.api, 'catalog', 1);
  await shop(cluster);
  change(cluster.api, 'deployments.apps', 'ui', (object) => ({ ...object, spec: deployment('ui', { container: { env: [{ name: 'RETAIL_UI_ENDPOINTS_CATALOG', value: 'http://catalog.default.svc:80' }, { name: 'RETAIL_UI_ENDPOINTS_ORDERS', value: 'http://orders.orders.svc:80' }] } })['spec'] }));
  const told = await eventually(async () => {
    const rows = JSON.parse(await works(cluster, 'client', 'curl', '-sS', 'http://ui/topology')) as object[];
    if (rows.length === 0) throw new Error('the old pod');
    return rows;
  }, 300);
  t.deepEqual(told, [
    { service: 'catalog', url: 'http://catalog.default.svc:80', status: 'UP', answeredBy: catalog?.metadata.name },
    { service: 'orders', url: 'http://orders.orders.svc:80', status: 'DOWN', problem: 'Could not resolve host: orders.orders.svc' },
  ]);
  cluster.api.create('pods', pod('load', { containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', 'while true; do wget -qO- http://ui/whoami; sleep 1; done'] }] }));
  await readyPods(cluster.api, 'load', 1);
  await eventually(async () => {
    if (!cluster.nodes.logs('default', 'load', 'main')?.includes('"pod":"ui-')) throw new Error('nothing was answered yet');
  }, 300);
  t.pass();
});

test('a client of a Service with affinity stays with its pod, through the cluster address and through a node port', async (t) => {
  const cluster = await startCluster(t);
  const made = (await shop(cluster, { replicas: 3, spec: { type: 'NodePort', sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 100 } } } })) as Service;
  await works(cluster, 'client', 'curl', '-sS', 'http://ui/whoami');
  const answers = new Set<string>();
  for (let request = 0; request < 4; request += 1) answers.add((JSON.parse(await works(cluster, 'client', 'curl', '-sS', 'http://ui/whoami')) as { pod: string }).pod);
  t.is(answers.size, 1);
  const node = (cluster.api.list('nodes')[0] as { status?: { addresses?: { address: string }[] } }).status?.addresses?.[0]?.address ?? '';
  const through = async (localAddress: string): Promise<string> => (JSON.parse((await fetchText(projected(cluster.loopback, node), made.spec.ports?.[0]?.nodePort ?? 0, '/whoami', { localAddress })).body) as { pod: string }).pod;
  const seen = new Map<string, Set<string>>();
  for (const client of [1, 2, 3, 1, 2, 3].map((last) => `127.${cluster.loopback}.9.${last}`)) seen.set(client, (seen.get(client) ?? new Set()).add(await through(client)));
  t.deepEqual([...seen.values()].map(({ size }) => size), [1, 1, 1]);
  t.is(new Set([...seen.values()].flatMap((pods) => [...pods])).size, 3);
});

test('with internalTrafficPolicy Local a pod is sent to pods of its own node only, and to nobody where there is none', async (t) => {
  const cluster = await startCluster(t);
  const made = (await shop(cluster, { replicas: 3, spec: { internalTrafficPolicy: 'Local' } })) as Service;
  const [client] = await readyPods(cluster.api, 'client', 1);
  await works(cluster, 'client', 'curl', '-sS', 'http://ui/whoami');
  const seen = new Set<string>();
  for (let request = 0; request < 4; request += 1) seen.add((JSON.parse(await works(cluster, 'client', 'curl', '-sS', 'http://ui/whoami')) as { node: string }).node);
  t.deepEqual([...seen], [client?.spec.nodeName ?? '']);
  const address = projectService(cluster.loopback, made.spec.clusterIP ?? '');
  const anywhere = new Set<string>();
  for (let request = 0; request < 3; request += 1) anywhere.add((JSON.parse((await fetchText(address, 80, '/whoami', { localAddress: '127.0.0.1' })).body) as { node: string }).node);
  t.is(anywhere.size, 3);
  for (const pod of await readyPods(cluster.api, 'ui', 3)) if (pod.spec.nodeName === client?.spec.nodeName) change(cluster.api, 'nodes', pod.spec.nodeName ?? '', (node) => ({ ...node, spec: { ...(node['spec'] as object), unschedulable: true } }));
  for (const pod of await readyPods(cluster.api, 'ui', 3)) if (pod.spec.nodeName === client?.spec.nodeName) cluster.api.delete('pods', 'default', pod.metadata.name, { gracePeriodSeconds: 0 });
  await eventually(async () => {
    const { code } = await execIn(cluster, 'client', 'curl', '-sS', 'http://ui/whoami');
    if (code === 0) throw new Error('somebody answered');
  });
  t.pass();
});

test('affinity ends with its time, and with the pod', (t) => {
  const affinity = createAffinity();
  const sticky = { spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 10 } } } } as Service;
  const [a, b] = ['10.42.1.1', '10.42.1.2'].map((address) => ({ address, port: 80, nodeName: 'n', ready: true, serving: true, terminating: false }));
  if (!a || !b) return t.fail();
  t.is(affinity.prefer('c', [a, b], sticky, 0)[0], a);
  t.is(affinity.prefer('c', [b, a], sticky, 9_000)[0], a);
  t.is(affinity.prefer('c', [b, a], sticky, 18_999)[0], a);
  t.is(affinity.prefer('c', [b, a], sticky, 29_000)[0], b);
  t.is(affinity.prefer('c', [a], sticky, 30_000)[0], a);
});

/** Sends until an answer comes: a datagram to a port that is not open yet is lost. */
const answered = async (host: string, port: number, message: string, local: string): Promise<string> => {
  const socket = dgram.createSocket('udp4').on('error', () => {});
  socket.bind({ address: local });
  await once(socket, 'listening');
  const reply = once(socket, 'message').then(([data]) => String(data));
  await eventually(async () => {
    socket.send(message, port, host);
    if ((await Promise.race([reply, new Promise((resolve) => setImmediate(resolve))])) === undefined) throw new Error('no answer yet');
  }, 2000);
  socket.close();
  return reply;
};

test('datagrams go through a node port and a cluster address, the node and the client being who the pod sees', async (t) => {
  const cluster = await startCluster(t);
  const made = cluster.api.create('services', service('dns', 'dns', { type: 'NodePort', ports: [{ name: 'u', port: 5300, protocol: 'UDP', targetPort: 8081 }] })) as Service;
  cluster.api.create('deployments.apps', deployment('dns', { image: 'agnhost', container: { args: ['netexec'], ports: [{ containerPort: 8080 }, { containerPort: 8081, protocol: 'UDP' }] } }));
  const [one] = await readyPods(cluster.api, 'dns', 1);
  const node = (cluster.api.list('nodes')[0] as { status?: { addresses?: { address: string }[] } }).status?.addresses?.[0]?.address ?? '';
  const client = `127.${cluster.loopback}.9.9`;
  const nodeHost = projected(cluster.loopback, node);
  t.is(await answered(nodeHost, made.spec.ports?.[0]?.nodePort ?? 0, 'hostname', client), one?.metadata.name ?? '');
  t.regex(await answered(nodeHost, made.spec.ports?.[0]?.nodePort ?? 0, 'clientip', client), new RegExp(`^${node.replaceAll('.', '\\.')}:`));
  t.regex(await answered(projectService(cluster.loopback, made.spec.clusterIP ?? ''), 5300, 'clientip', client), /^10\.42\.9\.9:/);
});

test('names that are not the cluster\'s are asked for outside, where load balancers have theirs', async (t) => {
  const asked: string[] = [];
  const outside = (host: string, port: number) => {
    asked.push(`${host}:${port}`);
    return host === 'lb.example.com' ? { address: projected(cluster.loopback, podIP), port: 8080 } : undefined;
  };
  const cluster = await startCluster(t, { outside });
  await shop(cluster);
  const [target] = await readyPods(cluster.api, 'ui', 1);
  const podIP = target?.status?.podIP ?? '';
  const out = JSON.parse(await works(cluster, 'client', 'curl', '-sS', 'http://lb.example.com/whoami')) as { pod: string };
  t.is(out.pod, target?.metadata.name ?? '');
  cluster.api.create('services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'alias', namespace: 'default' }, spec: { type: 'ExternalName', externalName: 'lb.example.com' } });
  t.is((JSON.parse(await works(cluster, 'client', 'curl', '-sS', 'http://alias/whoami')) as { pod: string }).pod, target?.metadata.name ?? '');
  t.deepEqual(asked, ['lb.example.com:80', 'lb.example.com:80']);
});
