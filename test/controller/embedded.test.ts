// The controller's life with the embedded Kubernetes and the real ELBv2: what a user sees in the cluster, and that it comes to rest.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { parse } from 'yaml';
import type { NewObject } from '../../emulator/tinykube/types.js';
import { ipService, prefix, until } from './harness.js';
import { openReal } from './real.js';

type Real = Awaited<ReturnType<typeof openReal>>;

const bindings = 'targetgroupbindings.elbv2.k8s.aws';
const get = (real: Real) => real.api.get('services', 'ui', 'ui-nlb');
const writes = (real: Real): string[] => real.calls.filter((op) => !op.startsWith('Describe'));
const events = (real: Real): string[] => real.api.list('events', 'ui').map((one) => `${(one['involvedObject'] as { kind: string }).kind} ${String(one['type'])} ${String(one['reason'])} x${String(one['count'])}`);
const rest = (real: Real, kind: string, count: number) => () => events(real).includes(`${kind} Normal SuccessfullyReconciled x${count}`);

const populate = (real: Real, pods: Record<string, string>): void => {
  if (!real.api.get('nodes', undefined, 'n1')) real.api.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, spec: { providerID: 'aws:///us-west-2a/i-0123456789abcdef0' } });
  if (!real.api.get('namespaces', undefined, 'ui')) real.api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ui' } });
  const endpoints = Object.entries(pods).map(([name, address]) => ({ addresses: [address], conditions: { ready: true }, targetRef: { kind: 'Pod', namespace: 'ui', name } }));
  for (const [name] of Object.entries(pods)) {
    if (!real.api.get('pods', 'ui', name)) real.api.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'ui', name }, spec: { nodeName: 'n1', containers: [{ name: 'ui', image: 'ui' }] } });
  }
  const old = real.api.get('endpointslices.discovery.k8s.io', 'ui', 'ui-1');
  const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { namespace: 'ui', name: 'ui-1', labels: { 'kubernetes.io/service-name': 'ui-nlb' } }, addressType: 'IPv4', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }], endpoints };
  if (old) real.api.update('endpointslices.discovery.k8s.io', { ...structuredClone(old), endpoints });
  else real.api.create('endpointslices.discovery.k8s.io', slice);
};

const annotate = (real: Real, annotations: Record<string, string>): void => {
  const service = structuredClone(get(real))!;
  service.metadata.annotations = { ...service.metadata.annotations, ...annotations };
  real.api.update('services', service);
};

const settled = async (t: ExecutionContext, real: Real): Promise<void> => {
  await until(t, 'the Service is reconciled', rest(real, 'Service', 1));
  await until(t, 'the binding is reconciled', rest(real, 'TargetGroupBinding', 1));
};

