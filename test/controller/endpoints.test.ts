// Which targets a binding gets: section 6.2 and 6.3 of the behavioural reference, as tables.
import test from 'ava';
import { checkpointOf } from '../../emulator/controller/checkpoint.js';
import { BackendNotFound, instanceEndpoints, ipEndpoints } from '../../emulator/controller/endpoints.js';
import { serverIdOf } from '../../emulator/controller/quic.js';
import { matchesSelector } from '../../emulator/controller/selector.js';
import type { Condition, Endpoint, EndpointSlice, Node, Pod, Service, TargetGroupBinding } from '../../emulator/kube/types.js';

const meta = (name: string, namespace = 'ui') => ({ name, namespace, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' });
const binding = (spec: Partial<TargetGroupBinding['spec']> = {}): TargetGroupBinding => ({ metadata: meta('b'), spec: { targetType: 'ip', serviceRef: { name: 'ui', port: 80 }, ...spec } });
const service = (spec: Partial<Service['spec']> = {}): Service => ({ metadata: meta('ui'), spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30080 }], ...spec } });
const ready = (status: Condition['status'], type = 'Ready'): { conditions: Condition[] } => ({ conditions: [{ type, status }] });

type NodeWish = { ready?: Condition['status']; labels?: Record<string, string>; taint?: [string, string]; provider?: string; cordoned?: boolean };
const node = (name: string, wish: NodeWish = {}): Node => ({
  metadata: { ...meta(name), labels: wish.labels ?? {} },
  spec: {
    providerID: wish.provider ?? `aws:///us-west-2a/i-${name}`,
    ...(wish.cordoned ? { unschedulable: true } : {}),
    ...(wish.taint ? { taints: [{ key: wish.taint[0], effect: wish.taint[1] }] } : {}),
  },
  status: ready(wish.ready ?? 'True'),
});

const nodeTable: [title: string, wish: NodeWish, chosen: boolean][] = [
  ['ready', {}, true],
  ['not ready', { ready: 'False' }, false],
  ['cordoned', { cordoned: true }, true],
  ['control plane', { labels: { 'node-role.kubernetes.io/control-plane': '' } }, true],
  ['master', { labels: { 'node-role.kubernetes.io/master': '' } }, false],
  ['excluded', { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': 'true' } }, false],
  ['fargate', { labels: { 'eks.amazonaws.com/compute-type': 'fargate' } }, false],
  ['scaled down', { taint: ['ToBeDeletedByClusterAutoscaler', 'NoSchedule'] }, false],
  ['disrupted', { taint: ['karpenter.sh/disrupted', 'NoSchedule'] }, false],
  ['other taint', { taint: ['karpenter.sh/disrupted', 'NoExecute'] }, true],
];
for (const [title, wish, chosen] of nodeTable) {
  test(`node: ${title}`, (t) => {
    const { endpoints } = instanceEndpoints(binding({ targetType: 'instance' }), service(), [node('a', wish), node('b')], true);
    t.deepEqual(endpoints.map(({ id, port }) => `${id}:${port}`), [...(chosen ? ['i-a:30080'] : []), 'i-b:30080']);
  });
}

test('with no ready node, those of unknown state; not without fail-open', (t) => {
  const nodes = [node('a', { ready: 'Unknown' }), node('b', { ready: 'False' })];
  const at = (failOpen: boolean) => instanceEndpoints(binding({ targetType: 'instance' }), service(), nodes, failOpen).endpoints.map(({ id }) => id);
  t.deepEqual([at(true), at(false)], [['i-a'], []]);
});

test('what an instance target refuses', (t) => {
  const instance = binding({ targetType: 'instance' });
  t.throws(() => instanceEndpoints(instance, service({ type: 'ClusterIP' }), [], true), { message: "service type must be either 'NodePort' or 'LoadBalancer': ui/ui" });
  t.throws(() => instanceEndpoints(instance, service(), [node('a', { provider: 'kind://docker/kind/a' })], true), { message: 'providerID kind://docker/kind/a is invalid for EC2 instances, node: a' });
  t.throws(() => instanceEndpoints(instance, undefined, [], true), { instanceOf: BackendNotFound, message: 'backend not found: Service "ui" not found' });
  t.throws(() => instanceEndpoints(binding({ targetType: 'instance', serviceRef: { name: 'ui', port: 81 } }), service(), [], true), { message: 'backend not found: unable to find port 81 on service ui/ui' });
});

test('a selector of nodes', (t) => {
  t.true(matchesSelector(undefined, {}));
  t.true(matchesSelector({ matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'NotIn', values: ['x'] }, { key: 'a', operator: 'Exists' }] }, { a: '1' }));
  t.false(matchesSelector({ matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '2'] }] }, { a: '3' }));
  t.false(matchesSelector({ matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] }, { a: '3' }));
});

