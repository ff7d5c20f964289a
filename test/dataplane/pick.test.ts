// Which target a connection goes to: laws over any plan and health, and the shape of the spread.
import test from 'ava';
import fc from 'fast-check';
import type { Enough } from '../../emulator/dataplane/enough.js';
import { candidatesFor, pick, type FlowTuple } from '../../emulator/dataplane/pick.js';
import type { Listener, Pool, Target } from '../../emulator/dataplane/types.js';
import { listener, pool, target } from './support.js';

const statusIf = (healthy: boolean) => (healthy ? 'healthy' : 'unhealthy');
const zones = ['a', 'b', 'c'];
const addresses = [{ zone: 'a', address: '127.0.0.1' }, { zone: 'b', address: '127.0.0.2' }, { zone: 'c', address: '127.0.0.3' }];

const aTarget = (id: number): fc.Arbitrary<Target> =>
  fc.record({ zone: fc.constantFrom(...zones, 'all'), admission: fc.constantFrom('open' as const, 'draining' as const) })
    .map((facts) => target(`t${id}`, 80, facts));

const aPool = (id: string): fc.Arbitrary<Pool> =>
  fc.record({
    targets: fc.nat(6).chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => aTarget(i)))),
    stickiness: fc.constantFrom('none' as const, 'source_ip' as const),
    crossZone: fc.option(fc.boolean(), { nil: undefined }),
  }).map(({ targets, stickiness, crossZone }) => pool(targets, { id, stickiness, ...(crossZone === undefined ? {} : { crossZone }) }));

const aFlow: fc.Arbitrary<FlowTuple> = fc.record({
  source: fc.ipV4(), sourcePort: fc.nat(65_535), destination: fc.constant('127.0.0.1'), destinationPort: fc.constant(80), sequence: fc.nat(2 ** 31),
});

const aCase = fc.record({
  pools: fc.tuple(aPool('p0'), aPool('p1')),
  weights: fc.tuple(fc.nat(3), fc.nat(3)),
  crossZone: fc.boolean(),
  zone: fc.constantFrom(...zones),
  healthy: fc.uniqueArray(fc.constantFrom(...['p0', 'p1'].flatMap((id) => [0, 1, 2, 3, 4, 5].map((n) => `${id}|t${n}`)))),
  flow: aFlow,
});

type Case = { pools: Pool[]; weights: number[]; crossZone: boolean; zone: string; healthy: string[] };

const listenerOf = ({ weights, crossZone }: Case): Listener =>
  listener({ addresses, crossZone, pools: weights.map((weight, i) => ({ id: `p${i}`, weight })) });

const candidatesOf = (one: Case) =>
  candidatesFor(listenerOf(one), new Map(one.pools.map((each) => [each.id, each])), one.zone, (poolId, id) => statusIf(one.healthy.includes(`${poolId}|${id}`)));

const isHealthy = ({ healthy }: Case, poolId: string, id: string): boolean => healthy.includes(`${poolId}|${id}`);
const crosses = (one: Case, of: Pool): boolean => of.crossZone ?? one.crossZone;
const usedPools = (one: Case): Pool[] => one.pools.filter((_, i) => (one.weights[i] ?? 0) > 0);
const open = (of: Pool): Target[] => of.targets.filter(({ admission }) => admission === 'open');

test('never a draining target, never a pool of weight 0', (t) => {
  fc.assert(fc.property(aCase, (one) => {
    const choice = pick(candidatesOf(one), one.flow);
    return !choice || (choice.target.admission === 'open' && usedPools(one).includes(choice.pool));
  }));
  t.pass();
});

test('while one is healthy, only healthy ones, and of the zone unless cross-zone is on', (t) => {
  fc.assert(fc.property(aCase, (one) => {
    const someHealthy = usedPools(one).some((each) => open(each).some(({ id }) => isHealthy(one, each.id, id)));
    const choice = pick(candidatesOf(one), one.flow);
    if (!someHealthy || !choice) return true;
    const near = choice.target.zone === 'all' || choice.target.zone === one.zone;
    return isHealthy(one, choice.pool.id, choice.target.id) && (near || crosses(one, choice.pool));
  }));
  t.pass();
});

test('no target only when there is none to be had by the rules', (t) => {
  fc.assert(fc.property(aCase, (one) => {
    if (pick(candidatesOf(one), one.flow)) return true;
    const pools = usedPools(one);
    const healthy = pools.flatMap((each) => open(each).filter(({ id }) => isHealthy(one, each.id, id)).map((found) => ({ found, each })));
    if (healthy.length === 0) return pools.every((each) => open(each).length === 0);
    return healthy.every(({ found, each }) => !crosses(one, each) && found.zone !== one.zone && found.zone !== 'all');
  }));
  t.pass();
});

test('one flow, one answer', (t) => {
  fc.assert(fc.property(aCase, (one) => pick(candidatesOf(one), one.flow)?.target === pick(candidatesOf(one), one.flow)?.target));
  t.pass();
});

