// Deployments end to end inside the cluster: create, scale, roll, undo, pause, recreate, collect.
import test from 'ava';
import type { Deployment, Pod, ReplicaSet } from '../../../emulator/tinykube/controllers/kinds.js';
import { change, deployment, events, fetchText, podsOf, projected, readyPods, rolledOut, startCluster, until } from '../cluster.js';

const sets = (api: { list(resource: string, namespace?: string): unknown[] }): ReplicaSet[] => api.list('replicasets.apps', 'default') as ReplicaSet[];

const withImage = (image: string) => (object: unknown): never => {
  const copy = object as Deployment;
  const container = copy.spec.template.spec.containers[0];
  if (container) container.image = image;
  return copy as never;
};

test('creating a Deployment gives ready pods that answer, one per zone', async (t) => {
  const { api, loopback } = await startCluster(t);
  api.create('deployments.apps', deployment('ui', { replicas: 3 }));
  const pods = await readyPods(api, 'ui', 3);
  t.is(new Set(pods.map((pod) => pod.spec.nodeName)).size, 3);
  for (const pod of pods) {
    const { status, body } = await fetchText(projected(loopback, pod.status?.podIP ?? ''), 8080, '/whoami');
    t.is(status, 200);
    t.is(JSON.parse(body).pod, pod.metadata.name);
  }
  const done = await rolledOut(api, 'ui');
  t.deepEqual(done.status?.conditions?.map(({ type, status, reason }) => [type, status, reason]), [
    ['Available', 'True', 'MinimumReplicasAvailable'],
    ['Progressing', 'True', 'NewReplicaSetAvailable'],
  ]);
  const set = sets(api)[0];
  t.regex(set?.metadata.name ?? '', /^ui-[bcdfghjklmnpqrstvwxz2456789]+$/);
  t.is(set?.metadata.labels?.['pod-template-hash'], set?.metadata.name.slice(3));
  t.is(set?.metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
  t.is(done.metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
  t.true(events(api, 'ui').includes(`Normal ScalingReplicaSet: Scaled up replica set ${set?.metadata.name} from 0 to 3`));
  t.true(events(api, set?.metadata.name ?? '').includes(`Normal SuccessfulCreate: Created pod: ${pods[0]?.metadata.name}`));
});

test('scaling changes one ReplicaSet and takes surplus pods away', async (t) => {
  const { api } = await startCluster(t);
  api.create('deployments.apps', deployment('ui'));
  await readyPods(api, 'ui', 1);
  change(api, 'deployments.apps', 'ui', (object) => ({ ...object, spec: { ...(object as Deployment).spec, replicas: 4 } }));
  await readyPods(api, 'ui', 4);
  await rolledOut(api, 'ui');
  change(api, 'deployments.apps', 'ui', (object) => ({ ...object, spec: { ...(object as Deployment).spec, replicas: 1 } }));
  await readyPods(api, 'ui', 1);
  t.is(sets(api).length, 1);
  t.is((await rolledOut(api, 'ui')).status?.conditions?.find(({ type }) => type === 'Progressing')?.reason, 'NewReplicaSetAvailable');
});

test('a rolling update keeps enough pods ready, and undo finds the old ReplicaSet', async (t) => {
  const { api } = await startCluster(t);
  api.create('deployments.apps', deployment('ui', { replicas: 4 }));
  await rolledOut(api, 'ui');
  const first = sets(api)[0]?.metadata.name;
  let fewest = 4;
  let most = 4;
  const stop = api.watch('pods', () => {
    const pods = podsOf(api, 'ui');
    const ready = pods.filter((pod) => pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') && !pod.metadata.deletionTimestamp);
    fewest = Math.min(fewest, ready.length);
    most = Math.max(most, pods.filter((pod) => !pod.metadata.deletionTimestamp).length);
  });
  change(api, 'deployments.apps', 'ui', withImage('registry.k8s.io/e2e-test-images/agnhost:2.53'));
  await rolledOut(api, 'ui');
  stop();
  t.true(fewest >= 3, `${fewest} ready`);
  t.true(most <= 5, `${most} pods`);
  t.is(sets(api).find(({ metadata }) => metadata.name === first)?.spec.replicas, 0);
  change(api, 'deployments.apps', 'ui', withImage('public.ecr.aws/aws-containers/retail-store-sample-ui:1.2.1'));
  await rolledOut(api, 'ui');
  const back = sets(api).find(({ metadata }) => metadata.name === first);
  t.is(back?.spec.replicas, 4);
  t.is(back?.metadata.annotations?.['deployment.kubernetes.io/revision'], '3');
  t.is(sets(api).length, 2);
});

test('a rollout to an image that cannot run stops where availability would suffer, and says what can run', async (t) => {
  const { api } = await startCluster(t);
  api.create('deployments.apps', deployment('ui', { replicas: 2 }));
  await rolledOut(api, 'ui');
  change(api, 'deployments.apps', 'ui', withImage('example.com/unknown:1.27'));
  const stuck = await until(api, ['pods'], () => podsOf(api, 'ui').find((pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ErrImagePull'));
  t.true(events(api, stuck.metadata.name).some((text) => text.includes('Warning Failed: Failed to pull image "example.com/unknown:1.27"') && text.includes('retail-store-sample-ui') && text.includes('kind')));
  await until(api, ['pods'], () => (api.get('pods', 'default', stuck.metadata.name) as Pod).status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff');
  const ready = podsOf(api, 'ui').filter((pod) => pod.status?.phase === 'Running');
  t.is(ready.length, 2);
  t.is((api.get('deployments.apps', 'default', 'ui') as Deployment).status?.unavailableReplicas, 1);
});

test('Recreate lets all old pods go before the first new one comes', async (t) => {
  const { api } = await startCluster(t);
  api.create('deployments.apps', deployment('ui', { replicas: 2, spec: { strategy: { type: 'Recreate' } } }));
  const old = await readyPods(api, 'ui', 2);
  let mixed = false;
  const stop = api.watch('pods', () => (mixed ||= podsOf(api, 'ui').length > 2));
  change(api, 'deployments.apps', 'ui', withImage('agnhost'));
  await until(api, ['pods'], () => podsOf(api, 'ui').length === 2 && podsOf(api, 'ui').every((pod) => !old.some(({ metadata }) => metadata.uid === pod.metadata.uid)));
  stop();
  t.false(mixed);
});

test('a paused Deployment follows its size but not its template', async (t) => {
  const { api } = await startCluster(t);
  api.create('deployments.apps', deployment('ui'));
  await rolledOut(api, 'ui');
  change(api, 'deployments.apps', 'ui', (object) => ({ ...object, spec: { ...(object as Deployment).spec, paused: true, replicas: 2 } }));
  await readyPods(api, 'ui', 2);
  change(api, 'deployments.apps', 'ui', withImage('agnhost'));
  await until(api, ['deployments.apps'], () => (api.get('deployments.apps', 'default', 'ui') as Deployment).status?.observedGeneration === 3);
  t.is(sets(api).length, 1);
  change(api, 'deployments.apps', 'ui', (object) => ({ ...object, spec: { ...(object as Deployment).spec, paused: false } }));
  await rolledOut(api, 'ui');
  t.is(sets(api).length, 2);
});

test('deleting a Deployment takes its ReplicaSets and pods along; orphaning leaves them', async (t) => {
  const { api } = await startCluster(t);
  api.create('deployments.apps', deployment('ui'));
  api.create('deployments.apps', deployment('kept'));
  await readyPods(api, 'ui', 1);
  await readyPods(api, 'kept', 1);
  api.delete('deployments.apps', 'default', 'kept', { propagationPolicy: 'Orphan' });
  await until(api, ['deployments.apps'], () => !api.get('deployments.apps', 'default', 'kept'));
  api.delete('deployments.apps', 'default', 'ui', { propagationPolicy: 'Foreground' });
  await until(api, ['deployments.apps'], () => !api.get('deployments.apps', 'default', 'ui'));
  t.is(podsOf(api, 'ui').length, 0);
  t.is(podsOf(api, 'kept').length, 1);
  t.is(sets(api).length, 1);
  t.is(sets(api)[0]?.metadata.ownerReferences, undefined);
  // A Deployment of the same name takes the orphan back.
  api.create('deployments.apps', deployment('kept'));
  await until(api, ['replicasets.apps'], () => sets(api).length === 1 && sets(api)[0]?.metadata.ownerReferences?.length === 1);
});
