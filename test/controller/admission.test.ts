// The controller's webhooks as the embedded API server asks them: bindings completed, checked and kept as they are, gates for pods.
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../emulator/clock.js';
import { serverIdOf } from '../../emulator/controller/quic.js';
import { createKubeClient } from '../../emulator/kube/client.js';
import { mutatingWebhooks, pods, services, targetGroupBindings, validatingWebhooks } from '../../emulator/kube/resources.js';
import type { KubeObject, Pod, Service, TargetGroupBinding } from '../../emulator/kube/types.js';
import { createCertificates } from '../../emulator/tinykube/api/certificates.js';
import { openReal } from './real.js';
import { ipService, until } from './harness.js';

const open = async (t: ExecutionContext, flags = {}, admission: object = { webhookCertificate: createCertificates(systemClock.now()) }) => {
  const real = await openReal(t, { ...admission, flags });
  const client = await createKubeClient(real.kubeconfig);
  t.teardown(() => client.close());
  real.api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ui', labels: { 'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled' } } });
  real.api.create('services', { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'ui', name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] } });
  const group = async (Name: string, more: object = {}) =>
    (await real.elbv2.CreateTargetGroup({ Name, TargetType: 'ip', Protocol: 'TCP', Port: 80, VpcId: real.vpcId, ...more })).TargetGroups?.[0]?.TargetGroupArn ?? '';
  const bind = (name: string, spec: object) =>
    client.create<TargetGroupBinding>(targetGroupBindings, 'ui', { apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'TargetGroupBinding', metadata: { namespace: 'ui', name }, spec: { serviceRef: { name: 'web', port: 80 }, ...spec } });
  const pod = (name: string, labels: Record<string, string>, spec: object = {}) =>
    client.create<Pod>(pods, 'ui', { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'ui', name, labels }, spec: { containers: [{ name: 'c', image: 'c' }], ...spec } });
  return { ...real, client, group, bind, pod };
};

const denied = (text: string): { message: string } => ({ message: `admission webhook "vtargetgroupbinding.elbv2.k8s.aws" denied the request: ${text}` });

test('a binding is completed from AWS when it is stored, and refused when it cannot be', async (t) => {
  const { group, bind, vpcId } = await open(t);
  const arn = await group('one');
  const made = await bind('one', { targetGroupName: 'one' });
  t.like(made.spec, { targetGroupARN: arn, targetType: 'ip', targetGroupProtocol: 'TCP', ipAddressType: 'ipv4', vpcID: vpcId });
  await t.throwsAsync(bind('none', {}), { message: 'admission webhook "mtargetgroupbinding.elbv2.k8s.aws" denied the request: must provide either TargetGroupARN or TargetGroupName' });
  await t.throwsAsync(bind('two', { targetGroupARN: arn }), denied(`TargetGroup ${arn} is already bound to following TargetGroupBindings [ui/one]. Please enable MultiCluster mode on all TargetGroupBindings referencing ${arn} or choose a different Target Group ARN.`));
  const gone = arn.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const asked = (hook: string, words: string) => ({ message: new RegExp(`^admission webhook "${hook}targetgroupbinding\\.elbv2\\.k8s\\.aws" denied the request: ${words}: operation error Elastic Load Balancing v2: DescribeTargetGroups, .*TargetGroupNotFound`) });
  await t.throwsAsync(bind('two', { targetGroupARN: gone }), asked('m', "couldn't determine TargetType"));
  await t.throwsAsync(bind('two', { targetGroupARN: gone, targetType: 'ip', ipAddressType: 'ipv4' }), asked('m', 'unable to get target group VpcID'));
  await t.throwsAsync(bind('two', { targetGroupARN: gone, targetType: 'ip', ipAddressType: 'ipv4', vpcID: 'vpc-0123456789abcdef0', targetGroupProtocol: 'TCP' }), asked('v', 'unable to get target group IP address type'));
  const other = await group('two');
  await t.throwsAsync(bind('two', { targetGroupARN: other, nodeSelector: { matchLabels: { a: 'b' } } }), denied('TargetGroupBinding cannot set NodeSelector when TargetType is ip'));
  await t.throwsAsync(bind('two', { targetGroupARN: other, vpcID: 'vpc-x' }), denied("ValidationError: vpcID vpc-x failed to satisfy constraint: VPC Id must begin with 'vpc-' followed by 8, 17 or 32 lowercase letters (a-f) or numbers."));
  await t.throwsAsync(bind('two', { targetGroupARN: other, vpcID: 'vpc-0123456789abcdef0' }), denied(`invalid VpcID vpc-0123456789abcdef0 doesnt match VpcID from TargetGroup ${other}`));
  await t.throwsAsync(bind('two', { targetGroupARN: other, targetGroupProtocol: 'UDP' }), denied(`TargetGroup ${other} protocol differs (got UDP, expected TCP)`));
  await t.throwsAsync(bind('two', { targetGroupARN: other, ipAddressType: 'ipv6' }), denied(`invalid IP address type ipv4 for TargetGroup ${other}`));
});

