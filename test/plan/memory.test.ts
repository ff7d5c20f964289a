// From plan to plan, what nothing has changed of stays the very same object.
import test from 'ava';
import { timingProfiles } from '../../emulator/config.js';
import { createPlanMemory } from '../../emulator/plan/memory.js';
import { planDataplane, type PlanInput } from '../../emulator/plan/plan.js';
import { balancer, group, ipTarget, listenerArn, listenerRecord, readerOf, tgArn } from './support.js';

const other = { listener: `${listenerArn}0`, group: `${tgArn}0` };

const records = {
  loadBalancers: [balancer()],
  listeners: [listenerRecord(), listenerRecord({ ListenerArn: other.listener, Port: 81, DefaultActions: [{ Type: 'forward', TargetGroupArn: other.group }] })],
  targetGroups: [group(), group({ TargetGroupArn: other.group })],
  targets: [ipTarget(), ipTarget({ TargetGroupArn: other.group })],
};

const planner = () => {
  const memory = createPlanMemory();
  return (given: Parameters<typeof readerOf>[0], now = 1_000_000, instances: PlanInput['instances'] = new Map()) =>
    planDataplane({ partitions: [{ read: readerOf(given) }], instances, timing: timingProfiles.aws, now, memory }).plan;
};

test('the same records are planned as the same objects', (t) => {
  const plan = planner();
  const [before, after] = [plan(records), plan(records)];
  for (const [at, pool] of before.pools.entries()) t.is(after.pools[at], pool);
  for (const [at, listener] of before.listeners.entries()) t.is(after.listeners[at], listener);
});

test('a target more changes its pool alone', (t) => {
  const plan = planner();
  const before = plan(records);
  const after = plan({ ...records, targets: [...records.targets, ipTarget({ TargetGroupArn: other.group, Id: '10.42.1.8' })] });
  t.is(after.pools[0], before.pools[0]);
  t.is(after.pools[1]?.targets.length, 2);
  t.deepEqual(after.listeners, before.listeners);
  t.is(after.listeners[1], before.listeners[1]);
});

test('the load balancer changes its listeners, and the end of a drain its pool', (t) => {
  const plan = planner();
  const before = plan(records);
  const wide = plan({ ...records, loadBalancers: [balancer({ attributes: { 'load_balancing.cross_zone.enabled': 'true' } })] });
  t.deepEqual(wide.listeners.map(({ crossZone }) => crossZone), [true, true]);
  t.is(wide.pools[0], before.pools[0]);
  const drained = { ...records, targets: [ipTarget({ DeregisteredAt: 1_000_000 }), ...records.targets.slice(1)] };
  const [during, still, over] = [plan(drained), plan(drained, 1_000_001), plan(drained, 1_000_000 + 300_001)];
  t.is(still.pools[0], during.pools[0]);
  t.not(over.pools[0], during.pools[0]);
});
