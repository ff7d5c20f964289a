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
  if (!real.api.get('namespaces', undefined, 'ui')) real.api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ui' } });
  const endpoints = Object.entries(pods).map(([name, address]) => ({ addresses: [address], conditions: { ready: true }, targetRef: { kind: 'Pod', namespace: 'ui', name } }));
  for (const [name] of Object.entries(pods)) {
    if (!real.api.get('pods', 'ui', name)) real.api.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'ui', name }, spec: { containers: [{ name: 'ui', image: 'ui' }] } });
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
  t.deepEqual(writes(real), ['DeleteLoadBalancer', 'DeregisterTargets', 'DeleteTargetGroup', 'DeleteSecurityGroup', 'DeleteSecurityGroup']);
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
// These name subnets of the fake cloud.
const elsewhere = ['subnets-and-eips', 'private-addresses'];

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