test('create, look, restart, delete', async (t) => {
  const real = await openReal(t);
  populate(real, { p1: '10.42.96.5' });
  real.api.create('services', ipService());
  await settled(t, real);

  const { LoadBalancers: [lb] = [] } = await real.elbv2.DescribeLoadBalancers({});
  const { TargetGroups: [group] = [] } = await real.elbv2.DescribeTargetGroups({});
  t.deepEqual(get(real)?.['status'], { loadBalancer: { ingress: [{ hostname: lb?.DNSName?.toLowerCase(), ports: [{ port: 80, protocol: 'TCP' }] }] } });
  t.is(lb?.SecurityGroups?.length, 2);
  const { SecurityGroups: [nodes] } = await real.ec2.DescribeSecurityGroups({ Filters: [{ Name: 'tag:kubernetes.io/cluster/my-cluster', Values: ['owned'] }] });
  const traffic = nodes?.IpPermissions.find(({ IpProtocol }) => IpProtocol === 'tcp');
  t.like(traffic, { FromPort: 8080, ToPort: 8080 });
  t.is(traffic?.UserIdGroupPairs?.[0]?.Description, 'elbv2.k8s.aws/targetGroupBinding=shared');
  const [binding] = real.api.list(bindings, 'ui');
  t.is(binding?.metadata.name, group?.TargetGroupName);
  t.like(binding?.['spec'], { targetGroupARN: group?.TargetGroupArn, targetType: 'ip', targetGroupProtocol: 'TCP', ipAddressType: 'ipv4', serviceRef: { name: 'ui-nlb', port: 80 } });
  t.is((binding?.['spec'] as { networking: { ingress: object[] } }).networking.ingress.length, 1);
  t.deepEqual(binding?.['status'], { observedGeneration: 1 });
  const { TargetHealthDescriptions = [] } = await real.elbv2.DescribeTargetHealth({ TargetGroupArn: group?.TargetGroupArn });
  t.deepEqual(TargetHealthDescriptions.map(({ Target }) => `${Target?.Id}:${Target?.Port}`), ['10.42.96.5:8080']);

  real.calls.length = 0;
  await real.restart();
  await until(t, 'the pass after the restart', () => events(real).filter((one) => one.startsWith('Service Normal')).length === 2);
  t.deepEqual(writes(real), [], 'nothing differs, so nothing is written');

  real.calls.length = 0;
  real.api.delete('services', 'ui', 'ui-nlb');
  await until(t, 'the Service is gone', () => get(real) === undefined);
  t.deepEqual(writes(real), ['DeleteLoadBalancer', 'DeregisterTargets', 'RevokeSecurityGroupIngress', 'DeleteTargetGroup', 'DeleteSecurityGroup', 'DeleteSecurityGroup']);
  t.deepEqual(real.api.list(bindings, 'ui'), []);
  t.deepEqual((await real.elbv2.DescribeTargetGroups({})).TargetGroups, []);
});

const changes: [title: string, annotations: Record<string, string>, writes: string[]][] = [
  ['health check', { 'aws-load-balancer-healthcheck-interval': '20' }, ['ModifyTargetGroup']],
  ['load balancer attribute', { 'aws-load-balancer-cross-zone-load-balancing-enabled': 'true' }, ['ModifyLoadBalancerAttributes']],
  ['target group attribute', { 'aws-load-balancer-target-group-attributes': 'deregistration_delay.timeout_seconds=5' }, ['ModifyTargetGroupAttributes']],
  ['tags', { 'aws-load-balancer-additional-resource-tags': 'env=dev' }, ['CreateTags', 'AddTags', 'AddTags', 'AddTags']],
  ['scheme', { 'aws-load-balancer-scheme': 'internal' }, ['DeleteLoadBalancer', 'CreateLoadBalancer', 'ModifyLoadBalancerAttributes', 'CreateListener']],
  ['source ranges', { 'load-balancer-source-ranges': '10.0.0.0/8' }, ['AuthorizeSecurityGroupIngress', 'RevokeSecurityGroupIngress']],
];

test('each change is exactly its own calls, and a second look finds nothing to do', async (t) => {
  const real = await openReal(t);
  populate(real, { p1: '10.42.96.5' });
  real.api.create('services', ipService());
  await settled(t, real);
  let passes = 1;
  for (const [title, annotations, expected] of changes) {
    real.calls.length = 0;
    annotate(real, Object.fromEntries(Object.entries(annotations).map(([name, value]) => [prefix + name, value])));
    passes += 1;
    await until(t, title, rest(real, 'Service', passes));
    t.deepEqual(writes(real), expected, title);
  }
  real.calls.length = 0;
  annotate(real, { touched: 'yes' });
  await until(t, 'a pass without a difference', rest(real, 'Service', passes + 1));
  t.deepEqual(writes(real), []);
});

test('pods that come and go while the controller is away are caught up with', async (t) => {
  const real = await openReal(t);
  populate(real, { p1: '10.42.96.5' });
  real.api.create('services', ipService());
  await settled(t, real);
  await real.stop();
  populate(real, { p2: '10.42.96.6', p3: '10.42.96.7' });
  real.calls.length = 0;
  await real.restart();
  await until(t, 'both are registered', () => real.calls.includes('RegisterTargets'));
  t.deepEqual(writes(real), ['DeregisterTargets', 'RegisterTargets']);
});

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../test/golden');
// These name subnets of the fake cloud, or other Services.
const elsewhere = ['subnets-and-eips', 'private-addresses', 'dualstack-addresses', 'weighted-actions'];

