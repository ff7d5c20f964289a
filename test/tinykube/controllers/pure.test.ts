// The parts that only decide: rollout arithmetic, order of deletion, placement, selectors, names.
import test from 'ava';
import { nextStep } from '../../../emulator/tinykube/controllers/daemonset-rollout.js';
import { safeHash } from '../../../emulator/tinykube/controllers/hash.js';
import type { DaemonSet, Deployment, Node, Pod, ReplicaSet } from '../../../emulator/tinykube/controllers/kinds.js';
import { createOccupancy, unused } from '../../../emulator/tinykube/controllers/occupancy.js';
import { place, type Neighbours } from '../../../emulator/tinykube/controllers/placement.js';
import { demandOf, quantity } from '../../../emulator/tinykube/controllers/quantities.js';
import { deletionOrder } from '../../../emulator/tinykube/controllers/replicaset.js';
import { limitsOf, newSize, oldSizes, proportionalSizes } from '../../../emulator/tinykube/controllers/rollout.js';
import { selectorMatches } from '../../../emulator/tinykube/controllers/selectors.js';
import { freeAddress, project, unproject } from '../../../emulator/tinykube/kubelet/addresses.js';
import { sleepSeconds } from '../../../emulator/tinykube/kubelet/hooks.js';
import { cannotRun, builtInImages, shortName } from '../../../emulator/tinykube/images/table.js';

const deploymentOf = (replicas: number, maxSurge: number | string, maxUnavailable: number | string): Deployment =>
  ({ metadata: { name: 'd' }, spec: { replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } } }) as unknown as Deployment;

const setOf = (name: string, replicas: number, availableReplicas = replicas): ReplicaSet =>
  ({ metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { replicas }, status: { availableReplicas } }) as unknown as ReplicaSet;

test('surge is rounded up, unavailability down, and never both are nothing', (t) => {
  t.deepEqual(limitsOf(deploymentOf(3, '25%', '25%')), { maxSurge: 1, maxUnavailable: 0 });
  t.deepEqual(limitsOf(deploymentOf(10, '25%', '25%')), { maxSurge: 3, maxUnavailable: 2 });
  t.deepEqual(limitsOf(deploymentOf(3, 0, '1%')), { maxSurge: 0, maxUnavailable: 1 });
});

const daemon = (name: string, ready = true, leaving = false): Pod =>
  ({ metadata: { name, ...(leaving && { deletionTimestamp: '2026-01-01T00:00:00Z' }) }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } }) as unknown as Pod;

/** Pods are called `revision-node`. */
const daemonStep = (rollingUpdate: object, ...pods: Pod[]): [gone: string[], second: readonly string[]] => {
  const set = { spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate } } } as unknown as DaemonSet;
  const part = (pod: Pod, index: number): string => pod.metadata.name.split('-')[index] ?? '';
  const { gone, second } = nextStep(set, ['a', 'b', 'c', 'd'], pods, { node: (pod) => part(pod, 1), isFresh: (pod) => part(pod, 0) === 'new' });
  return [gone.map(({ metadata }) => metadata.name), second];
};

test('a DaemonSet replaces as many pods as may be away, broken ones before all', (t) => {
  const old = ['old-a', 'old-b', 'old-c', 'old-d'].map((name) => daemon(name));
  t.deepEqual(daemonStep({ maxUnavailable: 1 }, ...old), [['old-a'], []]);
  t.deepEqual(daemonStep({ maxUnavailable: '30%' }, ...old), [['old-a', 'old-b'], []]);
  t.deepEqual(daemonStep({ maxUnavailable: 2 }, daemon('new-a', false), ...old.slice(1)), [['old-b'], []]);
  t.deepEqual(daemonStep({ maxUnavailable: 1 }, daemon('new-a', false), ...old.slice(1)), [[], []]);
  t.deepEqual(daemonStep({ maxUnavailable: 1 }, daemon('old-a', false), ...old.slice(1)), [['old-a'], []]);
  t.deepEqual(daemonStep({ maxUnavailable: 1 }, daemon('old-a', true, true), ...old.slice(1)), [['old-a'], []], 'it goes already');
});

