// What a node's taints do to the pods on it, by the clock; and the taint of a cordoned node.
import test from 'ava';
import { manualClock } from '../../../emulator/clock.js';
import { silentLog } from '../../../emulator/log.js';
import { startEviction } from '../../../emulator/tinykube/controllers/eviction.js';
import type { Node } from '../../../emulator/tinykube/controllers/kinds.js';
import { staysFor } from '../../../emulator/tinykube/controllers/taints.js';
import { events, memoryApi } from '../cluster.js';

const unreachable = 'node.kubernetes.io/unreachable';

const open = (t: { teardown(fn: () => void): void }) => {
  const clock = manualClock();
  const api = memoryApi(clock);
  t.teardown(startEviction({ api, clock, log: silentLog }).stop);
  api.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  const pod = (name: string, spec: object = {}): void => void api.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { nodeName: 'n', terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'pause' }], ...spec } });
  const change = (spec: object): void => {
    const node = api.get('nodes', undefined, 'n') as Node;
    api.update('nodes', { ...node, spec: { ...node.spec, ...spec } });
  };
  const standing = (): string[] => api.list('pods').filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name);
  const pass = async (ms: number): Promise<void> => {
    await clock.advance(ms);
    for (let turn = 0; turn < 4; turn += 1) await clock.advance(0);
  };
  return { api, clock, pod, change, standing, pass };
};

test('pods leave an unreachable node after the 300 s that every pod tolerates, sooner or never if they say so', async (t) => {
  const { api, pod, change, standing, pass } = open(t);
  pod('plain');
  pod('hasty', { tolerations: [{ key: unreachable, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 20 }] });
  pod('staying', { tolerations: [{ operator: 'Exists' }] });
  await pass(0);
  change({ taints: [{ key: unreachable, effect: 'NoExecute' }, { key: unreachable, effect: 'NoSchedule' }] });
  await pass(19_000);
  t.deepEqual(standing(), ['hasty', 'plain', 'staying']);
  await pass(2_000);
  t.deepEqual(standing(), ['plain', 'staying']);
  await pass(278_000);
  t.deepEqual(standing(), ['plain', 'staying']);
  await pass(2_000);
  t.deepEqual(standing(), ['staying']);
  t.true(events(api, 'plain').includes('Normal TaintManagerEviction: Marking for deletion Pod default/plain'));
});

test('a node that comes back in time keeps its pods', async (t) => {
  const { pod, change, standing, pass } = open(t);
  pod('plain');
  change({ taints: [{ key: unreachable, effect: 'NoExecute' }] });
  await pass(200_000);
  change({ taints: [] });
  await pass(50_000);
  change({ taints: [{ key: unreachable, effect: 'NoExecute' }] });
  await pass(0);
  await pass(299_000);
  t.deepEqual(standing(), ['plain']);
  await pass(2_000);
  t.deepEqual(standing(), []);
});

test('a taint that a pod does not tolerate at all ends it at once, also one that comes later', async (t) => {
  const { pod, change, standing, pass } = open(t);
  pod('here');
  await pass(0);
  change({ taints: [{ key: 'maintenance', effect: 'NoExecute' }] });
  await pass(0);
  pod('late');
  await pass(0);
  t.deepEqual(standing(), []);
});

test('a cordoned node has a taint that says so, until it is uncordoned', async (t) => {
  const { api, change, pass } = open(t);
  const taints = () => (api.get('nodes', undefined, 'n') as Node).spec.taints?.filter(({ key }) => key.endsWith('unschedulable'));
  change({ unschedulable: true });
  await pass(0);
  t.like(taints(), [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]);
  change({ unschedulable: false });
  await pass(0);
  t.deepEqual(taints() ?? [], []);
});

test('the shortest toleration counts', (t) => {
  const taints = [{ key: 'a', effect: 'NoExecute' }, { key: 'b', effect: 'NoExecute' }];
  t.is(staysFor([{ operator: 'Exists', tolerationSeconds: 60 }, { key: 'b', operator: 'Exists', tolerationSeconds: 5 }], taints), 5000);
  t.is(staysFor([{ key: 'a', operator: 'Exists' }], taints), 0);
  t.is(staysFor([{ operator: 'Exists' }], taints), undefined);
});