test('each golden Service comes to rest on the real ELBv2, or is refused because nlbox says that it does not model it', async (t) => {
  const real = await openReal(t);
  populate(real, {});
  const names = fs.readdirSync(folder).filter((file) => file.endsWith('.service.yaml') && !file.startsWith('error')).map((file) => file.replace('.service.yaml', ''));
  for (const name of names.filter((one) => !elsewhere.includes(one))) {
    const { spec, metadata, ...rest } = parse(fs.readFileSync(path.join(folder, `${name}.service.yaml`), 'utf8')) as NewObject & { spec: Record<string, unknown> & { ports: { nodePort?: number }[] } };
    delete metadata.uid;
    delete spec['healthCheckNodePort'];
    for (const port of spec.ports) delete port.nodePort;
    real.api.create('services', { ...rest, spec, metadata: { ...metadata, name } });
    const facts = () => real.api.list('events', 'ui').filter((one) => (one['involvedObject'] as { name: string }).name === name);
    await until(t, name, () => facts().length > 0);
    const [first] = facts();
    if (first?.['reason'] !== 'SuccessfullyReconciled') {
      // The certificates of the golden Services are in no ACM.
      t.regex(String(first?.['message']), /nlbox does not model|Certificate ARN/, name);
      real.api.delete('services', 'ui', name);
      continue;
    }
    real.calls.length = 0;
    const again = structuredClone(real.api.get('services', 'ui', name))!;
    real.api.update('services', { ...again, metadata: { ...again.metadata, annotations: { ...again.metadata.annotations, touched: 'yes' } } });
    await until(t, `${name}, again`, () => Number(facts()[0]?.['count']) === 2);
    t.deepEqual(writes(real).filter((op) => !op.endsWith('Targets')), [], name);
  }
});

const targetsOf = async (real: Real, TargetGroupArn: string | undefined): Promise<string[]> =>
  ((await real.elbv2.DescribeTargetHealth({ TargetGroupArn })).TargetHealthDescriptions ?? []).filter(({ TargetHealth }) => TargetHealth?.State !== 'draining').map(({ Target }) => `${Target?.Id}:${Target?.Port}`).sort();

test('a group is filled up to the limit, and a pod that leaves makes room for another', async (t) => {
  const real = await openReal(t, { flags: { maxTargetsPerTargetGroup: 2 } });
  populate(real, { p1: '10.42.96.5', p2: '10.42.96.6', p3: '10.42.96.7' });
  real.api.create('services', ipService());
  await settled(t, real);
  const { TargetGroups: [group] = [] } = await real.elbv2.DescribeTargetGroups({});
  t.deepEqual(await targetsOf(real, group?.TargetGroupArn), ['10.42.96.5:8080', '10.42.96.6:8080']);
  populate(real, { p1: '10.42.96.5', p3: '10.42.96.7' });
  await until(t, 'the pods are exchanged', rest(real, 'TargetGroupBinding', 2));
  t.deepEqual(await targetsOf(real, group?.TargetGroupArn), ['10.42.96.5:8080', '10.42.96.7:8080']);
});

test('a target group that several clusters fill keeps the targets of the others', async (t) => {
  const real = await openReal(t);
  populate(real, { p1: '10.42.96.5' });
  real.api.create('services', ipService({ [`${prefix}aws-load-balancer-multi-cluster-target-group`]: 'true' }));
  await settled(t, real);
  const { TargetGroups: [group] = [] } = await real.elbv2.DescribeTargetGroups({});
  const map = () => real.api.list('configmaps', 'ui').map(({ metadata, data }) => [metadata.name, (data as { targets: string }).targets]);
  t.deepEqual(map(), [[`aws-lbc-targets-${group?.TargetGroupName}`, '10.42.96.5:8080']]);

  await real.elbv2.RegisterTargets({ TargetGroupArn: group?.TargetGroupArn, Targets: [{ Id: '10.42.97.9', Port: 8080 }] });
  populate(real, { p2: '10.42.96.6' });
  await until(t, 'the pod is exchanged', () => map()[0]?.[1] === '10.42.96.6:8080');
  await until(t, 'and registered', rest(real, 'TargetGroupBinding', 2));
  t.deepEqual(await targetsOf(real, group?.TargetGroupArn), ['10.42.96.6:8080', '10.42.97.9:8080']);

  real.calls.length = 0;
  real.api.delete(bindings, 'ui', group?.TargetGroupName ?? '');
  await until(t, 'the binding is gone', () => real.api.list(bindings, 'ui').length === 0);
  t.deepEqual(await targetsOf(real, group?.TargetGroupArn), ['10.42.97.9:8080']);
  t.deepEqual(map(), []);
});