test('a DaemonSet with a surge makes the new pod before the old one goes', (t) => {
  const surge = { maxSurge: 1, maxUnavailable: 0 };
  const old = ['old-a', 'old-b', 'old-c', 'old-d'].map((name) => daemon(name));
  t.deepEqual(daemonStep(surge, ...old), [[], ['a']]);
  t.deepEqual(daemonStep(surge, daemon('new-a', false), ...old), [[], []]);
  t.deepEqual(daemonStep(surge, daemon('new-a'), ...old), [['old-a'], ['b']]);
  t.deepEqual(daemonStep(surge, daemon('new-a', false), daemon('old-a'), daemon('old-b', false), daemon('old-c'), daemon('old-d')), [[], ['b']]);
});

test('a rollout adds within the surge and takes away what availability allows', (t) => {
  const rolling = deploymentOf(10, 3, 2);
  t.is(newSize(rolling, [setOf('old', 10)], undefined), 3);
  t.is(newSize(rolling, [setOf('old', 10), setOf('new', 3)], setOf('new', 3)), 3);
  t.deepEqual(oldSizes(rolling, setOf('new', 3, 0), [setOf('old', 10)]), new Map([['old', 8]]));
  t.deepEqual(oldSizes(rolling, setOf('new', 3), [setOf('old', 10)]), new Map([['old', 5]]));
  // Pods that never became available are given up first.
  t.deepEqual(oldSizes(rolling, setOf('new', 3, 0), [setOf('old', 10, 6)]), new Map([['old', 8]]));
});

test('scaling in the middle of a rollout is shared out in proportion', (t) => {
  t.deepEqual(proportionalSizes(deploymentOf(15, 3, 2), [setOf('old', 8), setOf('new', 5)]), new Map([['old', 11], ['new', 7]]));
  t.deepEqual(proportionalSizes(deploymentOf(0, 0, 1), [setOf('old', 8), setOf('new', 5)]), new Map([['old', 0], ['new', 0]]));
});

const podOf = (name: string, options: { node?: string; ready?: boolean; created?: string; owner?: string; requests?: Record<string, string> } = {}): Pod =>
  ({
    metadata: { name, uid: name, creationTimestamp: options.created ?? '2026-01-01T00:00:00Z', ...(options.owner && { ownerReferences: [{ uid: options.owner, controller: true }] }) },
    spec: { nodeName: options.node, containers: [{ name: 'c', image: 'i', resources: { requests: options.requests ?? {} } }] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: options.ready === false ? 'False' : 'True' }] },
  }) as unknown as Pod;

test('pods to give up: without a node, not ready, doubled up, newest', (t) => {
  const pods = [
    podOf('old', { node: 'a' }),
    podOf('new', { node: 'b', created: '2026-01-02T00:00:00Z' }),
    podOf('twin', { node: 'a' }),
    podOf('unready', { node: 'c', ready: false }),
    podOf('homeless'),
  ];
  t.deepEqual(deletionOrder(pods).map(({ metadata }) => metadata.name), ['homeless', 'unready', 'twin', 'old', 'new']);
});

const nodeOf = (name: string, zone: string, spec: object = {}): Node =>
  ({ metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } }, spec, status: { allocatable: { cpu: '2', memory: '4Gi', pods: '29' }, conditions: [{ type: 'Ready', status: 'True' }] } }) as unknown as Node;

const among = (pods: Pod[], owner = 'o'): Neighbours => {
  const occupancy = createOccupancy();
  for (const object of pods) occupancy.seen({ type: 'ADDED', object });
  return { usageOf: occupancy.of, siblings: pods.filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === owner) };
};

test('a node holds what its pods ask for until they are over or gone', (t) => {
  const occupancy = createOccupancy();
  const pod = podOf('p', { node: 'a', requests: { cpu: '500m', memory: '1Gi' } });
  const full = { pods: 1, cpu: 0.5, memory: 2 ** 30 };
  occupancy.seen({ type: 'ADDED', object: podOf('p') });
  t.deepEqual(occupancy.of('a'), unused);
  for (const type of ['MODIFIED', 'MODIFIED'] as const) occupancy.seen({ type, object: pod });
  t.deepEqual(occupancy.of('a'), full);
  occupancy.seen({ type: 'MODIFIED', object: { ...pod, status: { phase: 'Succeeded' } } });
  t.deepEqual(occupancy.of('a'), unused);
  occupancy.seen({ type: 'ADDED', object: { ...pod, metadata: { ...pod.metadata, uid: 'another' } } });
  t.deepEqual(occupancy.of('a'), full);
  occupancy.seen({ type: 'DELETED', object: { ...pod, metadata: { ...pod.metadata, uid: 'another' } } });
  t.deepEqual(occupancy.of('a'), unused);
});

