// Walks a controller through the life of a Service and lets something happen at the n-th AWS call, for every n.
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../emulator/clock.js';
import { ipService, prefix } from './harness.js';
import { openReal, type Tap } from './real.js';

export type Real = Awaited<ReturnType<typeof openReal>>;
/** What is there in the end, free of ids. */
type End = { scheme: string[]; groups: string[]; targets: string[]; listeners: string[]; securityGroups: number; rules: number; bindings: number; hostname: boolean; service: boolean };
type Scenario = { title: string; from?: { pods: string[] }; act(real: Real): void; end: End };

export const bindings = 'targetgroupbindings.elbv2.k8s.aws';
const node = 'i-0123456789abcdef0';
const nothing: End = { scheme: [], groups: [], targets: [], listeners: [], securityGroups: 0, rules: 0, bindings: 0, hostname: false, service: false };
const served = (scheme: string, groups: string[], targets: string[], listeners = ['80']): End => ({ scheme: [scheme], groups, targets, listeners, securityGroups: 2, rules: 1, bindings: groups.length, hostname: true, service: true });

const setPods = ({ api }: Real, addresses: string[]): void => {
  for (const address of addresses) {
    const name = `p-${address.replaceAll('.', '-')}`;
    if (!api.get('pods', 'ui', name)) api.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'ui', name }, spec: { nodeName: 'n1', containers: [{ name: 'ui', image: 'ui' }] } });
  }
  const endpoints = addresses.map((address) => ({ addresses: [address], conditions: { ready: true }, targetRef: { kind: 'Pod', namespace: 'ui', name: `p-${address.replaceAll('.', '-')}` } }));
  const old = api.get('endpointslices.discovery.k8s.io', 'ui', 'ui-1');
  const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { namespace: 'ui', name: 'ui-1', labels: { 'kubernetes.io/service-name': 'ui-nlb' } }, addressType: 'IPv4', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }], endpoints };
  if (old) api.update('endpointslices.discovery.k8s.io', { ...structuredClone(old), endpoints });
  else api.create('endpointslices.discovery.k8s.io', slice);
};

const change = ({ api }: Real, annotations: Record<string, string>, ports?: object[]): void => {
  const service = structuredClone(api.get('services', 'ui', 'ui-nlb'))!;
  service.metadata.annotations = { ...service.metadata.annotations, ...Object.fromEntries(Object.entries(annotations).map(([name, value]) => [prefix + name, value])) };
  if (ports) (service['spec'] as { ports: object[] }).ports = ports;
  api.update('services', service);
};

const create = ({ api }: Real): void => void api.create('services', ipService());

const settled = { pods: ['10.42.96.5'] };
const scenarios: Scenario[] = [
  { title: 'create', act: (real) => (setPods(real, ['10.42.96.5']), create(real)), end: served('internet-facing', ['ip'], ['10.42.96.5:8080']) },
  { title: 'switch from ip to instance', from: settled, act: (real) => change(real, { 'aws-load-balancer-nlb-target-type': 'instance' }), end: served('internet-facing', ['instance'], [`${node}:30080`]) },
  { title: 'scale', from: settled, act: (real) => setPods(real, ['10.42.96.6', '10.42.96.7']), end: served('internet-facing', ['ip'], ['10.42.96.6:8080', '10.42.96.7:8080']) },
  { title: 'change of scheme', from: settled, act: (real) => change(real, { 'aws-load-balancer-scheme': 'internal' }), end: served('internal', ['ip'], ['10.42.96.5:8080']) },
  { title: 'another port', from: settled, act: (real) => change(real, {}, [{ name: 'http', port: 81, targetPort: 8080, nodePort: 30080, protocol: 'TCP' }]), end: served('internet-facing', ['ip'], ['10.42.96.5:8080'], ['81']) },
  { title: 'delete', from: settled, act: ({ api }) => void api.delete('services', 'ui', 'ui-nlb'), end: nothing },
];

