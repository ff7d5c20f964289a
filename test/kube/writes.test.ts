import test, { type ExecutionContext } from 'ava';
import { manualClock } from '../../emulator/clock.js';
import { silentLog } from '../../emulator/log.js';
import { createKubeClient, KubeError } from '../../emulator/kube/client.js';
import { installDefinition } from '../../emulator/kube/crds/install.js';
import { targetGroupBindingDefinition } from '../../emulator/kube/crds/targetgroupbinding.js';
import { createRecorder } from '../../emulator/kube/events.js';
import { addFinalizer, removeFinalizer } from '../../emulator/kube/finalizer.js';
import { services } from '../../emulator/kube/resources.js';
import { collections, startServer } from './server.js';

const setUp = async (t: ExecutionContext) => {
  const server = await startServer();
  const client = await createKubeClient(server.kubeconfig);
  t.teardown(async () => {
    client.close();
    await server.close();
  });
  const object = server.create(collections.services, { metadata: { namespace: 'ns', name: 'a' } });
  return { server, client, object };
};

test('a fact becomes one Event that is counted up, and starts anew when it was deleted', async (t) => {
  const { server, client, object } = await setUp(t);
  const clock = manualClock();
  const recorder = createRecorder({ client, resource: services, component: 'service', clock, log: silentLog });
  recorder.event(object, 'Normal', 'SuccessfullyReconciled', 'Successfully reconciled');
  await clock.advance(2000);
  recorder.event(object, 'Normal', 'SuccessfullyReconciled', 'Successfully reconciled');
  recorder.event(object, 'Warning', 'FailedBuildModel', 'x'.repeat(2000));
  await recorder.flush();
  const [first, second] = server.all(collections.events);
  t.like(first, {
    reason: 'SuccessfullyReconciled', type: 'Normal', count: 2, source: { component: 'service' },
    firstTimestamp: '2026-01-01T00:00:00Z', lastTimestamp: '2026-01-01T00:00:02Z',
    involvedObject: { apiVersion: 'v1', kind: 'Service', namespace: 'ns', name: 'a', uid: object.metadata.uid },
  });
  t.is((second?.['message'] as string).length, 1024);
  server.delete(collections.events, 'ns', first?.metadata.name ?? '');
  recorder.event(object, 'Normal', 'SuccessfullyReconciled', 'Successfully reconciled');
  await recorder.flush();
  t.is(server.all(collections.events).at(-1)?.['count'], 1);
});

test('an Event that cannot be written throws nothing', async (t) => {
  const { server, client, object } = await setUp(t);
  const recorder = createRecorder({ client, resource: services, component: 'service', clock: manualClock(), log: silentLog });
  server.script((_, response) => {
    response.socket?.destroy();
    return true;
  });
  recorder.event(object, 'Normal', 'R', 'm');
  await t.notThrowsAsync(recorder.flush());
});

test('finalizers are added and removed through conflicts, and a gone object is fine', async (t) => {
  const { server, client, object } = await setUp(t);
  let interruptions = 2;
  server.script(({ method }) => {
    if (method === 'PATCH' && interruptions-- > 0) server.put(collections.services, { ...server.get(collections.services, 'ns', 'a')! });
    return false;
  });
  const target = { client, resource: services, object, finalizer: 'f' };
  const claimed = await addFinalizer(target);
  t.deepEqual(claimed?.metadata.finalizers, ['f']);
  const before = server.requests.length;
  await addFinalizer({ ...target, object: claimed! });
  t.is(server.requests.length, before);
  server.delete(collections.services, 'ns', 'a');
  await removeFinalizer(target);
  t.is(server.get(collections.services, 'ns', 'a'), undefined);
  await t.notThrowsAsync(removeFinalizer(target));
  t.is(await addFinalizer(target), undefined);
});

test('the definition is put in once, and one that is there is left alone', async (t) => {
  const { server, client } = await setUp(t);
  const { signal } = new AbortController();
  await installDefinition(client, targetGroupBindingDefinition, signal);
  await installDefinition(client, targetGroupBindingDefinition, signal);
  t.is(server.all(collections.definitions).length, 1);
  t.is(server.requests.filter((one) => one.startsWith('POST')).length, 1);
});

test('refusals carry the server\'s code and words', async (t) => {
  const { client } = await setUp(t);
  const error = await t.throwsAsync(client.create(services, 'ns', { metadata: { namespace: 'ns', name: 'a' } }), { instanceOf: KubeError });
  t.like(error, { code: 409, reason: 'AlreadyExists' });
  t.is(await client.get(services, 'ns', 'none'), undefined);
  t.false(await client.delete(services, 'ns', 'none'));
});
