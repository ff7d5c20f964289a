// Pods as real listeners: their status, probes, ends, restarts, and what they refuse.
import http from 'node:http';
import net from 'node:net';
import { once } from 'node:events';
import test from 'ava';
import type { Node, Pod, Service } from '../../../emulator/tinykube/controllers/kinds.js';
import { isReady } from '../../../emulator/tinykube/controllers/pods.js';
import type { Api, NewObject } from '../../../emulator/tinykube/types.js';
import { change, deployment, eventually, events, fetchText, podsOf, projected, readyPods, startCluster, ui, until } from '../cluster.js';

const pod = (name: string, container: object = {}, spec: object = {}): NewObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: name } },
  spec: { containers: [{ name: 'main', image: ui, ports: [{ name: 'http', containerPort: 8080 }], ...container }], ...spec },
});

const podOf = (api: Api, name: string): Pod | undefined => api.get('pods', 'default', name) as Pod | undefined;

test('three EKS-like nodes in three zones, each with its Lease', async (t) => {
  const { api } = await startCluster(t);
  const nodes = api.list('nodes') as Node[];
  t.is(nodes.length, 3);
  t.deepEqual(nodes.map(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone']).sort(), ['us-west-2a', 'us-west-2b', 'us-west-2c']);
  for (const node of nodes) {
    const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
    t.is(node.metadata.name, `ip-${address.replaceAll('.', '-')}.us-west-2.compute.internal`);
    t.regex(node.spec.providerID ?? '', /^aws:\/\/\/us-west-2[abc]\/i-[0-9a-f]{17}$/);
    t.is(node.metadata.labels?.['workshop-default'], 'yes');
    t.is(node.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
    t.truthy(api.get('leases.coordination.k8s.io', 'kube-node-lease', node.metadata.name));
  }
});

test('a pod goes through its statuses in order and tells what it did', async (t) => {
  const { api } = await startCluster(t);
  const seen: string[] = [];
  api.watch('pods', ({ object }) => {
    const { status } = object as Pod;
    const state = status?.containerStatuses?.[0]?.state;
    seen.push(`${status?.phase} ${state?.waiting?.reason ?? (state?.running ? 'running' : '-')}`);
  });
  api.create('pods', pod('one'));
  const ready = await until(api, ['pods'], () => podOf(api, 'one')?.status?.phase === 'Running' && podOf(api, 'one'));
  t.deepEqual([...new Set(seen)], ['Pending -', 'Pending ContainerCreating', 'Running running']);
  t.deepEqual(ready.status?.conditions?.map(({ type, status }) => `${type} ${status}`), ['PodReadyToStartContainers True', 'Initialized True', 'Ready True', 'ContainersReady True', 'PodScheduled True']);
  t.is(ready.status?.qosClass, 'BestEffort');
  t.regex(ready.status?.podIP ?? '', /^10\.42\.\d+\.\d+$/);
  t.deepEqual(events(api, 'one').map((text) => text.split(':')[0]).sort(), ['Normal Created', 'Normal Pulled', 'Normal Scheduled', 'Normal Started']);
});

test('the page and /whoami say which pod answered and who asked', async (t) => {
  const { api, loopback, nodes } = await startCluster(t);
  api.create('pods', pod('one'));
  const [ready] = await readyPods(api, 'one', 1);
  const host = projected(loopback, ready?.status?.podIP ?? '');
  const home = await fetchText(host, 8080, '/home', { localAddress: `127.${loopback}.7.7` });
  t.is(home.headers['content-type'], 'text/html; charset=utf-8');
  t.true(home.body.includes('default/one') && home.body.includes('10.42.7.7'));
  t.like(JSON.parse((await fetchText(host, 8080, '/whoami', { localAddress: '127.0.0.1' })).body), { pod: 'one', namespace: 'default', node: ready?.spec.nodeName, podIP: ready?.status?.podIP, remoteAddress: '127.0.0.1' });
  t.is((await fetchText(host, 8080, '/actuator/health/liveness')).status, 200);
  t.is((await fetchText(host, 8080, '/nothing')).status, 404);
  t.true(nodes.logs('default', 'one', 'main')?.includes('10.42.7.7 "GET /home" 200'));
  t.is(nodes.logs('default', 'two', 'main'), undefined);
});

test('a readiness probe that fails keeps a running pod from being ready', async (t) => {
  const { api } = await startCluster(t);
  api.create('pods', pod('good', { readinessProbe: { httpGet: { path: '/actuator/health/readiness', port: 'http' } } }));
  api.create('pods', pod('bad', { readinessProbe: { httpGet: { path: '/nothing', port: 8080 }, failureThreshold: 1 } }));
  api.create('pods', pod('grpc', { readinessProbe: { grpc: { port: 8080 } } }));
  api.create('pods', pod('grpc-bad', { readinessProbe: { grpc: { port: 9 } } }));
  await readyPods(api, 'good', 1);
  await readyPods(api, 'grpc', 1);
  await until(api, ['events'], () => events(api, 'bad').includes('Warning Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404'));
  await until(api, ['events'], () => events(api, 'grpc-bad').some((text) => /^Warning Unhealthy: Readiness probe failed: dial tcp [\d.]+:9: connect: connection refused$/.test(text)));
  for (const name of ['bad', 'grpc-bad']) {
    t.is(podOf(api, name)?.status?.phase, 'Running');
    t.is(podOf(api, name)?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, 'ContainersNotReady');
  }
});

test('a liveness probe that fails restarts the container', async (t) => {
  const { api } = await startCluster(t);
  api.create('pods', pod('one', { livenessProbe: { tcpSocket: { port: 9 }, failureThreshold: 1, periodSeconds: 60 } }));
  const again = await until(api, ['pods'], () => podOf(api, 'one')?.status?.containerStatuses?.[0]?.restartCount === 1 && podOf(api, 'one'));
  t.is(again.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 137);
  t.true(events(api, 'one').includes('Normal Killing: Container main failed liveness probe, will be restarted'));
});

test('readiness gates of others hold a pod back and are kept', async (t) => {
  const { api } = await startCluster(t);
  api.create('pods', pod('one', {}, { readinessGates: [{ conditionType: 'target-health/x' }] }));
  const held = await until(api, ['pods'], () => podOf(api, 'one')?.status?.phase === 'Running' && podOf(api, 'one'));
  t.false(isReady(held));
  t.is(held.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, 'ReadinessGatesNotReady');
  api.update('pods', { ...held, status: { ...held.status, conditions: [...(held.status?.conditions ?? []), { type: 'target-health/x', status: 'True' }] } }, 'status');
  const [ready] = await readyPods(api, 'one', 1);
  t.is(ready?.status?.conditions?.[0]?.type, 'target-health/x');
});

test('an end lets the request in flight finish, closes idle connections and frees the port', async (t) => {
  const { api, loopback } = await startCluster(t);
  api.create('pods', pod('one'));
  const [ready] = await readyPods(api, 'one', 1);
  const host = projected(loopback, ready?.status?.podIP ?? '');
  const agent = new http.Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  await new Promise<void>((resolve, reject) => {
    http.get({ host, port: 8080, path: '/', agent }, (response) => response.resume().once('end', resolve)).once('error', reject);
  });
  api.delete('pods', 'default', 'one');
  await until(api, ['pods'], () => !podOf(api, 'one'));
  t.true(events(api, 'one').includes('Normal Killing: Stopping container main'));
  await t.throwsAsync(fetchText(host, 8080), { code: 'ECONNREFUSED' });
});

test('grace 0 cuts a pod at once', async (t) => {
  const { api, loopback } = await startCluster(t);
  api.create('pods', pod('db', { image: 'mysql:8.0', ports: [{ containerPort: 3306 }] }));
  const [ready] = await readyPods(api, 'db', 1);
  const socket = net.connect(3306, projected(loopback, ready?.status?.podIP ?? ''));
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  api.delete('pods', 'default', 'db', { gracePeriodSeconds: 0 });
  await closed;
  t.is(podOf(api, 'db'), undefined);
});

test('redis answers PING', async (t) => {
  const { api, loopback } = await startCluster(t);
  api.create('pods', pod('redis', { image: 'docker.io/library/redis:6.0-alpine', ports: [] }));
  const [ready] = await readyPods(api, 'redis', 1);
  const socket = net.connect(6379, projected(loopback, ready?.status?.podIP ?? ''));
  socket.write('*1\r\n$4\r\nPING\r\n');
  const answer = await new Promise((resolve) => socket.once('data', (data) => resolve(data.toString())));
  socket.destroy();
  t.is(answer, '+PONG\r\n');
});

test('agnhost netexec listens where its arguments say', async (t) => {
  const { api, loopback } = await startCluster(t);
  api.create('pods', pod('agn', { image: 'registry.k8s.io/e2e-test-images/agnhost:2.53', args: ['netexec', '--http-port=8181'] }));
  const [ready] = await readyPods(api, 'agn', 1);
  const host = projected(loopback, ready?.status?.podIP ?? '');
  t.is((await fetchText(host, 8181, '/hostname')).body, 'agn');
  t.is((await fetchText(host, 8181, '/echo?msg=hi')).body, 'hi');
  t.regex((await fetchText(host, 8181, '/clientip', { localAddress: `127.${loopback}.3.3` })).body, /^10\.42\.3\.3:\d+$/);
});

test('a port that is taken ends in CrashLoopBackOff and an event that names it', async (t) => {
  const { api } = await startCluster(t);
  api.create('pods', { ...pod('two'), spec: { containers: ['first', 'second'].map((name) => ({ name, image: ui, ports: [{ containerPort: 8080 }] })) } });
  const stuck = await until(api, ['pods'], () => {
    const statuses = podOf(api, 'two')?.status?.containerStatuses;
    return statuses?.some(({ state }) => state?.waiting?.reason === 'CrashLoopBackOff') && statuses.some(({ state }) => state?.running) && podOf(api, 'two');
  });
  t.false(isReady(stuck));
  t.true(events(api, 'two').some((text) => /^Warning Failed: Error: port 8080 of 10\.42\.\d+\.\d+ .* is taken/.test(text)));
});

test('after a restart the same pods answer at the same addresses, without a restart of their own', async (t) => {
  const cluster = await startCluster(t);
  const { api, loopback } = cluster;
  api.create('deployments.apps', deployment('ui', { replicas: 3 }));
  const before = await readyPods(api, 'ui', 3);
  const versions = before.map(({ metadata }) => metadata.resourceVersion);
  await cluster.stop();
  await t.throwsAsync(fetchText(projected(loopback, before[0]?.status?.podIP ?? ''), 8080));
  await cluster.restart();
  for (const { status, metadata } of before) {
    const host = projected(loopback, status?.podIP ?? '');
    const answer = await eventually(() => fetchText(host, 8080, '/whoami'));
    t.is(JSON.parse(answer.body).pod, metadata.name);
  }
  t.deepEqual(podsOf(api, 'ui').map(({ metadata }) => metadata.resourceVersion), versions);
});

test('what was asked for while the emulator was down is done afterwards', async (t) => {
  const cluster = await startCluster(t);
  const { api } = cluster;
  api.create('deployments.apps', deployment('ui', { replicas: 2 }));
  await readyPods(api, 'ui', 2);
  await cluster.stop();
  change(api, 'deployments.apps', 'ui', (object) => ({ ...object, spec: { ...(object['spec'] as object), replicas: 1 } }));
  api.delete('pods', 'default', podsOf(api, 'ui')[0]?.metadata.name ?? '');
  await cluster.restart();
  await readyPods(api, 'ui', 1);
  t.pass();
});

test('a cluster whose nodes are cordoned leaves pods Pending until one is not', async (t) => {
  const { api } = await startCluster(t);
  for (const { metadata } of api.list('nodes')) change(api, 'nodes', metadata.name, (node) => ({ ...node, spec: { ...(node as Node).spec, unschedulable: true } }));
  api.create('pods', pod('one'));
  await until(api, ['events'], () => events(api, 'one').includes('Warning FailedScheduling: 0/3 nodes are available: 3 node(s) were unschedulable.'));
  t.is(podOf(api, 'one')?.status?.phase, 'Pending');
  change(api, 'nodes', api.list('nodes')[1]?.metadata.name ?? '', (node) => ({ ...node, spec: { ...(node as Node).spec, unschedulable: false } }));
  await readyPods(api, 'one', 1);
  t.pass();
});

test('a pod has its low port where opening it needs privileges: probes, node ports and port-forward find it', async (t) => {
  const { api, loopback, nodes } = await startCluster(t, { lowestPort: 1024 });
  const readinessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 };
  api.create('pods', pod('web', { image: 'nginx', ports: [{ containerPort: 80 }], readinessProbe }));
  api.create('services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] } });
  const [ready] = await readyPods(api, 'web', 1);
  await t.throwsAsync(fetchText(projected(loopback, ready?.status?.podIP ?? ''), 80, '/'), { code: 'ECONNREFUSED' });
  const [node] = api.list('nodes') as Node[];
  const address = node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
  const nodePort = (api.get('services', 'default', 'web') as Service).spec.ports?.[0]?.nodePort ?? 0;
  t.is((await eventually(() => fetchText(projected(loopback, address), nodePort, '/'))).status, 200);
  const forwarded = nodes.dial({ namespace: 'default', pod: 'web', port: 80 }) as net.Socket;
  await once(forwarded, 'connect');
  forwarded.destroy();
});

test('a preStop request is made before the end; one that fails is told and holds nothing up', async (t) => {
  const { api } = await startCluster(t);
  const hook = (path: string) => ({ lifecycle: { preStop: { httpGet: { path, port: 'http' } } } });
  api.create('pods', pod('good', hook('/whoami')));
  api.create('pods', pod('bad', hook('/nothing-here')));
  await until(api, ['pods'], () => ['good', 'bad'].every((name) => podOf(api, name)?.status?.phase === 'Running'));
  for (const name of ['good', 'bad']) api.delete('pods', 'default', name);
  await until(api, ['pods'], () => !podOf(api, 'good') && !podOf(api, 'bad'));
  const failed = (name: string): string[] => events(api, name).filter((text) => text.includes('FailedPreStopHook'));
  t.deepEqual(failed('good'), []);
  t.deepEqual(failed('bad'), ['Warning FailedPreStopHook: PreStopHook failed: HTTP probe failed with statuscode: 404']);
});
