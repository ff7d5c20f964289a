import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { startServer, type TestServer } from './server.js';

const service = (name: string, spec: object = { ports: [{ port: 80 }] }): object => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
const services = '/api/v1/namespaces/default/services';

const started = async (t: ExecutionContext): Promise<TestServer> => {
  const server = await startServer();
  t.teardown(() => server.server.close());
  return server;
};

const metadata = (body: Record<string, unknown>): Record<string, unknown> => body.metadata as Record<string, unknown>;
const spec = (body: Record<string, unknown>): Record<string, unknown> => body.spec as Record<string, unknown>;
const causes = (body: Record<string, unknown>): unknown => (body.details as { causes?: unknown }).causes;

test('without the token nothing but health and version is answered', async (t) => {
  const { call } = await started(t);
  const refused = await call('GET', '/api/v1/namespaces', undefined, { authorization: 'Bearer wrong' });
  t.is(refused.code, 401);
  t.is(refused.body.reason, 'Unauthorized');
  t.is((await call('GET', '/readyz', undefined, { authorization: '' })).text, 'ok');
  t.is((await call('GET', '/version', undefined, { authorization: '' })).body.minor, '33');
});

test('a created Service is defaulted, gets an address of the range, and reads back equal', async (t) => {
  const { call } = await started(t);
  const created = await call('POST', services, service('a'));
  t.is(created.code, 201);
  t.like(created.body, { spec: { type: 'ClusterIP', sessionAffinity: 'None', ipFamilies: ['IPv4'], ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }] }, status: { loadBalancer: {} } });
  t.regex(String(spec(created.body).clusterIP), /^172\.20\.\d+\.\d+$/);
  t.is(metadata(created.body).generation, undefined);
  t.deepEqual((await call('GET', `${services}/a`)).body, created.body);
});

test('a second object of the same name, a stale version and a missing one are told apart', async (t) => {
  const { call } = await started(t);
  const { body } = await call('POST', services, service('a'));
  t.is((await call('POST', services, service('a'))).body.message, 'services "a" already exists');
  await call('PATCH', `${services}/a`, { metadata: { labels: { x: 'y' } } }, { 'content-type': 'application/merge-patch+json' });
  const stale = await call('PUT', `${services}/a`, body);
  t.is(stale.code, 409);
  t.regex(String(stale.body.message), /the object has been modified/);
  const missing = await call('GET', `${services}/b`);
  t.like(missing.body, { code: 404, reason: 'NotFound', message: 'services "b" not found', details: { name: 'b', kind: 'services' } });
});

test('all complaints about an object come at once, with their fields', async (t) => {
  const { call } = await started(t);
  const ports = [{ port: 80, nodePort: 80 }, { port: 0, name: 'x' }];
  const { body, code } = await call('POST', services, service('bad', { type: 'NodePort', ports }));
  t.is(code, 422);
  t.deepEqual(causes(body), [
    { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.ports[0].name' },
    { reason: 'FieldValueInvalid', message: 'Invalid value: 0: must be between 1 and 65535, inclusive', field: 'spec.ports[1].port' },
    { reason: 'FieldValueInvalid', message: 'Invalid value: 0: must be between 1 and 65535, inclusive', field: 'spec.ports[1].targetPort' },
  ]);
});

test('unknown fields are refused, warned of or ignored as asked, and never stored', async (t) => {
  const { call } = await started(t);
  const typo = service('typo', { ports: [{ port: 80, prot: 'TCP' }], portz: 1 });
  const strict = await call('POST', `${services}?fieldValidation=Strict`, typo);
  t.is(strict.body.message, 'Service in version "v1" cannot be handled as a Service: strict decoding error: unknown field "spec.ports[0].prot", unknown field "spec.portz"');
  const warned = await call('POST', services, typo);
  t.is(warned.code, 201);
  t.is(String(warned.headers.warning), '299 - "unknown field \\"spec.ports[0].prot\\"", 299 - "unknown field \\"spec.portz\\""');
  t.is(spec(warned.body).portz, undefined);
  const wrong = await call('POST', services, service('wrong', { ports: [{ port: 'eighty' }] }));
  t.is(wrong.body.message, 'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32');
});

test('whom a client speaks for is who the server sees, and health tells its parts when asked', async (t) => {
  const { call } = await started(t);
  const whoami = async (headers: Record<string, string>): Promise<unknown> => (await call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }, headers)).body.status;
  t.deepEqual(await whoami({ 'impersonate-user': 'jane', 'impersonate-group': 'dev' }), { userInfo: { username: 'jane', groups: ['dev', 'system:authenticated'] } });
  t.like(await whoami({ 'impersonate-user': 'system:serviceaccount:a:b' }), { userInfo: { groups: ['system:serviceaccounts', 'system:serviceaccounts:a', 'system:authenticated'] } });
  t.is((await call('GET', '/readyz')).text, 'ok');
  t.is((await call('GET', '/livez?verbose')).text, '[+]ping ok\n[+]log ok\nlivez check passed\n');
});