test('what a binding is may not change; how it finds its targets may', async (t) => {
  const { group, bind, client } = await open(t);
  await bind('one', { targetGroupARN: await group('one') });
  const change = (spec: object) => client.patch<TargetGroupBinding>(targetGroupBindings, 'ui', 'one', { spec });
  await t.throwsAsync(change({ targetType: 'instance', targetGroupARN: 'x', ipAddressType: 'ipv6', vpcID: 'vpc-1' }), denied('TargetGroupBinding update may not change these immutable fields: spec.targetGroupARN,spec.targetType,spec.ipAddressType,spec.vpcID'));
  t.is((await change({ serviceRef: { port: 81 } })).spec.serviceRef.port, 81);
});

test('where no webhook can be asked the definition refuses by its own rules, and completion still gets through', async (t) => {
  const { group, bind, client, vpcId, api } = await open(t, {}, {});
  const arn = await group('one');
  await t.throwsAsync(bind('none', {}), { message: /: TargetGroupBinding must specify these fields: either TargetGroupARN or TargetGroupName$/ });
  await t.throwsAsync(bind('ip', { targetGroupARN: arn, targetType: 'ip', nodeSelector: { matchLabels: { a: 'b' } } }), { message: /: TargetGroupBinding cannot set NodeSelector when TargetType is ip$/ });
  await t.throwsAsync(bind('role', { targetGroupARN: arn, targetType: 'instance', iamRoleArnToAssume: 'arn:aws:iam::1:role/x' }), { message: /: Unable to use instance target type while using assume role$/ });
  await bind('one', { targetGroupName: 'one' });
  const spec = () => (api.get('targetgroupbindings.elbv2.k8s.aws', 'ui', 'one') as unknown as TargetGroupBinding).spec;
  await until(t, 'the binding is complete', () => spec().vpcID !== undefined);
  t.like(spec(), { targetGroupARN: arn, targetType: 'ip', targetGroupProtocol: 'TCP', ipAddressType: 'ipv4', vpcID: vpcId });
  const change = (changed: object) => client.patch<TargetGroupBinding>(targetGroupBindings, 'ui', 'one', { spec: changed });
  for (const [field, value] of Object.entries({ targetGroupARN: 'x', targetType: 'instance', ipAddressType: 'ipv6', vpcID: null })) {
    await t.throwsAsync(change({ [field]: value }), { message: new RegExp(`: TargetGroupBinding update may not change these immutable fields: spec\\.${field}$`) }, field);
  }
  t.is((await change({ serviceRef: { port: 81 } })).spec.serviceRef.port, 81);
});

