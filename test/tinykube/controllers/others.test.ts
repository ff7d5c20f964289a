// Namespaces from start to end, StatefulSets in order, DaemonSets on every node.
import test from 'ava';
import type { DaemonSet, Namespace, Pod, StatefulSet } from '../../../emulator/tinykube/controllers/kinds.js';
import type { Api } from '../../../emulator/tinykube/types.js';
import { remainingConditions } from '../../../emulator/tinykube/controllers/namespaces.js';
import { change, deployment, podsOf, readyPods, startCluster, ui, until } from '../cluster.js';

const template = (app: string, image = ui) => ({ metadata: { labels: { app } }, spec: { containers: [{ name: 'main', image, ports: [{ name: 'http', containerPort: 8080 }] }] } });

test('a cluster begins with its four namespaces and what each of them holds', async (t) => {
  const { api } = await startCluster(t);
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    t.truthy(api.get('namespaces', undefined, name));
    t.truthy(api.get('serviceaccounts', name, 'default'));
    t.truthy(api.get('configmaps', name, 'kube-root-ca.crt'));
  }
  t.is((api.get('services', 'default', 'kubernetes')?.['spec'] as { clusterIP: string }).clusterIP, '10.100.0.1');
  api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mine' } });
  await until(api, ['serviceaccounts', 'configmaps'], () => api.get('serviceaccounts', 'mine', 'default') && api.get('configmaps', 'mine', 'kube-root-ca.crt'));
});

test('a namespace ends with everything in it, but not at once', async (t) => {
  const { api } = await startCluster(t);
  api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mine' } });
  const object = deployment('ui');
  api.create('deployments.apps', { ...object, metadata: { ...object.metadata, namespace: 'mine' } });
  await until(api, ['pods'], () => (api.list('pods', 'mine') as Pod[])[0]?.status?.phase === 'Running');
  api.delete('namespaces', undefined, 'mine');
  t.is((api.get('namespaces', undefined, 'mine') as Namespace).status?.phase, 'Terminating');
  t.truthy(api.get('deployments.apps', 'mine', 'ui'));
  await until(api, ['namespaces'], () => !api.get('namespaces', undefined, 'mine'));
  for (const resource of ['pods', 'deployments.apps', 'replicasets.apps', 'configmaps', 'events']) t.deepEqual(api.list(resource, 'mine'), [], resource);
});

test('a namespace that cannot end says what holds it', async (t) => {
  const { api } = await startCluster(t);
  api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'mine' } });
  const held = api.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'held', namespace: 'mine', finalizers: ['example.com/hold'] } });
  api.delete('namespaces', undefined, 'mine');
  const stuck = await until(api, ['namespaces'], () => {
    const namespace = api.get('namespaces', undefined, 'mine') as Namespace | undefined;
    return namespace?.status?.conditions?.some(({ type, message }) => type === 'NamespaceFinalizersRemaining' && message?.includes('example.com/hold in 1 resource instances')) && namespace;
  });
  t.truthy(stuck);
  const now = api.get('configmaps', 'mine', held.metadata.name);
  const { finalizers: _gone, ...metadata } = now?.metadata ?? held.metadata;
  api.update('configmaps', { ...held, metadata });
  await until(api, ['namespaces'], () => !api.get('namespaces', undefined, 'mine'));
});

test('what remains is counted by kind', (t) => {
  t.deepEqual(remainingConditions([]).map(({ status }) => status), ['False', 'False']);
});

test('a StatefulSet makes its pods in order and takes the highest first', async (t) => {
  const { api } = await startCluster(t);
  api.create('statefulsets.apps', { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'default' }, spec: { replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: template('db') } });
  const made: string[] = [];
  api.watch('pods', ({ type, object }) => {
    if (type === 'ADDED') made.push(object.metadata.name);
  });
  const pods = await readyPods(api, 'db', 3);
  t.deepEqual(made, ['db-0', 'db-1', 'db-2']);
  t.is(pods[1]?.metadata.labels?.['statefulset.kubernetes.io/pod-name'], 'db-1');
  t.is(pods[1]?.spec.hostname, 'db-1');
  await until(api, ['statefulsets.apps'], () => (api.get('statefulsets.apps', 'default', 'db') as StatefulSet).status?.['readyReplicas'] === 3);
  change(api, 'statefulsets.apps', 'db', (object) => ({ ...object, spec: { ...(object as StatefulSet).spec, template: template('db', 'agnhost:2') } }));
  await until(api, ['pods', 'statefulsets.apps'], () => {
    const { metadata, status = {} } = api.get('statefulsets.apps', 'default', 'db') as StatefulSet;
    return status['observedGeneration'] === metadata.generation && status['updatedReplicas'] === 3 && status['readyReplicas'] === 3 && status['currentRevision'] === status['updateRevision'];
  });
  t.deepEqual(made.slice(3), ['db-2', 'db-1', 'db-0']);
  change(api, 'statefulsets.apps', 'db', (object) => ({ ...object, spec: { ...(object as StatefulSet).spec, replicas: 1 } }));
  await until(api, ['pods'], () => podsOf(api, 'db').length === 1);
  t.is(podsOf(api, 'db')[0]?.metadata.name, 'db-0');
});

