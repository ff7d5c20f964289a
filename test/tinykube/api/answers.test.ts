// What clients are answered when something is wrong, in the API server's exact words (recorded of a kube-apiserver 1.36.2), and what Go clients count on.
import test, { type ExecutionContext } from 'ava';
import { startServer, type TestServer } from './server.js';

type Json = Record<string, unknown>;

const open = async (t: ExecutionContext): Promise<TestServer> => {
  const server = await startServer();
  t.teardown(() => server.server.close());
  return server;
};

const core = '/api/v1/namespaces/default';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const json = { 'content-type': 'application/json-patch+json' };
const merge = { 'content-type': 'application/merge-patch+json' };
const apply = { 'content-type': 'application/apply-patch+yaml' };

const service = (name: string, spec: Json = {}): Json => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });

const deployment = (name: string, spec: Json = {}): Json => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
  spec: { selector: { matchLabels: { app: 'a' } }, template: { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'x' }] } }, ...spec },
});

const withObjects = async (t: ExecutionContext): Promise<TestServer> => {
  const server = await open(t);
  await server.call('POST', `${core}/services`, service('web'));
  await server.call('POST', `${core}/services`, service('taken', { type: 'NodePort', ports: [{ port: 80, nodePort: 31999 }] }));
  await server.call('POST', deployments, deployment('d'));
  await server.call('POST', `${core}/endpoints`, { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'e' }, subsets: [] });
  return server;
};

type Case = [name: string, request: Parameters<TestServer['call']>, code: number, reason: string, message: string];

const cases: readonly Case[] = [
  ['a resource that is not served', ['GET', `${core}/nopes`], 404, 'NotFound', 'the server could not find the requested resource'],
  ['an object that is not there', ['GET', `${deployments}/web`], 404, 'NotFound', 'deployments.apps "web" not found'],
  ['an object that is there', ['POST', `${core}/services`, service('web')], 409, 'AlreadyExists', 'services "web" already exists'],
  ['a precondition on the version', ['DELETE', `${core}/services/web`, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { resourceVersion: '1' } }], 409, 'Conflict', 'Operation cannot be fulfilled on services "web": Precondition failed: ResourceVersion in precondition: 1, ResourceVersion in object meta: RV'],
  ['a precondition on the uid', ['DELETE', `${core}/services/web`, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'abc' } }], 409, 'Conflict', 'Operation cannot be fulfilled on services "web": Precondition failed: UID in precondition: abc, UID in object meta: UID'],
  ['unknown fields, strict', ['POST', `${core}/services?fieldValidation=Strict`, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'z' }, spec: { portz: 1, ports: [{ port: 1, foo: 2 }] } }], 400, 'BadRequest', 'Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.portz", unknown field "spec.ports[0].foo"'],
  ['a wrong type', ['POST', deployments, deployment('w', { replicas: 'two' })], 400, 'BadRequest', 'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'],
  ['a body of another type', ['POST', `${core}/configmaps`, 'x', { 'content-type': 'text/plain' }], 415, 'UnsupportedMediaType', 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf'],
  ['a JSON patch whose test fails', ['PATCH', `${core}/services/web`, [{ op: 'test', path: '/spec/ports/0/port', value: 1 }], json], 422, 'Invalid', 'the server rejected our request due to an error in our request'],
  ['a JSON patch of what is not there', ['PATCH', `${core}/services/web`, [{ op: 'remove', path: '/spec/nope' }], json], 422, 'Invalid', 'the server rejected our request due to an error in our request'],
  ['a label selector that breaks off', ['GET', `${core}/services?labelSelector=app%20in%20(`], 400, 'BadRequest', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
  ['a field that cannot be selected by', ['GET', `${core}/services?fieldSelector=spec.bogus%3D1`], 400, 'BadRequest', 'field label not supported: spec.bogus'],
  ['a node port out of range', ['POST', `${core}/services`, service('n', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] })], 422, 'Invalid', 'Service "n" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767'],
  ['a node port that is taken', ['POST', `${core}/services`, service('n', { type: 'NodePort', ports: [{ port: 80, nodePort: 31999 }] })], 422, 'Invalid', 'Service "n" is invalid: spec.ports[0].nodePort: Invalid value: 31999: provided port is already allocated'],
  ['another cluster address', ['PATCH', `${core}/services/web`, { spec: { clusterIP: '10.0.0.9', clusterIPs: ['10.0.0.9'] } }, merge], 422, 'Invalid', 'Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["10.0.0.9"]: may not change once set'],
  ['a selector that misses its template', ['POST', deployments, deployment('m', { selector: { matchLabels: { app: 'other' } } })], 422, 'Invalid', 'Deployment.apps "m" is invalid: spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`'],
  ['an update of Endpoints without its version', ['PUT', `${core}/endpoints/e`, { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'e' } }], 422, 'Invalid', 'Endpoints "e" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update'],
  ['a version of the future', ['GET', `${core}/services?resourceVersion=999999`], 504, 'Timeout', 'Too large resource version: 999999, current: RV'],
  ['a broken continue token', ['GET', `${core}/services?limit=1&continue=zzz`], 400, 'BadRequest', 'continue key is not valid: zzz'],
  ['initial events of a list', ['GET', `${core}/services?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`], 422, 'Invalid', 'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
  ['initial events without a match', ['GET', `${core}/services?watch=true&sendInitialEvents=true`], 422, 'Invalid', 'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'],
  ['an apply without a manager', ['PATCH', `${deployments}/d`, deployment('d'), apply], 422, 'Invalid', 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'],
  ['a name that is not the path\'s', ['PUT', `${core}/services/other`, service('web')], 400, 'BadRequest', 'the name of the object (web) does not match the name on the URL (other)'],
  ['another kind than the path\'s', ['POST', `${core}/services`, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'q' } }], 400, 'BadRequest', 'the kind in the data (Pod) does not match the expected kind (Service)'],
  ['a namespace that is not there', ['POST', '/api/v1/namespaces/nope/services', service('q')], 404, 'NotFound', 'namespaces "nope" not found'],
  ['a dry run of another sort', ['POST', `${core}/services?dryRun=Some`, service('q')], 400, 'BadRequest', 'invalid dryRun value: Some'],
];