const pod = (name: string, containersReady?: Condition['status']): Pod => ({ metadata: meta(name), spec: { nodeName: 'n' }, status: containersReady ? ready(containersReady, 'ContainersReady') : {} });
const endpoint = (name: string, address: string, conditions: Endpoint['conditions'] = {}): Endpoint => ({ addresses: [address], conditions, targetRef: { kind: 'Pod', namespace: 'ui', name }, nodeName: 'n' });
const slice = (endpoints: Endpoint[] | null, extra: Partial<EndpointSlice> = {}): EndpointSlice => ({ metadata: meta('s'), addressType: 'IPv4', ports: [{ name: 'http', port: 8080 }], endpoints, ...extra });

type PodWish = { conditions?: Endpoint['conditions']; containers?: Condition['status']; node?: Condition['status'] };
const podTable: [title: string, wish: PodWish, alone: string[]][] = [
  ['ready', { conditions: { ready: true } }, ['10.0.0.1:8080']],
  ['ready not said', {}, ['10.0.0.1:8080']],
  ['ready and terminating', { conditions: { ready: true, terminating: true } }, ['10.0.0.1:8080']],
  ['not ready', { conditions: { ready: false } }, []],
  ['waiting for its gate', { conditions: { ready: false }, containers: 'True', node: 'True' }, ['10.0.0.1:8080']],
  ['waiting for its gate and terminating', { conditions: { ready: false, terminating: true }, containers: 'True', node: 'True' }, []],
  ['on a node of unknown state, and alone', { conditions: { ready: false }, containers: 'True', node: 'Unknown' }, ['10.0.0.1:8080']],
  ['on a dead node', { conditions: { ready: false }, containers: 'True', node: 'False' }, []],
];
const resolve = (slices: EndpointSlice[], pods: Pod[], nodes: Node[] = [], spec = {}) => {
  const lookups = { pod: (_: string, name: string) => pods.find(({ metadata }) => metadata.name === name), node: (name: string) => nodes.find(({ metadata }) => metadata.name === name) };
  return ipEndpoints(binding(spec), service(), slices, { ...lookups, serverId: (pod) => serverIdOf(pod, 'ID') }, true);
};
for (const [title, wish, alone] of podTable) {
  test(`pod: ${title}`, (t) => {
    const nodes = wish.node ? [node('n', { ready: wish.node })] : [];
    const { endpoints } = resolve([slice([endpoint('p', '10.0.0.1', wish.conditions)])], [pod('p', wish.containers)], nodes);
    t.deepEqual(endpoints.map(({ id, port }) => `${id}:${port}`), alone);
  });
}

test('only slices of the family, the port\'s name, pods that are known; each once', (t) => {
  const slices = [
    slice([endpoint('p', '10.0.0.1'), { addresses: ['10.0.0.9'] }, endpoint('unseen', '10.0.0.2')], { ports: [{ name: 'http', port: 8080 }, { name: 'admin', port: 9090 }] }),
    slice([endpoint('p', '10.0.0.1')]),
    slice([endpoint('p', 'fd00::1')], { addressType: 'IPv6' }),
    slice(null),
  ];
  const { endpoints, unseenPods } = resolve(slices, [pod('p')]);
  t.deepEqual(endpoints.map(({ id, port }) => `${id}:${port}`), ['10.0.0.1:8080']);
  t.deepEqual(unseenPods, ['ui/unseen']);
  t.deepEqual(resolve(slices, [pod('p')], [], { ipAddressType: 'ipv6' }).endpoints.map(({ id }) => id), ['fd00::1']);
});

test('the checkpoint knows a new pod of an old address and a changed spec, and no order', (t) => {
  const [one, two] = [{ id: 'a', port: 1, identity: 'a:1:0' }, { id: 'b', port: 1, identity: 'b:1:0' }];
  const mark = checkpointOf([one, two], binding());
  t.regex(mark, /^[\w-]{43}\/[\w-]{43}$/);
  t.is(checkpointOf([two, one], binding()), mark);
  t.not(checkpointOf([{ ...one, identity: 'a:1:1' }, two], binding()), mark);
  t.not(checkpointOf([one, two], binding({ vpcID: 'vpc-2' })), mark);
});

test('a QUIC group takes the pods that have a server id, which is part of what a target is', (t) => {
  const asking: Pod = {
    ...pod('with'),
    metadata: { ...meta('with'), annotations: { 'service.beta.kubernetes.io/aws-load-balancer-quic-enabled-containers': 'app' } },
    spec: { nodeName: 'n', containers: [{ name: 'app', env: [{ name: 'ID', value: Buffer.alloc(8, 1).toString('base64') }] }] },
  };
  const slices = [slice([endpoint('with', '10.0.0.1'), endpoint('without', '10.0.0.2')])];
  const { endpoints } = resolve(slices, [asking, pod('without')], [], { targetGroupProtocol: 'QUIC' });
  t.like(endpoints, [{ id: '10.0.0.1', quicServerId: '0x0101010101010101' }]);
  t.is(endpoints.length, 1);
  t.regex(endpoints[0]?.identity ?? '', /^10\.0\.0\.1:8080:0x0101010101010101:\d+$/);
  t.deepEqual(resolve(slices, [asking, pod('without')], [], { targetGroupProtocol: 'UDP' }).endpoints.map(({ quicServerId }) => quicServerId), [undefined, undefined]);
});
