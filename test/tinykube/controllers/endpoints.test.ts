// What Services publish: slices and Endpoints follow the pods, named ports are resolved per pod.
import test from 'ava';
import type { EndpointSlice } from '../../../emulator/tinykube/controllers/kinds.js';
import type { Api } from '../../../emulator/tinykube/types.js';
import { deployment, readyPods, service, startCluster, until } from '../cluster.js';

const slices = (api: Api, name: string): EndpointSlice[] =>
  (api.list('endpointslices.discovery.k8s.io', 'default') as EndpointSlice[]).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);

const ready = (api: Api, name: string): Promise<EndpointSlice> =>
  until(api, ['endpointslices.discovery.k8s.io'], () => slices(api, name).find((slice) => slice.endpoints?.some(({ conditions }) => conditions?.ready)));

test('a slice names pod, node, zone and the number behind a named port', async (t) => {
  const { api } = await startCluster(t);
  api.create('services', service('ui', 'ui'));
  api.create('deployments.apps', deployment('ui'));
  const [pod] = await readyPods(api, 'ui', 1);
  const slice = await ready(api, 'ui');
  t.deepEqual(slice.ports, [{ name: 'http', protocol: 'TCP', port: 8080 }]);
  t.deepEqual(slice.endpoints, [{
    addresses: [pod?.status?.podIP ?? ''],
    conditions: { ready: true, serving: true, terminating: false },
    nodeName: pod?.spec.nodeName ?? '',
    targetRef: { kind: 'Pod', namespace: 'default', name: pod?.metadata.name ?? '', uid: pod?.metadata.uid ?? '' },
    zone: (api.get('nodes', undefined, pod?.spec.nodeName ?? '')?.metadata.labels ?? {})['topology.kubernetes.io/zone'] ?? '',
  }]);
  t.is(slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'], 'endpointslice-controller.k8s.io');
  t.truthy(slice.metadata.annotations?.['endpoints.kubernetes.io/last-change-trigger-time']);
  const endpoints = api.get('endpoints', 'default', 'ui')?.['subsets'] as { addresses: { ip: string }[]; ports: object[] }[];
  t.is(endpoints[0]?.addresses[0]?.ip, pod?.status?.podIP);
  t.deepEqual(endpoints[0]?.ports, [{ name: 'http', protocol: 'TCP', port: 8080 }]);
});

test('a pod that goes away is first terminating, then gone', async (t) => {
  const { api } = await startCluster(t);
  api.create('services', service('ui', 'ui'));
  api.create('deployments.apps', deployment('ui'));
  const [pod] = await readyPods(api, 'ui', 1);
  await ready(api, 'ui');
  const seen: string[] = [];
  const stop = api.watch('endpointslices.discovery.k8s.io', ({ object }) => {
    const mine = (object as EndpointSlice).endpoints?.find(({ targetRef }) => targetRef?.uid === pod?.metadata.uid);
    const { ready: isReady, terminating } = mine?.conditions ?? {};
    seen.push(mine ? `${isReady ? 'ready' : 'not ready'}${terminating ? ', terminating' : ''}` : 'gone');
  });
  api.delete('deployments.apps', 'default', 'ui');
  await until(api, ['endpointslices.discovery.k8s.io'], () => seen.includes('gone'));
  stop();
  t.is(seen[0], 'not ready, terminating');
});

test('pods that give one port name two numbers make two slices', async (t) => {
  const { api } = await startCluster(t);
  api.create('services', service('both', 'x', { selector: { group: 'both' } }));
  const labelled = (name: string, port: number) => {
    const object = deployment(name, { container: { ports: [{ name: 'http', containerPort: port }] } });
    (object['spec'] as { template: { metadata: { labels: object } } }).template.metadata.labels = { app: name, group: 'both' };
    return object;
  };
  api.create('deployments.apps', labelled('one', 8080));
  api.create('deployments.apps', labelled('two', 9090));
  const found = await until(api, ['endpointslices.discovery.k8s.io'], () => slices(api, 'both').length === 2 && slices(api, 'both').every(({ endpoints }) => endpoints?.[0]?.conditions?.ready) && slices(api, 'both'));
  t.deepEqual(found.map(({ ports }) => ports?.[0]?.port).sort(), [8080, 9090]);
});

test('a Service without pods has one empty slice, and none when it goes', async (t) => {
  const { api } = await startCluster(t);
  api.create('services', service('empty', 'nobody'));
  await until(api, ['endpointslices.discovery.k8s.io'], () => slices(api, 'empty').length === 1);
  t.deepEqual(slices(api, 'empty')[0]?.endpoints ?? [], []);
  api.delete('services', 'default', 'empty');
  await until(api, ['endpointslices.discovery.k8s.io', 'endpoints'], () => slices(api, 'empty').length === 0 && !api.get('endpoints', 'default', 'empty'));
  t.pass();
});