test('pods of one owner are spread over zones first, then nodes, then by load', (t) => {
  const nodes = [nodeOf('a1', 'a'), nodeOf('a2', 'a'), nodeOf('b1', 'b')];
  t.deepEqual(place(podOf('p', { owner: 'o' }), nodes, among([podOf('x', { node: 'a1', owner: 'o' })])), { node: 'b1' });
  t.deepEqual(place(podOf('p', { owner: 'o' }), nodes, among([podOf('x', { node: 'a1', owner: 'o' }), podOf('y', { node: 'b1', owner: 'o' })])), { node: 'a2' });
  t.deepEqual(place(podOf('p', { owner: 'o' }), nodes, among([podOf('x', { node: 'a1', owner: 'other' })])), { node: 'a2' });
});

test('a pod that fits nowhere is told every reason', (t) => {
  const nodes = [nodeOf('a', 'a', { unschedulable: true }), nodeOf('b', 'b', { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] }), nodeOf('c', 'c')];
  const large = podOf('p', { requests: { memory: '5Gi' } });
  t.deepEqual(place(large, nodes, among([])), { problem: '0/3 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint {k: v}, 1 node(s) were unschedulable.' });
  t.deepEqual(place(large, [], among([])), { problem: 'no nodes available to schedule pods' });
});

test('quantities as numbers', (t) => {
  t.is(quantity('250m'), 0.25);
  t.is(quantity('1.5Gi'), 1.5 * 2 ** 30);
  t.is(quantity('nonsense'), 0);
  t.deepEqual(demandOf({ containers: [{ name: 'c', image: 'i', resources: { limits: { memory: '1k' } } }] }), { cpu: 0, memory: 1000 });
});

test('selectors', (t) => {
  t.true(selectorMatches({ matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'NotIn', values: ['2'] }] }, { a: '1' }));
  t.false(selectorMatches({ matchExpressions: [{ key: 'b', operator: 'Exists' }] }, { a: '1' }));
  t.false(selectorMatches({}, { a: '1' }));
});

test('names: hashes are stable whatever the order of keys; images go by the last part', (t) => {
  t.is(safeHash({ a: 1, b: [2] }), safeHash({ b: [2], a: 1 }));
  t.not(safeHash({ a: 1 }), safeHash({ a: 2 }));
  t.is(shortName('localhost:5000/x/redis:6.0-alpine@sha256:00'), 'redis');
  t.regex(cannotRun(builtInImages, 'nginx'), /"nginx".*retail-store-sample-ui.*kind/);
});

test('addresses: projected and back, free ones in the subnet', (t) => {
  t.is(project(142, '10.42.96.7'), '127.142.96.7');
  t.is(unproject(142, '127.142.96.7'), '10.42.96.7');
  t.is(unproject(142, '127.0.0.1'), '127.0.0.1');
  const first = freeAddress({ thirdOctet: 96 }, 'default/ui', () => false) ?? '';
  t.is(freeAddress({ thirdOctet: 96 }, 'default/ui', () => false), first);
  t.not(freeAddress({ thirdOctet: 96 }, 'default/ui', (address) => address === first), first);
  const third = Number(first.split('.')[2]);
  t.true(third >= 96 && third < 128);
  t.is(freeAddress({ thirdOctet: 96 }, 'default/ui', () => true), undefined);
});

test('preStop hooks that only sleep are understood', (t) => {
  t.is(sleepSeconds({ sleep: { seconds: 3 } }), 3);
  t.is(sleepSeconds({ exec: { command: ['/bin/sh', '-c', 'sleep 15'] } }), 15);
  t.is(sleepSeconds({ exec: { command: ['sleep', '5'] } }), 5);
  t.is(sleepSeconds({ exec: { command: ['nginx', '-s', 'quit'] } }), undefined);
});