test('a DaemonSet has one pod on every node, cordoned or not', async (t) => {
  const { api } = await startCluster(t);
  change(api, 'nodes', api.list('nodes')[0]?.metadata.name ?? '', (node) => ({ ...node, spec: { ...(node['spec'] as object), unschedulable: true } }));
  api.create('daemonsets.apps', { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') } });
  const pods = await readyPods(api, 'agent', 3);
  t.deepEqual(pods.map((pod) => pod.spec.nodeName).sort(), api.list('nodes').map(({ metadata }) => metadata.name));
  await until(api, ['daemonsets.apps'], () => (api.get('daemonsets.apps', 'default', 'agent') as DaemonSet).status?.['numberReady'] === 3);
  change(api, 'daemonsets.apps', 'agent', (object) => ({ ...object, spec: { ...(object as DaemonSet).spec, template: template('agent', 'agnhost:2') } }));
  await until(api, ['daemonsets.apps'], () => {
    const { metadata, status = {} } = api.get('daemonsets.apps', 'default', 'agent') as DaemonSet;
    return status['observedGeneration'] === metadata.generation && status['updatedNumberScheduled'] === 3 && status['numberReady'] === 3;
  });
  t.is(podsOf(api, 'agent').length, 3);
});

type Revision = { metadata: { name: string }; revision: number; data: { spec: { template: { $patch?: string; spec: { containers: { image: string }[] } } } } };

const revisionsOf = (api: Api): Revision[] => (api.list('controllerrevisions.apps', 'default') as unknown as Revision[]).sort((a, b) => a.revision - b.revision);

test('the templates that StatefulSets and DaemonSets have had are kept as revisions, which come to the front again and go with their owner', async (t) => {
  const { api } = await startCluster(t);
  const setTo = (image: string): void => void change(api, 'statefulsets.apps', 'db', (object) => ({ ...object, spec: { ...(object as StatefulSet).spec, template: template('db', image) } }));
  api.create('statefulsets.apps', { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'default' }, spec: { replicas: 1, serviceName: 'db', revisionHistoryLimit: 1, selector: { matchLabels: { app: 'db' } }, template: template('db') } });
  const shown = (): string => revisionsOf(api).map(({ revision, data }) => `${revision} ${data.spec.template.spec.containers[0]?.image}`).join(', ');
  const first = (await until(api, ['controllerrevisions.apps'], () => revisionsOf(api)[0]));
  t.regex(first.metadata.name, /^db-[a-z0-9]+$/);
  t.is(first.data.spec.template.$patch, 'replace');
  const original = first.data.spec.template.spec.containers[0]?.image ?? '';
  setTo('agnhost:2');
  await until(api, ['controllerrevisions.apps'], () => shown() === `1 ${original}, 2 agnhost:2`);
  setTo(original);
  await until(api, ['controllerrevisions.apps'], () => shown() === `2 agnhost:2, 3 ${original}`);
  setTo('agnhost:3');
  await until(api, ['controllerrevisions.apps', 'pods'], () => shown() === `3 ${original}, 4 agnhost:3`);
  api.create('daemonsets.apps', { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') } });
  await until(api, ['controllerrevisions.apps'], () => revisionsOf(api).some(({ metadata }) => metadata.name.startsWith('agent-')));
  for (const [resource, name] of [['statefulsets.apps', 'db'], ['daemonsets.apps', 'agent']] as const) api.delete(resource, 'default', name);
  await until(api, ['controllerrevisions.apps'], () => revisionsOf(api).length === 0);
  t.pass();
});

test('pods of an account that is not there are refused, and made when it comes', async (t) => {
  const { api } = await startCluster(t);
  api.create('deployments.apps', deployment('web', { pod: { serviceAccountName: 'mine' } }));
  const why = await until(api, ['events'], () => (api.list('events', 'default') as unknown as { reason: string; message: string }[]).find(({ reason }) => reason === 'FailedCreate')?.message);
  t.regex(why, /^Error creating: pods "web-[a-z0-9]+-" is forbidden: error looking up service account default\/mine: serviceaccount "mine" not found$/);
  api.create('serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'mine', namespace: 'default' } });
  t.is((await readyPods(api, 'web', 1)).length, 1);
});
