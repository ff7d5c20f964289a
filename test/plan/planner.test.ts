// From plan to plan: what nothing has changed of stays the very same object, and the plan is what a fresh planner would make.
import { createHash } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../../emulator/clock.js';
import { timingProfiles } from '../../emulator/config.js';
import { silentLog } from '../../emulator/log.js';
import { patch } from '../../emulator/dataplane/apply.js';
import type { DataplanePlan, Listener, Pool } from '../../emulator/dataplane/types.js';
import type { Surroundings } from '../../emulator/plan/plan.js';
import { createPlanner, type PlanOutput } from '../../emulator/plan/planner.js';
import { createMemoryStore } from '../../emulator/state/store.js';
import type { Transaction } from '../../emulator/state/types.js';
import { balancer, group, ipTarget, lbArn, listenerArn, listenerRecord, tgArn } from './support.js';

type Options = { now?: number; instances?: Surroundings['instances'] };

const none: Surroundings['instances'] = new Map();

const planning = async (t: ExecutionContext) => {
  const store = await createMemoryStore({ clock: systemClock, log: silentLog });
  t.teardown(store.close);
  const planner = createPlanner();
  store.subscribe(planner.note);
  const { update } = store.partition('000000000000', 'us-west-2');
  const by = (made: typeof planner, { now = 1_000_000, instances = none }: Options): PlanOutput =>
    made.plan(store.partitions(), { instances, timing: timingProfiles.aws, now });
  const fresh = (options: Options = {}): DataplanePlan => by(createPlanner(), options).plan;
  return { update, plan: (options: Options = {}) => by(planner, options), fresh };
};

const other = { listener: `${listenerArn}0`, group: `${tgArn}0` };

const putTarget = (tx: Transaction, target = ipTarget()): void => tx.put('targets', `${target.TargetGroupArn}|${target.Id}|${target.Port}`, target);

const putTwo = (tx: Transaction): void => {
  tx.put('loadBalancers', lbArn, balancer());
  tx.put('listeners', listenerArn, listenerRecord());
  tx.put('listeners', other.listener, listenerRecord({ ListenerArn: other.listener, Port: 81, DefaultActions: [{ Type: 'forward', TargetGroupArn: other.group }] }));
  tx.put('targetGroups', tgArn, group());
  tx.put('targetGroups', other.group, group({ TargetGroupArn: other.group }));
  putTarget(tx);
  putTarget(tx, ipTarget({ TargetGroupArn: other.group }));
};

test('a target more changes its pool alone', async (t) => {
  const { update, plan } = await planning(t);
  await update(putTwo);
  const { plan: before } = plan();
  await update((tx) => putTarget(tx, ipTarget({ TargetGroupArn: other.group, Id: '10.42.1.8' })));
  const { plan: after } = plan();
  t.is(after.pools[0], before.pools[0]);
  t.is(after.pools[1]?.targets.length, 2);
  t.deepEqual(after.listeners.map((one, at) => one === before.listeners[at]), [true, true]);
});

test('the load balancer changes its listeners, a node its targets, and the end of a drain its pool', async (t) => {
  const { update, plan } = await planning(t);
  await update(putTwo);
  const { plan: before } = plan();
  await update((tx) => tx.put('loadBalancers', lbArn, balancer({ attributes: { 'load_balancing.cross_zone.enabled': 'true' } })));
  const { plan: wide } = plan();
  t.deepEqual(wide.listeners.map(({ crossZone }) => crossZone), [true, true]);
  t.is(wide.pools[0], before.pools[0]);
  await update((tx) => putTarget(tx, ipTarget({ DeregisteredAt: 1_000_000 })));
  const [during, still, over] = [plan(), plan({ now: 1_000_001 }), plan({ now: 1_000_000 + 300_001 })];
  t.deepEqual([during.nextChange, over.nextChange], [1_300_000, undefined]);
  t.is(still.plan.pools[0], during.plan.pools[0]);
  t.is(over.plan.pools[0]?.targets.length, 0);
  await update((tx) => tx.put('targetGroups', tgArn, group({ TargetType: 'instance' })));
  await update((tx) => putTarget(tx, ipTarget({ Id: 'i-0aaa' })));
  t.is(plan().plan.pools[0]?.targets.length, 0);
  const instances = new Map([['i-0aaa', { PrivateIpAddress: '10.42.1.10', AvailabilityZone: 'us-west-2a', running: true }]]);
  t.is(plan({ instances }).plan.pools[0]?.targets.length, 1);
});