const hidden = (message: unknown): string => String(message).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, 'UID').replace(/(current|object meta): \d+$/, '$1: RV');

test('every refusal is a Status with the code, the reason and the words that clients know', async (t) => {
  const server = await withObjects(t);
  for (const [name, request, code, reason, message] of cases) {
    const { body } = await server.call(...request);
    t.deepEqual([body['kind'], body['status'], body['code'], body['reason'], hidden(body['message'])], ['Status', 'Failure', code, reason, message], name);
  }
  const unknown = await server.call('GET', '/apis/kt.example.com/v1/widgets');
  t.deepEqual([unknown.code, unknown.text, unknown.headers['content-type']], [404, '404 page not found\n', 'text/plain; charset=utf-8']);
});

test('appliers fight for fields over HTTP: another value is a conflict, force takes it, and an edit is named with its version', async (t) => {
  const { call } = await open(t);
  const wanted = (replicas: number): Json => deployment('s', { replicas });
  t.is((await call('PATCH', `${deployments}/s?fieldManager=one`, wanted(2), apply)).code, 201);
  const refused = await call('PATCH', `${deployments}/s?fieldManager=two`, wanted(5), apply);
  t.like(refused.body, { code: 409, reason: 'Conflict', message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas', details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.replicas' }] } });
  t.like((await call('PATCH', `${deployments}/s?fieldManager=two&force=true`, wanted(5), apply)).body, { spec: { replicas: 5 } });
  await call('PATCH', `${deployments}/s?fieldManager=kubectl-edit`, { spec: { replicas: 7 } }, merge);
  t.is((await call('PATCH', `${deployments}/s?fieldManager=two`, wanted(5), apply)).body['message'], 'Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas');
});