/** AWS and the cluster as they are now. */
const look = async ({ elbv2, ec2, api }: Real): Promise<End> => {
  const { LoadBalancers = [] } = await elbv2.DescribeLoadBalancers({});
  const { TargetGroups = [] } = await elbv2.DescribeTargetGroups({});
  const { SecurityGroups } = await ec2.DescribeSecurityGroups({ Filters: [{ Name: 'tag:elbv2.k8s.aws/cluster', Values: ['my-cluster'] }] });
  const { SecurityGroups: nodeGroups } = await ec2.DescribeSecurityGroups({ Filters: [{ Name: 'tag:kubernetes.io/cluster/my-cluster', Values: ['owned'] }] });
  const health = await Promise.all(TargetGroups.map(({ TargetGroupArn }) => elbv2.DescribeTargetHealth({ TargetGroupArn })));
  const listeners = await Promise.all(LoadBalancers.map(({ LoadBalancerArn }) => elbv2.DescribeListeners({ LoadBalancerArn })));
  const status = api.get('services', 'ui', 'ui-nlb')?.['status'] as { loadBalancer?: { ingress?: { hostname: string }[] } } | undefined;
  const forwarded = listeners.flatMap(({ Listeners = [] }) => Listeners.map(({ Port, DefaultActions }) => ({ port: String(Port), to: DefaultActions?.[0]?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn })));
  return {
    scheme: LoadBalancers.map(({ Scheme }) => Scheme ?? ''),
    groups: TargetGroups.map(({ TargetType }) => TargetType ?? ''),
    targets: health.flatMap(({ TargetHealthDescriptions = [] }) => TargetHealthDescriptions).filter(({ TargetHealth }) => TargetHealth?.State !== 'draining').map(({ Target }) => `${Target?.Id}:${Target?.Port}`).sort(),
    listeners: forwarded.filter(({ to }) => TargetGroups.some(({ TargetGroupArn }) => TargetGroupArn === to)).map(({ port }) => port),
    securityGroups: SecurityGroups.length,
    // One range of ports lets the cluster's shared group in, besides the rule that nodes have for each other.
    rules: nodeGroups.flatMap(({ IpPermissions }) => IpPermissions).filter(({ IpProtocol }) => IpProtocol === 'tcp').length,
    bindings: api.list(bindings, 'ui').length,
    hostname: LoadBalancers.length > 0 && status?.loadBalancer?.ingress?.[0]?.hostname === LoadBalancers[0]?.DNSName?.toLowerCase(),
    service: api.get('services', 'ui', 'ui-nlb') !== undefined,
  };
};

const reach = async (t: ExecutionContext, real: Real, end: End, what: string): Promise<void> => {
  const limit = systemClock.now() + 20_000;
  // A look costs a dozen calls: only when something has happened since the last. A call counts when it has had its effect.
  const news = (): string => [real.answers(), real.api.get('services', 'ui', 'ui-nlb')?.metadata.resourceVersion, ...real.api.list(bindings, 'ui').map(({ metadata }) => metadata.resourceVersion)].join();
  let seen = '';
  for (let now = nothing; ; ) {
    if (news() !== seen) {
      seen = news();
      now = await look(real);
      if (isDeepStrictEqual(now, end)) return;
      continue;
    }
    if (systemClock.now() > limit) {
      t.deepEqual(now, end, what);
      throw new Error(what);
    }
    await systemClock.sleep(5);
  }
};

/** Back to an empty cluster and account; proves that nothing leaked. */
const cleanUp = async (t: ExecutionContext, real: Real, what: string): Promise<void> => {
  real.api.delete('services', 'ui', 'ui-nlb');
  await reach(t, real, nothing, `${what}: everything is deleted`);
};

const open = async (t: ExecutionContext): Promise<Real> => {
  const wait = { every: 20, limit: 2_000 };
  const real = await openReal(t, { waits: { deleteTargetGroup: wait, deleteSecurityGroup: wait, deleteBackendSecurityGroup: wait, networkingRequeue: 20 } });
  real.api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ui' } });
  real.api.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, spec: { providerID: `aws:///us-west-2a/${node}` } });
  real.api.update('nodes', { ...structuredClone(real.api.get('nodes', undefined, 'n1'))!, status: { conditions: [{ type: 'Ready', status: 'True' }] } }, 'status' as never);
  return real;
};

/** Something that happens at the n-th call; says when it has. */
export type Mishap = { name: string; tap(real: Real, n: number, happened: () => void): Tap; restarts?: boolean; every?: number };

const start = async (t: ExecutionContext, real: Real, { from }: Scenario, what: string): Promise<void> => {
  if (!from) return;
  setPods(real, from.pods);
  create(real);
  await reach(t, real, served('internet-facing', ['ip'], ['10.42.96.5:8080']), `${what}: the start`);
};

/** One run; false when the scenario was over before the n-th call. */
const run = async (t: ExecutionContext, real: Real, scenario: Scenario, mishap: Mishap, n: number): Promise<boolean> => {
  const what = `${scenario.title}, ${mishap.name} at call ${n}`;
  await start(t, real, scenario, what);
  let happened = (): void => {};
  const moment = new Promise<boolean>((resolve) => (happened = () => resolve(true)));
  await real.restart(mishap.tap(real, n, happened));
  scenario.act(real);
  const end = reach(t, real, scenario.end, what);
  const did = await Promise.race([moment, end.then(() => false)]);
  if (mishap.restarts) await real.restart();
  await end;
  real.cable.plug();
  if (scenario.end !== nothing) await cleanUp(t, real, what);
  return did;
};

/** A test for each scenario. */
export const walk = (mishap: Mishap): void => {
  for (const scenario of scenarios) {
    test.serial(`${scenario.title}: ${mishap.name}`, async (t) => {
      const real = await open(t);
      let n = 0;
      do n += mishap.every ?? 1;
      while (await run(t, real, scenario, mishap, n));
      t.true(n > 1, 'it happened at least once');
    });
  }
};