test('weights over two Services, changed in place; the second group goes with its action', async (t) => {
  const real = await openReal(t);
  populate(real, { p1: '10.42.96.5' });
  real.api.create('services', { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'ui', name: 'green' }, spec: { ports: [{ name: 'web', port: 8000, targetPort: 8081 }] } });
  const action = (weight: number): Record<string, string> => ({ [`${prefix}actions.TCP-80`]: JSON.stringify({ type: 'forward', forwardConfig: { baseServiceWeight: 90, targetGroups: [{ serviceName: 'green', servicePort: 'web', weight }] } }) });
  real.api.create('services', ipService(action(10)));
  await settled(t, real);
  const weights = async () => {
    const { LoadBalancers: [lb] = [] } = await real.elbv2.DescribeLoadBalancers({});
    const { Listeners: [listener] = [] } = await real.elbv2.DescribeListeners({ LoadBalancerArn: lb?.LoadBalancerArn });
    return listener?.DefaultActions?.[0]?.ForwardConfig?.TargetGroups?.map(({ TargetGroupArn, Weight }) => [TargetGroupArn?.split('/')[1]?.slice(0, 13), Weight]);
  };
  t.deepEqual(await weights(), [['k8s-ui-uinlb-', 90], ['k8s-ui-green-', 10]]);
  t.deepEqual(real.api.list(bindings, 'ui').map(({ spec }) => (spec as { serviceRef: { name: string } }).serviceRef.name).sort(), ['green', 'ui-nlb']);
  real.calls.length = 0;
  annotate(real, action(50));
  await until(t, 'the weight is changed', rest(real, 'Service', 2));
  t.deepEqual(await weights(), [['k8s-ui-uinlb-', 90], ['k8s-ui-green-', 50]]);
  t.deepEqual(writes(real).filter((op) => !op.endsWith('Targets')), ['ModifyListener']);
  real.calls.length = 0;
  annotate(real, { [`${prefix}actions.TCP-80`]: JSON.stringify({ type: 'forward', forwardConfig: {} }) });
  await until(t, 'the action is gone', rest(real, 'Service', 3));
  t.deepEqual(await weights(), [['k8s-ui-uinlb-', undefined]]);
  t.deepEqual((await real.elbv2.DescribeTargetGroups({})).TargetGroups?.length, 1);
});

test('capacity is reserved, changed, and given back with 0', async (t) => {
  const real = await openReal(t);
  populate(real, { p1: '10.42.96.5' });
  const name = `${prefix}aws-load-balancer-minimum-load-balancer-capacity`;
  real.api.create('services', ipService({ [name]: 'CapacityUnits=5500' }));
  await settled(t, real);
  const units = async () => {
    const { LoadBalancers: [lb] = [] } = await real.elbv2.DescribeLoadBalancers({});
    return (await real.elbv2.DescribeCapacityReservation({ LoadBalancerArn: lb?.LoadBalancerArn })).MinimumLoadBalancerCapacity?.CapacityUnits;
  };
  t.is(await units(), 5500);
  real.calls.length = 0;
  annotate(real, { [name]: 'CapacityUnits=0' });
  await until(t, 'the reservation is given back', rest(real, 'Service', 2));
  t.deepEqual(writes(real), ['ModifyCapacityReservation']);
  t.is(await units(), undefined);
});