test('an apply of less takes back what nobody else holds; an empty managedFields clears them', async (t) => {
  const { call } = await open(t);
  const map = (data: Json): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data });
  await call('PATCH', `${core}/configmaps/m?fieldManager=one`, map({ a: '1', b: '2' }), apply);
  t.deepEqual((await call('PATCH', `${core}/configmaps/m?fieldManager=one`, map({ a: '1' }), apply)).body['data'], { a: '1' });
  const cleared = await call('PATCH', `${core}/configmaps/m`, { metadata: { managedFields: [{}] } }, merge);
  t.is((cleared.body['metadata'] as Json)['managedFields'], undefined);
});

test('a write that changes nothing keeps the version and wakes no watcher', async (t) => {
  const { call, watch } = await open(t);
  const made = (await call('POST', `${core}/services`, service('web'))).body['metadata'] as Json;
  const events = await watch(`${core}/services?watch=true&resourceVersion=${String(made['resourceVersion'])}`);
  t.is(((await call('PATCH', `${core}/services/web`, { spec: { type: 'ClusterIP' } }, merge)).body['metadata'] as Json)['resourceVersion'], made['resourceVersion']);
  await call('PATCH', `${core}/services/web`, { metadata: { labels: { a: 'b' } } }, merge);
  t.like(await events.next(), { type: 'MODIFIED', object: { metadata: { labels: { a: 'b' } } } });
  events.stop();
});

test('a deletion answers as the real server\'s does, kind by kind', async (t) => {
  const server = await withObjects(t);
  for (const [path, kind] of [[`${core}/services/web`, 'Service'], [`${deployments}/d`, 'Status'], [`${core}/endpoints/e`, 'Status']] as const) t.is((await server.call('DELETE', path)).body['kind'], kind, path);
});

test('both forms of discovery, a schema that need not be sent twice, and an empty old one', async (t) => {
  const { call } = await open(t);
  for (const version of ['v2', 'v2beta1']) {
    const accept = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`;
    for (const [path, first] of [['/api', undefined], ['/apis', 'apps']] as const) {
      const { body, headers } = await call('GET', path, undefined, { accept });
      t.is(headers['content-type'], `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`);
      t.is((body['items'] as { metadata: { name?: string } }[])[0]?.metadata.name, first);
    }
  }
  t.like((await call('GET', '/api')).body, { kind: 'APIVersions', versions: ['v1'] });
  t.like((await call('GET', '/apis')).body, { kind: 'APIGroupList' });
  t.like((await call('GET', '/apis/apps/v1')).body, { kind: 'APIResourceList', groupVersion: 'apps/v1' });
  const { paths } = (await call('GET', '/openapi/v3')).body as { paths: Record<string, { serverRelativeURL: string }> };
  const url = paths['api/v1']?.serverRelativeURL ?? '';
  const { headers } = await call('GET', url);
  t.like(headers, { 'cache-control': 'public, immutable', vary: 'Accept' });
  t.is((await call('GET', url, undefined, { 'if-none-match': headers.etag ?? '' })).code, 304);
  const old = await call('GET', '/openapi/v2', undefined, { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' });
  t.deepEqual([old.code, old.text, old.headers['content-type']], [200, '', 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf']);
});

test('metadata alone, of one object and of a watch', async (t) => {
  const { call } = await withObjects(t);
  const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
  const one = await call('GET', `${core}/services/web`, undefined, { accept });
  t.like(one.body, { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'web' } });
  t.false('spec' in one.body);
  const watched = await call('GET', `${core}/services?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dweb`, undefined, { accept });
  const event = JSON.parse(watched.text.split('\n')[0] ?? '') as { type: string; object: Json };
  t.like(event, { type: 'ADDED', object: { kind: 'PartialObjectMetadata', metadata: { name: 'web' } } });
});

test('deleted in the foreground an object waits for what it owns; orphans lose their owner', async (t) => {
  const { call } = await open(t);
  const owner = (await call('POST', `${core}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owner' } })).body['metadata'] as Json;
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner['uid'], blockOwnerDeletion: true };
  await call('POST', `${core}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', ownerReferences: [reference] } });
  const foreground = await call('DELETE', `${core}/configmaps/owner`, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Foreground' });
  t.deepEqual((foreground.body['metadata'] as Json)['finalizers'], ['foregroundDeletion']);
  t.truthy((foreground.body['metadata'] as Json)['deletionTimestamp']);
});
