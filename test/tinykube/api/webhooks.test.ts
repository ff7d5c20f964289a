// Admission webhooks: real HTTPS servers that change, refuse, warn, or are not there.
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { createCertificates } from '../../../emulator/tinykube/api/certificates.js';
import { systemClock } from '../../../emulator/clock.js';
import { deployment, readyPods, startCluster, until } from '../cluster.js';
import { startServer, type TestServer } from './server.js';

type Json = Record<string, unknown>;
type Hook = { url: string; port: number; ca: string; asked: Json[]; /** Ends the connections that are kept for the next question. */ drop(): void };

/** A webhook which answers `decide(request)` and remembers what it was asked. */
const startHook = async (t: ExecutionContext, decide: (request: Json) => Json | undefined, names: string[] = []): Promise<Hook> => {
  const { ca, key, cert } = createCertificates(systemClock.now(), { names });
  const asked: Json[] = [];
  const server = https.createServer({ key, cert }, (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const review = JSON.parse(body) as { apiVersion: string; request: Json };
      asked.push({ ...review.request, version: review.apiVersion });
      const answer = decide(review.request);
      if (answer) response.end(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: review.request['uid'], ...answer } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}/hook`, port, ca, asked, drop: () => server.closeAllConnections() };
};

const patchOf = (operations: unknown[]): Json => ({ allowed: true, patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') });

const configuration = (kind: 'Mutating' | 'Validating', hook: { ca: string; url?: string }, extra: Json = {}): Json => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: `${kind}WebhookConfiguration`,
  metadata: { name: kind.toLowerCase() },
  webhooks: [
    {
      name: 'mservice.example.com',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      clientConfig: { url: hook.url, caBundle: Buffer.from(hook.ca).toString('base64') },
      rules: [{ operations: ['CREATE', 'UPDATE', 'DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['services', 'configmaps'] }],
      ...extra,
    },
  ],
});

const install = async (t: ExecutionContext, server: TestServer, body: Json): Promise<void> => {
  const plural = `${String(body['kind']).toLowerCase()}s`;
  const reply = await server.call('POST', `/apis/admissionregistration.k8s.io/v1/${plural}`, body);
  t.is(reply.code, 201, reply.text);
};

const begin = async (t: ExecutionContext, options: Parameters<typeof startServer>[0] = {}): Promise<TestServer> => {
  const server = await startServer(options);
  t.teardown(() => server.server.close());
  return server;
};

const configMap = (name: string, metadata: Json = {}): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { a: '1' } });
const maps = '/api/v1/namespaces/default/configmaps';
const services = '/api/v1/namespaces/default/services';

test('a mutating webhook sees the defaulted object and its patch is validated, stored and owned as if it had been sent', async (t) => {
  const server = await begin(t);
  const hook = await startHook(t, () => patchOf([{ op: 'add', path: '/spec/loadBalancerClass', value: 'service.k8s.aws/nlb' }]));
  await install(t, server, configuration('Mutating', hook, { admissionReviewVersions: ['v2', 'v1beta1', 'v1'] }));
  const reply = await server.call('POST', services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } });
  t.is(reply.code, 201, reply.text);
  t.is((reply.body['spec'] as Json)['loadBalancerClass'], 'service.k8s.aws/nlb');
  const [asked] = hook.asked;
  t.is(((asked?.['object'] as Json)['spec'] as Json)['sessionAffinity'], 'None');
  t.like(asked, { version: 'admission.k8s.io/v1beta1', operation: 'CREATE', namespace: 'default', name: 'web', dryRun: false, oldObject: null, kind: { group: '', version: 'v1', kind: 'Service' }, resource: { group: '', version: 'v1', resource: 'services' }, userInfo: { username: 'kubernetes-admin' } });
  t.like(reply.body, { metadata: { name: 'web' } });
  t.regex(String((reply.body['spec'] as Json)['clusterIP']), /^172\.20\./);
});

test('a patch that makes the object invalid is refused as the object would be', async (t) => {
  const server = await begin(t);
  const hook = await startHook(t, () => patchOf([{ op: 'remove', path: '/spec/ports' }]));
  await install(t, server, configuration('Mutating', hook));
  const reply = await server.call('POST', services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
  t.is(reply.code, 422);
});

test('a validating webhook sees the final object, refuses in its own words and may warn', async (t) => {
  const server = await begin(t);
  const hook = await startHook(t, ({ object, operation }) => {
    if (operation === 'DELETE') return { allowed: false };
    const { name } = (object as { metadata: { name: string } }).metadata;
    return name === 'bad' ? { allowed: false, status: { code: 403, reason: 'Forbidden', message: 'not this one' } } : { allowed: true, warnings: ['be careful'] };
  });
  await install(t, server, configuration('Validating', hook));
  const refused = await server.call('POST', maps, configMap('bad'));
  t.like(refused.body, { code: 403, reason: 'Forbidden', message: 'admission webhook "mservice.example.com" denied the request: not this one' });
  t.is((await server.call('GET', `${maps}/bad`)).code, 404);
  const good = await server.call('POST', maps, configMap('good'));
  t.is(good.code, 201);
  t.is(good.headers['warning'], '299 - "be careful"');
  hook.drop();
  const patched = await server.call('PATCH', `${maps}/good`, { data: { a: '2' } }, { 'content-type': 'application/merge-patch+json' });
  t.is(patched.code, 200);
  t.like(hook.asked.at(-1), { version: 'admission.k8s.io/v1', operation: 'UPDATE', object: { data: { a: '2' } }, oldObject: { data: { a: '1' } } });
  const kept = await server.call('DELETE', `${maps}/good`);
  t.like(kept.body, { code: 400, message: 'admission webhook "mservice.example.com" denied the request without explanation' });
  t.is((await server.call('GET', `${maps}/good`)).code, 200);
});

test('selectors and rules decide who is asked', async (t) => {
  const server = await begin(t);
  const hook = await startHook(t, () => ({ allowed: false }));
  const extra = { objectSelector: { matchLabels: { watch: 'yes' } }, namespaceSelector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system'] }] } };
  await install(t, server, configuration('Validating', hook, extra));
  t.is((await server.call('POST', maps, configMap('free'))).code, 201);
  t.is((await server.call('POST', '/api/v1/namespaces/kube-system/configmaps', configMap('free', { labels: { watch: 'yes' } }))).code, 201);
  t.is((await server.call('POST', '/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', labels: { watch: 'yes' } } })).code, 201);
  t.is(hook.asked.length, 0);
  t.is((await server.call('POST', maps, configMap('held', { labels: { watch: 'yes' } }))).code, 400);
});

test('failurePolicy decides when nobody answers', async (t) => {
  const server = await begin(t);
  const hook = await startHook(t, () => undefined);
  await install(t, server, configuration('Validating', { ca: hook.ca, url: 'https://127.0.0.1:1/x' }));
  const refused = await server.call('POST', maps, configMap('one'));
  t.is(refused.code, 500);
  t.regex(String(refused.body['message']), /^Internal error occurred: failed calling webhook "mservice\.example\.com": failed to call webhook: Post "https:\/\/127\.0\.0\.1:1\/x\?timeout=10s": .*ECONNREFUSED/);
  const ignoring = configuration('Validating', { ca: hook.ca, url: 'https://127.0.0.1:1/x' }, { failurePolicy: 'Ignore' });
  t.is((await server.call('PUT', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/validating', ignoring)).code, 200);
  t.is((await server.call('POST', maps, configMap('one'))).code, 201);
});

test('a webhook that is too slow, and one whose certificate nobody vouches for, have failed', async (t) => {
  const server = await begin(t);
  const slow = await startHook(t, () => undefined);
  await install(t, server, configuration('Validating', slow, { timeoutSeconds: 1 }));
  const late = await server.call('POST', maps, configMap('one'));
  t.regex(String(late.body['message']), /context deadline exceeded/);
  const other = createCertificates(systemClock.now());
  await server.call('PUT', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/validating', configuration('Validating', { ca: other.ca, url: slow.url }));
  t.regex(String((await server.call('POST', maps, configMap('one'))).body['message']), /failed calling webhook .*(certificate|signature)/);
});

test('a webhook behind a Service is called on the address where its pod really listens, under the Service\'s name', async (t) => {
  const server = await begin(t, { hooks: { project: (address) => (address === '10.42.7.7' ? '127.0.0.1' : address) } });
  const hook = await startHook(t, () => patchOf([{ op: 'add', path: '/data/b', value: '2' }]), ['hook.default.svc']);
  const client = { service: { name: 'hook', namespace: 'default', path: '/mutate' }, caBundle: Buffer.from(hook.ca).toString('base64') };
  await server.call('POST', services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'hook' }, spec: { ports: [{ port: 443, targetPort: 9443 }] } });
  await install(t, server, configuration('Mutating', hook, { clientConfig: client, rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }] }));
  t.regex(String((await server.call('POST', maps, configMap('early'))).body['message']), /Post "https:\/\/hook\.default\.svc:443\/mutate\?timeout=10s": no endpoints available for service "hook"$/);
  const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'hook-1', labels: { 'kubernetes.io/service-name': 'hook' } }, addressType: 'IPv4', endpoints: [{ addresses: ['10.42.7.7'], conditions: { ready: true } }], ports: [{ name: '', port: hook.port, protocol: 'TCP' }] };
  t.is((await server.call('POST', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', slice)).code, 201);
  t.like((await server.call('POST', maps, configMap('now'))).body, { data: { a: '1', b: '2' } });
});

test('a dry run reaches webhooks as a dry run and stores nothing', async (t) => {
  const server = await begin(t);
  const hook = await startHook(t, () => patchOf([{ op: 'add', path: '/data/b', value: '2' }]));
  await install(t, server, configuration('Mutating', hook));
  t.like((await server.call('POST', `${maps}?dryRun=All`, configMap('one'))).body, { data: { b: '2' } });
  t.is(hook.asked[0]?.['dryRun'], true);
  t.is((await server.call('GET', `${maps}/one`)).code, 404);
});

test('server-side apply passes webhooks too', async (t) => {
  const server = await begin(t);
  const hook = await startHook(t, () => patchOf([{ op: 'add', path: '/data/b', value: '2' }]));
  await install(t, server, configuration('Mutating', hook));
  const reply = await server.call('PATCH', `${maps}/one?fieldManager=me`, configMap('one'), { 'content-type': 'application/apply-patch+yaml' });
  t.is(reply.code, 201, reply.text);
  t.like(reply.body, { data: { a: '1', b: '2' } });
});

test('what this cluster cannot judge, or speak, is refused when it is configured', async (t) => {
  const server = await begin(t);
  const refused = async (extra: Json): Promise<Json[]> => {
    const body = configuration('Validating', { ca: '', url: 'https://127.0.0.1:1/' }, extra);
    const reply = await server.call('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', body);
    t.is(reply.code, 422, reply.text);
    return (reply.body['details'] as { causes: Json[] }).causes;
  };
  const conditions = [{ name: 'x', expression: "authorizer.group('').check('get').allowed()" }, { name: 'x', expression: '1' }, { expression: '' }];
  t.deepEqual((await refused({ matchConditions: conditions })).map(({ field, message }) => `${String(field)}: ${String(message).split('\n')[0]}`), [
    `webhooks[0].matchConditions[0].expression: Invalid value: "authorizer.group('').check('get').allowed()": compilation failed: ERROR: <input>:1:1: undeclared reference to 'authorizer' (in container '')`,
    'webhooks[0].matchConditions[1].expression: Invalid value: "1": must evaluate to bool',
    'webhooks[0].matchConditions[1].name: Duplicate value: "x"',
    'webhooks[0].matchConditions[2].expression: Required value',
    'webhooks[0].matchConditions[2].name: Required value',
  ]);
  t.like(await refused({ admissionReviewVersions: ['v2'] }), [{ message: 'Invalid value: ["v2"]: must include at least one of v1, v1beta1' }]);
  t.like(await refused({ admissionReviewVersions: [] }), [{ message: 'Required value: must specify one of v1, v1beta1' }]);
});

test('conditions decide who is asked; one that cannot be evaluated counts as the failure policy says', async (t) => {
  const server = await begin(t);
  const hook = await startHook(t, () => ({ allowed: false }));
  const matchConditions = [
    { name: 'not-the-controllers', expression: "request.userInfo.username != 'nobody' && request.operation == 'CREATE'" },
    { name: 'many', expression: "oldObject == null && int(object.data.size) > 3 && object.metadata.name.startsWith('m')" },
  ];
  await install(t, server, configuration('Validating', hook, { matchConditions }));
  const create = (name: string, data: Json) => server.call('POST', maps, { ...configMap(name), data });
  t.is((await create('mine', { size: '2' })).code, 201);
  t.is((await create('other', { size: '4' })).code, 201);
  t.is((await create('mad', { size: '4' })).code, 400);
  t.is(hook.asked.length, 1);
  t.like((await create('more', { other: '1' })).body, { code: 403, reason: 'Forbidden', message: `configmaps "more" is forbidden: expression '${matchConditions[1]?.expression}' resulted in error: no such key: size` });
  t.is((await server.call('DELETE', `${maps}/mine`)).code, 200);
  const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/validating';
  await server.call('PATCH', configurations, [{ op: 'add', path: '/webhooks/0/failurePolicy', value: 'Ignore' }], { 'content-type': 'application/json-patch+json' });
  t.is((await create('more', { other: '1' })).code, 201);
  t.is(hook.asked.length, 1);
});

test('a webhook of the older version alone, as charts have them, need not name the question nor its patch', async (t) => {
  const server = await begin(t);
  const hook = await startHook(t, () => ({ ...patchOf([{ op: 'add', path: '/data/b', value: '2' }]), uid: '', patchType: undefined }));
  await install(t, server, configuration('Mutating', hook, { admissionReviewVersions: ['v1beta1'] }));
  const reply = await server.call('POST', maps, configMap('one'));
  t.is(reply.code, 201, reply.text);
  t.like(reply.body, { data: { a: '1', b: '2' } });
});

test('a token made for a service account enters as that account, as long as the account is there', async (t) => {
  const server = await begin(t);
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await server.call('POST', accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } });
  const made = await server.call('POST', `${accounts}/robot/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} });
  const { token } = made.body['status'] as { token: string };
  const whoami = (bearer: string) => server.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }, { authorization: `Bearer ${bearer}` });
  t.like((await whoami(token)).body, { status: { userInfo: { username: 'system:serviceaccount:default:robot', groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'] } } });
  t.is((await whoami(`${token.slice(0, -2)}xx`)).code, 401);
  await server.call('DELETE', `${accounts}/robot`);
  t.is((await whoami(token)).code, 401);
});

const aboutPods = { rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }] };