test('keys that stand twice in a body are refused, warned of or ignored as asked', async (t) => {
  const { call } = await started(t);
  const twice = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice","labels":{"a":"1","a":"2","a":"3"}},"data":{"x":"{\\"a\\":1}","x":"2"},"more":1}';
  const path = '/api/v1/namespaces/default/configmaps';
  const strict = await call('POST', `${path}?fieldValidation=Strict`, twice);
  t.is(strict.body.message, 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "metadata.labels.a", duplicate field "data.x", unknown field "more"');
  const silent = await call('POST', `${path}?fieldValidation=Ignore&dryRun=All`, twice);
  t.is(silent.headers.warning, undefined);
  const warned = await call('POST', path, twice);
  t.is(String(warned.headers.warning), '299 - "duplicate field \\"metadata.labels.a\\"", 299 - "duplicate field \\"data.x\\"", 299 - "unknown field \\"more\\""');
  t.like(warned.body, { metadata: { labels: { a: '3' } }, data: { x: '2' } });
  const patched = await call('PATCH', `${path}/twice?fieldValidation=Strict`, '{"data":{"y":"1","y":"2"}}', { 'content-type': 'application/merge-patch+json' });
  t.regex(String(patched.body.message), /strict decoding error: duplicate field "data.y"$/);
  const applied = await call('PATCH', `${path}/twice?fieldValidation=Strict&fieldManager=m`, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  z: "1"\n  z: "2"\n', { 'content-type': 'application/apply-patch+yaml' });
  t.is(applied.body.message, 'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key "z" already set in map');
});

test('a dry run answers the object and leaves no trace', async (t) => {
  const { call, server } = await started(t);
  const before = server.api.list('services').length;
  const { body, code } = await call('POST', `${services}?dryRun=All`, service('ghost'));
  t.is(code, 201);
  t.truthy(metadata(body).uid);
  t.is(metadata(body).resourceVersion, undefined);
  t.is(server.api.list('services').length, before);
});

test('writing the status leaves the spec alone, and the other way round', async (t) => {
  const { call } = await started(t);
  await call('POST', services, service('lb', { type: 'LoadBalancer', ports: [{ port: 80 }] }));
  const merge = { 'content-type': 'application/merge-patch+json' };
  const ingress = [{ hostname: 'x.elb.us-west-2.amazonaws.com' }];
  const status = await call('PATCH', `${services}/lb/status`, { spec: { ports: [{ port: 99 }] }, status: { loadBalancer: { ingress } } }, merge);
  t.like(status.body, { spec: { ports: [{ port: 80 }] }, status: { loadBalancer: { ingress } } });
  const main = await call('PATCH', `${services}/lb`, { status: { loadBalancer: null } }, merge);
  t.like(main.body, { status: { loadBalancer: { ingress } } });
  t.is(metadata(main.body).resourceVersion, metadata(status.body).resourceVersion, 'a write that changes nothing keeps the version');
});

test('finalizers hold an object until the last one is gone', async (t) => {
  const { call } = await started(t);
  await call('POST', services, { ...service('held'), metadata: { name: 'held', finalizers: ['example.com/hold'] } });
  const deleted = await call('DELETE', `${services}/held`);
  t.truthy(metadata(deleted.body).deletionTimestamp);
  t.is((await call('GET', `${services}/held`)).code, 200);
  await call('PATCH', `${services}/held`, { metadata: { finalizers: null } }, { 'content-type': 'application/merge-patch+json' });
  t.is((await call('GET', `${services}/held`)).code, 404);
});

test('a pod on a node is given its grace period, one without a node goes at once', async (t) => {
  const { call, server } = await started(t);
  const pod = (name: string, extra = {}): object => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }], ...extra } });
  const pods = '/api/v1/namespaces/default/pods';
  await call('POST', pods, pod('waiting'));
  await call('POST', pods, pod('running', { nodeName: 'n1' }));
  await call('DELETE', `${pods}/waiting`);
  t.is((await call('GET', `${pods}/waiting`)).code, 404);
  const ending = await call('DELETE', `${pods}/running`);
  t.is(metadata(ending.body).deletionGracePeriodSeconds, 30);
  t.is((await call('GET', `${pods}/running`)).code, 200);
  server.api.delete('pods', 'default', 'running', { gracePeriodSeconds: 0 });
  t.is((await call('GET', `${pods}/running`)).code, 404);
});