test("the controller's own bindings are kept as they are, too, and a copy of one is refused", async (t) => {
  const { api, client } = await open(t);
  api.create('services', ipService());
  const own = () => api.list('targetgroupbindings.elbv2.k8s.aws', 'ui')[0];
  await until(t, 'the Service has its binding', () => Boolean((own() as { status?: object } | undefined)?.status));
  const { metadata: { name, labels }, spec } = own() as unknown as TargetGroupBinding;
  const change = (change: object) => client.patch<TargetGroupBinding>(targetGroupBindings, 'ui', name, { spec: change });
  await t.throwsAsync(change({ targetType: 'instance', vpcID: 'vpc-1' }), denied('TargetGroupBinding update may not change these immutable fields: spec.targetType,spec.vpcID'));
  const copy = { apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'TargetGroupBinding', metadata: { namespace: 'ui', name: 'copy', labels }, spec };
  await t.throwsAsync(client.create(targetGroupBindings, 'ui', copy), { message: new RegExp(`is already bound to following TargetGroupBindings \\[ui/${name}\\]`) });
});

test('pods of a labelled namespace get the gates of the ip bindings that select them, and lose those of old', async (t) => {
  const { group, bind, pod, client, kubeconfig, api } = await open(t);
  t.truthy(kubeconfig);
  await bind('one', { targetGroupARN: await group('one') });
  await bind('nodes', { targetGroupARN: await group('nodes', { TargetType: 'instance' }) });
  // The webhook reads the controller's own cache.
  await until(t, 'the binding is known', () => api.list('targetgroupbindings.elbv2.k8s.aws', 'ui').every(({ metadata }) => metadata.finalizers?.length === 1));
  const gate = { conditionType: 'target-health.elbv2.k8s.aws/one' };
  t.deepEqual((await pod('p1', { app: 'web' }, { readinessGates: [{ conditionType: 'mine' }, { conditionType: 'target-health.alb.ingress.k8s.aws/x' }] })).spec?.readinessGates, [{ conditionType: 'mine' }, gate]);
  t.is((await pod('p2', { app: 'other' })).spec?.readinessGates, undefined);
  await client.patch({ group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }, undefined, 'ui', { metadata: { labels: { 'elbv2.k8s.aws/pod-readiness-gate-inject': null } } });
  t.is((await pod('p3', { app: 'web' })).spec?.readinessGates, undefined);
});

test('new Services get the class only where that is asked for; the configurations go with the controller', async (t) => {
  const { client, stop } = await open(t, { enableServiceMutatorWebhook: true });
  const service = (name: string, spec: object) => client.create<Service>(services, 'ui', { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'ui', name }, spec: { ports: [{ port: 80 }], ...spec } });
  const classes = await Promise.all([service('a', { type: 'LoadBalancer' }), service('b', { type: 'LoadBalancer', loadBalancerClass: 'example.com/x' }), service('c', {})]);
  t.deepEqual(classes.map(({ spec }) => spec.loadBalancerClass), ['service.k8s.aws/nlb', 'example.com/x', undefined]);
  await client.delete(services, 'ui', 'a');
  await stop();
  const left = await Promise.all([mutatingWebhooks, validatingWebhooks].map((of) => client.list<KubeObject>(of)));
  t.deepEqual(left.flatMap(({ items }) => items.map(({ metadata }) => metadata.name)), []);
});

test('containers that ask for a QUIC server id get one of their own where the namespace says so', async (t) => {
  const { client, api } = await open(t);
  await client.patch({ group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false }, undefined, 'ui', { metadata: { labels: { 'elbv2.k8s.aws/quic-server-id-inject': 'enabled' } } });
  const annotations = { 'service.beta.kubernetes.io/aws-load-balancer-quic-enabled-containers': 'c' };
  const idOf = async (name: string, more: object): Promise<string | undefined> =>
    serverIdOf(await client.create<Pod>(pods, 'ui', { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'ui', name, ...more }, spec: { containers: [{ name: 'c', image: 'c' }] } }), 'AWS_LBC_QUIC_SERVER_ID');
  const ids = [await idOf('q1', { annotations }), await idOf('q2', { annotations })];
  for (const id of ids) t.regex(id ?? '', /^0x[0-9a-f]{16}$/);
  t.not(ids[0], ids[1]);
  t.is(await idOf('q3', {}), undefined);
  t.deepEqual((api.get('configmaps', 'kube-system', 'quic-server-id-worker-tracker') as { data?: object } | undefined)?.data, { worker: '0' });
});