test('a sticky client moves only when its own target goes', (t) => {
  const targets = Array.from({ length: 8 }, (_, i) => target(`t${i}`, 80));
  const choose = (among: Target[], flow: FlowTuple) =>
    pick(candidatesFor(listener(), new Map([['pool', pool(among, { stickiness: 'source_ip' })]]), 'a', () => 'healthy'), flow)?.target;
  fc.assert(fc.property(aFlow, aFlow, fc.nat(7), (flow, other, leaving) => {
    const before = choose(targets, flow);
    const sameClient = choose(targets, { ...other, source: flow.source });
    const after = choose(targets.filter((_, i) => i !== leaving), flow);
    return before === sameClient && (before === targets[leaving] || before === after);
  }));
  t.pass();
});

const counts = (one: Parameters<typeof pick>[0], flows: FlowTuple[], by: 'pool' | 'target'): Record<string, number> => {
  const result: Record<string, number> = {};
  for (const flow of flows) {
    const id = pick(one, flow)?.[by].id ?? 'none';
    result[id] = (result[id] ?? 0) + 1;
  }
  return result;
};

const connections = (count: number): FlowTuple[] =>
  Array.from({ length: count }, (_, i) => ({ source: '127.0.0.1', sourcePort: 40_000 + i, destination: '127.43.0.1', destinationPort: 80, sequence: i * 64_000 }));

test('connections of one client spread evenly', (t) => {
  const targets = ['one', 'two', 'three'].map((id) => target(id, 80));
  const spread = counts(candidatesFor(listener(), new Map([['pool', pool(targets)]]), 'a', () => 'healthy'), connections(3000), 'target');
  for (const id of ['one', 'two', 'three']) t.true(Math.abs((spread[id] ?? 0) - 1000) < 150, JSON.stringify(spread));
});

test('the same client port may go elsewhere on its next connection', (t) => {
  const candidates = candidatesFor(listener(), new Map([['pool', pool(['one', 'two'].map((id) => target(id, 80)))]]), 'a', () => 'healthy');
  const flows = connections(50).map((flow) => ({ ...flow, sourcePort: 40_000 }));
  t.is(Object.keys(counts(candidates, flows, 'target')).length, 2);
});

test('weights share connections between pools', (t) => {
  const pools = new Map(['blue', 'green'].map((id) => [id, pool([target(`in-${id}`, 80), target(`also-${id}`, 80)], { id })]));
  const weighted = listener({ pools: [{ id: 'blue', weight: 90 }, { id: 'green', weight: 10 }] });
  const spread = counts(candidatesFor(weighted, pools, 'a', () => 'healthy'), connections(3000), 'pool');
  t.true(Math.abs((spread['green'] ?? 0) - 300) < 90, JSON.stringify(spread));
  const blueOnly = candidatesFor(weighted, pools, 'a', (id) => statusIf(id === 'blue'));
  t.deepEqual(counts(blueOnly, connections(100), 'pool'), { blue: 100 });
});

test('a healthy target in a zone that the listener lacks does not prevent fail-open', (t) => {
  const pools = new Map([['pool', pool([target('far', 80, { zone: 'z' }), target('near', 80, { zone: 'a' })])]]);
  const candidates = candidatesFor(listener(), pools, 'a', (_, id) => statusIf(id === 'far'));
  t.deepEqual(counts(candidates, connections(20), 'target'), { near: 20 });
});

test('a target that is still being registered takes no traffic, fail-open or not', (t) => {
  const pools = new Map([['pool', pool([target('new', 80, { zone: 'a' }), target('failed', 80, { zone: 'a' })])]]);
  const usable = (statuses: Record<string, 'unknown' | 'healthy' | 'unhealthy'>): string[] =>
    candidatesFor(listener(), pools, 'a', (_, id) => statuses[id] ?? 'unknown').shares.flatMap(({ targets }) => targets.map(({ id }) => id));
  t.deepEqual(usable({}), []);
  t.deepEqual(usable({ failed: 'unhealthy' }), ['failed']);
  t.deepEqual(usable({ new: 'healthy', failed: 'unhealthy' }), ['new']);
});

test('with fewer healthy targets than the group asks for, unhealthy ones of the zone help, new ones do not', (t) => {
  const targets = [target('good', 80, { zone: 'a' }), target('bad', 80, { zone: 'a' }), target('new', 80, { zone: 'a' }), target('far', 80, { zone: 'b' })];
  const status: Record<string, 'healthy' | 'unhealthy'> = { good: 'healthy', bad: 'unhealthy', far: 'healthy' };
  const usable = (routing: Enough, crossZone = false): string[] => {
    const pools = new Map([['pool', pool(targets, { enough: { dns: { count: 1 }, routing } })]]);
    const { shares } = candidatesFor(listener({ crossZone, addresses }), pools, 'a', (_, id) => status[id] ?? 'unknown');
    return shares.flatMap((share) => share.targets.map(({ id }) => id));
  };
  t.deepEqual(usable({ count: 1 }), ['good']);
  t.deepEqual(usable({ count: 2 }), ['good', 'bad']);
  t.deepEqual(usable({ percentage: 60 }), ['good', 'bad']);
  t.deepEqual(usable({ count: 2 }, true), ['good', 'far']);
  t.deepEqual(usable({ count: 3 }, true), ['good', 'bad', 'far']);
});