test('pods that a ReplicaSet makes are shown to webhooks and stored as those leave them, each once', async (t) => {
  const server = await begin(t);
  const { api } = await startCluster(t, { api: server.server.api });
  const hook = await startHook(t, () => patchOf([{ op: 'add', path: '/spec/readinessGates', value: [{ conditionType: 'target-health.elbv2.k8s.aws/x' }] }]));
  await install(t, server, configuration('Mutating', hook, aboutPods));
  api.create('deployments.apps', deployment('ui', { replicas: 3 }));
  const pods = await until(api, ['pods'], () => api.list('pods', 'default').length === 3 && api.list('pods', 'default'));
  for (const pod of pods) t.deepEqual((pod['spec'] as Json)['readinessGates'], [{ conditionType: 'target-health.elbv2.k8s.aws/x' }]);
  await until(api, ['pods'], () => api.list('pods', 'default').every((pod) => (pod['status'] as Json)['phase'] === 'Running'));
  t.is(api.list('pods', 'default').length, 3);
  t.is(hook.asked.length, 3);
  t.deepEqual(hook.asked.map(({ name }) => name).sort(), pods.map(({ metadata }) => metadata.name).sort());
});

test('a refused pod is told by an event of its ReplicaSet, which keeps wanting it', async (t) => {
  const server = await begin(t);
  const { api } = await startCluster(t, { api: server.server.api });
  const hook = await startHook(t, () => ({ allowed: false, status: { message: 'no pods today' } }));
  await install(t, server, configuration('Validating', hook, aboutPods));
  api.create('deployments.apps', deployment('ui'));
  const told = await until(api, ['events'], () => api.list('events').find((event) => event['reason'] === 'FailedCreate'));
  t.is(told['message'], 'Error creating: admission webhook "mservice.example.com" denied the request: no pods today');
  t.deepEqual(api.list('pods', 'default'), []);
  await server.call('DELETE', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/validating');
  const [set] = api.list('replicasets.apps', 'default');
  if (set) api.update('replicasets.apps', { ...set, metadata: { ...set.metadata, annotations: { touched: 'yes' } } });
  t.is((await readyPods(api, 'ui', 1)).length, 1);
});

test('ReplicaSets of a Deployment and revisions of a DaemonSet are shown to webhooks as well, once each, and a refusal is told', async (t) => {
  const server = await begin(t);
  const { api } = await startCluster(t, { api: server.server.api });
  const rules = { rules: [{ operations: ['CREATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['replicasets', 'controllerrevisions'] }] };
  let allowed = false;
  const hook = await startHook(t, () => (allowed ? patchOf([{ op: 'add', path: '/metadata/labels/seen', value: 'yes' }]) : { allowed: false, status: { message: 'not today' } }));
  await install(t, server, configuration('Mutating', hook, rules));
  api.create('deployments.apps', deployment('ui', { replicas: 2 }));
  const told = await until(api, ['events'], () => api.list('events').find((event) => event['reason'] === 'ReplicaSetCreateError'));
  t.regex(String(told['message']), /^Failed to create new replica set "ui-[a-z0-9]+": admission webhook "mservice.example.com" denied the request: not today$/);
  t.deepEqual(api.list('replicasets.apps'), []);
  api.delete('deployments.apps', 'default', 'ui');
  allowed = true;
  api.create('deployments.apps', deployment('web', { replicas: 2 }));
  t.is((await readyPods(api, 'web', 2)).length, 2);
  const sets = api.list('replicasets.apps', 'default');
  t.deepEqual(sets.map(({ metadata }) => metadata.labels?.['seen']), ['yes']);
  api.create('daemonsets.apps', { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'agent' } }, template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'main', image: 'pause' }] } } } });
  await readyPods(api, 'agent', 3);
  const [revision] = await until(api, ['controllerrevisions.apps'], () => api.list('controllerrevisions.apps').length === 1 && api.list('controllerrevisions.apps'));
  t.is(revision?.metadata.labels?.['seen'], 'yes');
  t.is(hook.asked.filter(({ name }) => !String(name).startsWith('ui-')).length, 2);
});
