import test from 'ava';
import type { KubeObject } from '../../../emulator/tinykube/types.js';
import { builtinKinds } from '../../../emulator/tinykube/api/kinds.js';
import { duration } from '../../../emulator/tinykube/api/tables/columns.js';
import { printerOf } from '../../../emulator/tinykube/api/tables/others.js';

const now = Date.UTC(2026, 0, 2);
const cells = (key: string, object: object): unknown[] => {
  const kind = builtinKinds().find((each) => each.key === key);
  if (!kind) throw new Error(key);
  const metadata = { name: 'x', creationTimestamp: '2026-01-01T23:59:00Z', ...(object as { metadata?: object }).metadata };
  return printerOf(kind).cells({ ...object, metadata } as unknown as KubeObject, now);
};
const status = (pod: object): unknown => cells('pods', pod)[2];

test('ages as kubectl writes them', (t) => {
  const day = 86400;
  const known: [number, string][] = [[0, '0s'], [119, '119s'], [200, '3m20s'], [180, '3m'], [47 * 60, '47m'], [4.2 * 3600, '4h12m'], [30 * 3600, '30h'], [3 * day + 4 * 3600, '3d4h'], [300 * day, '300d'], [760 * day, '2y30d'], [9 * 365 * day, '9y'], [-5, '<invalid>']];
  for (const [seconds, text] of known) t.is(duration(seconds), text);
});

test('a Service shows ports, addresses and the whole host name', (t) => {
  const ports = [{ port: 80, nodePort: 30549, protocol: 'TCP' }, { port: 53, protocol: 'UDP' }];
  const base = { spec: { type: 'LoadBalancer', clusterIPs: ['172.20.0.5'], ports, selector: { b: '2', a: '1' } } };
  t.deepEqual(cells('services', { ...base, status: { loadBalancer: {} } }), ['x', 'LoadBalancer', '172.20.0.5', '<pending>', '80:30549/TCP,53/UDP', '60s', 'a=1,b=2']);
  const host = 'k8s-ui-uinlb-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com';
  t.is(cells('services', { ...base, status: { loadBalancer: { ingress: [{ hostname: host }] } } })[3], host);
  t.is(cells('services', { spec: { type: 'ExternalName', externalName: 'example.com' } })[3], 'example.com');
});

test('the status of a pod is that of its containers', (t) => {
  const spec = { containers: [{ name: 'c' }], initContainers: [{ name: 'i' }] };
  t.is(status({ spec, status: { phase: 'Pending' } }), 'Pending');
  t.is(status({ spec, status: { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { running: {} } }] } }), 'Init:0/1');
  t.is(status({ spec, status: { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { terminated: { exitCode: 1 } } }] } }), 'Init:ExitCode:1');
  t.is(status({ spec, status: { phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ErrImagePull' } } }] } }), 'ErrImagePull');
  t.is(status({ spec, status: { phase: 'Running', containerStatuses: [{ ready: true, state: { running: {} } }] } }), 'Running');
  t.is(status({ spec, status: { phase: 'Succeeded', containerStatuses: [{ state: { terminated: { reason: 'Completed' } } }] } }), 'Completed');
  t.is(status({ spec, metadata: { deletionTimestamp: 'x' }, status: { phase: 'Running' } }), 'Terminating');
});

test('readiness, restarts and gates of a pod', (t) => {
  const pod = {
    spec: { containers: [{ name: 'c' }], nodeName: 'n', readinessGates: [{ conditionType: 'target-health' }] },
    status: {
      phase: 'Running',
      podIP: '10.42.1.2',
      conditions: [{ type: 'target-health', status: 'True' }],
      containerStatuses: [{ ready: true, restartCount: 2, state: { running: {} }, lastState: { terminated: { finishedAt: '2026-01-01T23:59:30Z' } } }],
    },
  };
  t.deepEqual(cells('pods', pod), ['x', '1/1', 'Running', '2 (30s ago)', '60s', '10.42.1.2', 'n', '<none>', '1/1']);
});

test('autoscalers show what they aim at', (t) => {
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }, { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '100m' } } }];
  const scaler = (own: object[]): object => ({ spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 5, metrics: own } });
  t.deepEqual(cells('horizontalpodautoscalers.autoscaling', scaler(metrics)).slice(1, 3), ['Deployment/web', 'cpu: <unknown>/50%, <unknown>/100m']);
  t.is(cells('horizontalpodautoscalers.autoscaling', scaler([...metrics, ...metrics]))[2], 'cpu: <unknown>/50%, <unknown>/100m + 2 more...');
});

test('nodes, slices and deployments', (t) => {
  const node = { spec: { unschedulable: true }, status: { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1.33.5' }, addresses: [{ type: 'InternalIP', address: '10.42.0.10' }] } };
  t.deepEqual(cells('nodes', node).slice(1, 7), ['Ready,SchedulingDisabled', '<none>', '60s', 'v1.33.5', '10.42.0.10', '<none>']);
  const endpoints = ['a', 'b', 'c', 'd'].map((address) => ({ addresses: [address] }));
  t.deepEqual(cells('endpointslices.discovery.k8s.io', { addressType: 'IPv4', ports: [{ port: 8080 }], endpoints }), ['x', 'IPv4', '8080', 'a,b,c + 1 more...', '60s']);
  const deployment = { spec: { replicas: 3, selector: { matchLabels: { a: 'b' } }, template: { spec: { containers: [{ name: 'c', image: 'i' }] } } }, status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2 } };
  t.deepEqual(cells('deployments.apps', deployment), ['x', '2/3', 3, 2, '60s', 'c', 'i', 'a=b']);
});