test('a namespace that is being deleted takes nothing new and goes when its finalizer is lifted', async (t) => {
  const { call, server } = await started(t);
  await call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } });
  const deleted = await call('DELETE', '/api/v1/namespaces/n');
  t.like(deleted.body, { status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
  const refused = await call('POST', '/api/v1/namespaces/n/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } });
  t.like(refused.body, { code: 403, details: { causes: [{ reason: 'NamespaceTerminating' }] } });
  const namespace = server.api.get('namespaces', undefined, 'n');
  if (!namespace) return t.fail('the namespace is gone too early');
  server.api.update('namespaces', { ...namespace, spec: { finalizers: [] } });
  t.is((await call('GET', '/api/v1/namespaces/n')).code, 404);
});

test('generation counts changes of the spec and nothing else', async (t) => {
  const { call } = await started(t);
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const created = await call('POST', path, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } });
  t.is(metadata(created.body).generation, 1);
  const merge = { 'content-type': 'application/merge-patch+json' };
  t.is(metadata((await call('PATCH', `${path}/d`, { metadata: { labels: { x: 'y' } } }, merge)).body).generation, 1);
  t.is(metadata((await call('PATCH', `${path}/d/status`, { status: { replicas: 1 } }, merge)).body).generation, 1);
  const scaled = await call('PATCH', `${path}/d/scale`, { spec: { replicas: 3 } }, merge);
  t.like(scaled.body, { kind: 'Scale', spec: { replicas: 3 }, status: { replicas: 1, selector: 'a=b' } });
  t.is(metadata((await call('GET', `${path}/d`)).body).generation, 2);
});

test('node ports and cluster addresses are kept, moved and given back with the type', async (t) => {
  const { call } = await started(t);
  await call('POST', services, service('np', { type: 'NodePort', ports: [{ port: 80, nodePort: 31999 }] }));
  const taken = await call('POST', services, service('other', { type: 'NodePort', ports: [{ port: 80, nodePort: 31999 }] }));
  t.like(taken.body, { code: 422, message: 'Service "other" is invalid: spec.ports[0].nodePort: Invalid value: 31999: provided port is already allocated' });
  const merge = { 'content-type': 'application/merge-patch+json' };
  const kept = await call('PATCH', `${services}/np`, { spec: { ports: [{ port: 80, targetPort: 8080 }] } }, merge);
  t.like(kept.body, { spec: { ports: [{ nodePort: 31999, targetPort: 8080 }] } });
  const plain = await call('PATCH', `${services}/np`, { spec: { type: 'ClusterIP' } }, { 'content-type': 'application/strategic-merge-patch+json' });
  t.is(spec(plain.body).externalTrafficPolicy, undefined);
  t.deepEqual(spec(plain.body).ports, [{ port: 80, protocol: 'TCP', targetPort: 8080 }]);
  t.is((await call('POST', services, service('other', { type: 'NodePort', ports: [{ port: 80, nodePort: 31999 }] }))).code, 201);
});

