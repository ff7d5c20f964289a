// The published JavaScript client against the server: informer, patches, server-side apply; and a thousand events in order.
import * as k8s from '@kubernetes/client-node';
import test from 'ava';
import { startServer } from './server.js';

const clientOf = (kubeconfig: string): k8s.KubeConfig => {
  const config = new k8s.KubeConfig();
  config.loadFromString(kubeconfig);
  return config;
};

const namespace = 'default';

test('client-node: an informer sees a ConfigMap come, change by every kind of patch, and go', async (t) => {
  const server = await startServer();
  t.teardown(() => server.server.close());
  const config = clientOf(server.kubeconfig);
  const api = config.makeApiClient(k8s.CoreV1Api);
  const seen: string[] = [];
  const informer = k8s.makeInformer<k8s.V1ConfigMap>(config, '/api/v1/namespaces/default/configmaps', () => api.listNamespacedConfigMap({ namespace }));
  const gone = new Promise<void>((resolve) => informer.on('delete', () => resolve()));
  const added = new Promise<void>((resolve) => informer.on('add', () => resolve()));
  informer.on('update', (object) => void seen.push(JSON.stringify(object.data)));
  await informer.start();
  t.teardown(() => informer.stop());
  await api.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'one' }, data: { a: '1' } } });
  await added;
  const by = (type: string) => k8s.setHeaderOptions('Content-Type', type);
  await api.patchNamespacedConfigMap({ namespace, name: 'one', body: [{ op: 'add', path: '/data/b', value: '2' }] }, by(k8s.PatchStrategy.JsonPatch));
  await api.patchNamespacedConfigMap({ namespace, name: 'one', body: { data: { a: null } } }, by(k8s.PatchStrategy.MergePatch));
  await api.patchNamespacedConfigMap({ namespace, name: 'one', body: { data: { c: '3' } } }, by(k8s.PatchStrategy.StrategicMergePatch));
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { d: '4' } };
  const applied = await api.patchNamespacedConfigMap({ namespace, name: 'one', body, fieldManager: 'me' }, by(k8s.PatchStrategy.ServerSideApply));
  t.deepEqual(applied.data, { b: '2', c: '3', d: '4' });
  t.true(applied.metadata?.managedFields?.some(({ manager, operation }) => manager === 'me' && operation === 'Apply'));
  await t.throwsAsync(api.replaceNamespacedConfigMap({ namespace, name: 'one', body: { metadata: { name: 'one', resourceVersion: '1' } } }), { message: /409/ });
  await api.deleteNamespacedConfigMap({ namespace, name: 'one' });
  await gone;
  t.deepEqual(seen, ['{"a":"1","b":"2"}', '{"b":"2"}', '{"b":"2","c":"3"}', '{"b":"2","c":"3","d":"4"}']);
});

test('a watcher gets a thousand events, each once and in order, and metadata alone when it wants no more', async (t) => {
  const server = await startServer();
  t.teardown(() => server.server.close());
  const watch = await server.watch('/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=0');
  const { api } = server.server;
  for (let index = 0; index < 1000; index += 1) api.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${index}`, namespace } });
  let version = 0;
  for (let index = 0; index < 1000; index += 1) {
    const { metadata } = (await watch.next())?.object as { metadata: { name: string; resourceVersion: string } };
    if (metadata.name !== `c${index}` || Number(metadata.resourceVersion) <= version) t.fail(`event ${index} is ${metadata.name}`);
    version = Number(metadata.resourceVersion);
  }
  watch.stop();
  const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  const list = await server.call('GET', '/api/v1/namespaces/default/configmaps?limit=1', undefined, { accept });
  t.like(list.body, { kind: 'PartialObjectMetadataList', items: [{ kind: 'PartialObjectMetadata' }] });
});