const changes: ((tx: Transaction, n: number, m: number) => void)[] = [
  (tx, n) => tx.put('loadBalancers', `${lbArn}${n}`, balancer({ LoadBalancerArn: `${lbArn}${n}`, SecurityGroups: [`sg-${n % 2}`] })),
  (tx, n) => tx.delete('loadBalancers', `${lbArn}${n}`),
  (tx, n, m) => tx.put('listeners', `${listenerArn}${n}`, listenerRecord({
    ListenerArn: `${listenerArn}${n}`, LoadBalancerArn: `${lbArn}${m}`, Port: 80 + m, DefaultActions: [{ Type: 'forward', TargetGroupArn: `${tgArn}${(n + m) % 4}` }],
  })),
  (tx, n) => tx.delete('listeners', `${listenerArn}${n}`),
  (tx, n, m) => tx.put('targetGroups', `${tgArn}${n}`, group({ TargetGroupArn: `${tgArn}${n}`, Port: m })),
  (tx, n) => tx.delete('targetGroups', `${tgArn}${n}`),
  (tx, n, m) => putTarget(tx, ipTarget({ TargetGroupArn: `${tgArn}${n}`, Port: m, ...(m % 2 === 0 ? { DeregisteredAt: 700_000 + 100_000 * m } : {}) })),
  (tx, n, m) => tx.delete('targets', `${tgArn}${n}|10.42.1.7|${m}`),
  (tx, n, m) => tx.put('securityGroups', `sg-${n % 2}`, {
    GroupId: `sg-${n % 2}`, GroupName: `sg-${n % 2}`, Description: '', VpcId: 'vpc-0', tags: {},
    IpPermissions: [{ IpProtocol: 'tcp', FromPort: m, ToPort: 100, IpRanges: [{ CidrIp: '127.0.0.0/8' }] }],
  } as never),
];

/** A row of numbers that looks random and is the same each time. */
const numbers = () => {
  let count = 0;
  return (below: number): number => createHash('sha256').update(String((count += 1))).digest().readUInt32BE() % below;
};

const inOrder = ({ pools, listeners }: DataplanePlan): DataplanePlan => ({
  pools: pools.toSorted((a, b) => a.id.localeCompare(b.id)),
  listeners: listeners.toSorted((a, b) => a.id.localeCompare(b.id)),
});

test('after any changes the plan is the one that a fresh planner makes, and so is what the changes add up to', async (t) => {
  const { update, plan, fresh } = await planning(t);
  const next = numbers();
  const summed = { pools: new Map<string, Pool>(), listeners: new Map<string, Listener>() };
  let planned = 0;
  for (let turn = 0; turn < 600; turn += 1) {
    const picked = Array.from({ length: 1 + next(3) }, () => [changes[next(changes.length)], next(4), next(4)] as const);
    await update((tx) => picked.forEach(([change, n, m]) => change?.(tx, n, m)));
    const at = { now: 1_000_000 + turn * 1000 };
    const whole = plan(at);
    planned += whole.plan.listeners.length * whole.plan.pools.reduce((sum, { targets }) => sum + targets.length, 0);
    t.deepEqual(inOrder(whole.plan), inOrder(fresh(at)));
    patch(summed.pools, whole.changes.pools);
    patch(summed.listeners, whole.changes.listeners);
    t.deepEqual(inOrder({ pools: [...summed.pools.values()], listeners: [...summed.listeners.values()] }), inOrder(whole.plan));
  }
  t.true(planned > 200, `${planned} targets behind listeners were planned in all`);
});