test('whatever is sent, the server answers with a Status and never with a fault of its own', async (t) => {
  const { call } = await started(t);
  const paths = ['/api/v1/namespaces/default/pods', services, '/apis/apps/v1/namespaces/default/deployments', '/api/v1/namespaces/default/secrets', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'];
  const keys = fc.constantFrom('metadata', 'name', 'labels', 'spec', 'ports', 'port', 'containers', 'template', 'selector', 'matchLabels', 'type', 'data', 'a', 'resources', 'limits', 'replicas', 'endpoints', 'addressType');
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof({ depthSize: 'medium' }, fc.constantFrom<unknown>(null, true, 0, -1, 80, '', 'web', 'Always', 'NodePort'), fc.array(tie('json'), { maxLength: 3 }), fc.dictionary(keys, tie('json'), { maxKeys: 5 })),
  }));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), json, json, async (path, metadata, spec) => {
      const { code, body } = await call('POST', path, { metadata, spec, data: spec, endpoints: spec });
      t.not(code, 500, String(body.message));
    }),
    { numRuns: 60 },
  );
});

test('bodies that cannot be read are refused as such', async (t) => {
  const { call } = await started(t);
  t.is((await call('GET', '/api/v1/%zz')).code, 400);
  t.is((await call('POST', services, '{')).code, 400);
  t.is((await call('POST', services, 'x', { 'content-type': 'text/plain' })).code, 415);
  t.is((await call('POST', services, 'k8s\0xxxx', { 'content-type': 'application/vnd.kubernetes.protobuf' })).code, 415);
  const yaml = await call('POST', '/api/v1/namespaces/default/configmaps', 'metadata: {name: y}\ndata: {a: b}', { 'content-type': 'application/yaml' });
  t.like(yaml.body, { kind: 'ConfigMap', data: { a: 'b' } });
  const secret = await call('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 's' }, data: { a: '%%' } });
  t.is(secret.body.message, 'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0');
});

test('what a cluster cannot be without stays: its namespaces and the Service of its API', async (t) => {
  const { call } = await started(t);
  const refused = await call('DELETE', '/api/v1/namespaces/default');
  t.like(refused.body, { code: 403, message: 'namespaces "default" is forbidden: this namespace may not be deleted' });
  const before = await call('GET', `${services}/kubernetes`);
  t.is((await call('DELETE', `${services}/kubernetes`)).code, 200);
  const after = await call('GET', `${services}/kubernetes`);
  t.like(after.body, { spec: { clusterIP: '172.20.0.1' } });
  t.not(metadata(after.body).uid, metadata(before.body).uid);
});

test('a DaemonSet moves on by a surge or by pods that are away, and by one of them only', async (t) => {
  const { server, call } = await startServer();
  t.teardown(() => server.close());
  const sets = '/apis/apps/v1/namespaces/default/daemonsets';
  const template = { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'main', image: 'pause' }] } };
  const create = (name: string, updateStrategy?: object) => call('POST', sets, { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name }, spec: { selector: { matchLabels: { app: 'agent' } }, template, ...(updateStrategy && { updateStrategy }) } });
  const rolling = async (name: string, updateStrategy?: object) => ((await create(name, updateStrategy)).body['spec'] as { updateStrategy: object }).updateStrategy;
  const byItself = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
  t.deepEqual(await rolling('plain'), byItself);
  t.deepEqual(await rolling('typed', { type: 'RollingUpdate' }), byItself);
  t.deepEqual(await rolling('by-hand', { type: 'OnDelete' }), { type: 'OnDelete' });
  t.regex(String((await create('both', { rollingUpdate: { maxSurge: 1 } })).body['message']), /maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero$/);
  t.regex(String((await create('none', { rollingUpdate: { maxUnavailable: 0 } })).body['message']), /maxUnavailable: Required value: cannot be 0 when maxSurge is 0$/);
});
