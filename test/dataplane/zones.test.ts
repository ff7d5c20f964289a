// Which addresses a name gives: zones with healthy targets, all when none has, and the same answer as `pick` allows.
import test from 'ava';
import fc from 'fast-check';
import type { Enough } from '../../emulator/dataplane/enough.js';
import { candidatesFor } from '../../emulator/dataplane/pick.js';
import type { Listener, Pool, Target, TargetHealth } from '../../emulator/dataplane/types.js';
import { zonalHealth, zonesInDns } from '../../emulator/dataplane/zones.js';

const target = (id: string, zone: string, admission: Target['admission'] = 'open'): Target => ({
  id, host: '127.0.0.1', port: 80, zone, probeFrom: 0, admission,
  healthCheck: { protocol: 'tcp', port: 80, interval: 1, timeout: 1, healthyThreshold: 1, unhealthyThreshold: 1, firstPasses: 1 },
});
const pool = (id: string, targets: Target[], overrides: Partial<Pool> = {}): Pool => ({
  id, targets, stickiness: 'none', cutUnhealthy: true, preserveClientAddress: false, ...overrides,
});
const listener = (pools: string[], overrides: Partial<Listener> = {}): Listener => ({
  id: 'listener', protocol: 'tcp', port: 80, crossZone: false, idleTimeout: 1, pools: pools.map((id) => ({ id, weight: 1 })),
  addresses: [{ zone: 'a', address: '127.43.0.1' }, { zone: 'b', address: '127.43.1.1' }], ...overrides,
});
const healthOf = (...healthy: string[]) => ({
  of: (poolId: string, id: string): TargetHealth => ({ status: healthy.includes(`${poolId}|${id}`) ? 'healthy' : 'unhealthy', since: 0, history: [] }),
});
const byId = (...pools: Pool[]): ReadonlyMap<string, Pool> => new Map(pools.map((each) => [each.id, each]));
const [a, b] = ['127.43.0.1', '127.43.1.1'];

test('a zone is in when it has a healthy target, or cross-zone is on', (t) => {
  const pools = byId(pool('p', [target('one', 'a'), target('two', 'b')]));
  t.deepEqual(zonesInDns([listener(['p'])], pools, healthOf('p|one', 'p|two')), [a, b]);
  t.deepEqual(zonesInDns([listener(['p'])], pools, healthOf('p|two')), [b]);
  t.deepEqual(zonesInDns([listener(['p'], { crossZone: true })], pools, healthOf('p|two')), [a, b]);
  t.deepEqual(zonesInDns([listener(['p'])], byId(pool('p', [target('one', 'a')], { crossZone: true })), healthOf('p|one')), [a, b]);
});

test('when nothing is healthy, or nothing registered, all zones are in', (t) => {
  t.deepEqual(zonesInDns([listener(['p'])], byId(pool('p', [target('one', 'a')])), healthOf()), [a, b]);
  t.deepEqual(zonesInDns([listener(['p'])], byId(pool('p', [])), healthOf()), [a, b]);
  t.deepEqual(zonesInDns([listener(['p'])], byId(), healthOf()), [a, b]);
  t.deepEqual(zonesInDns([listener(['p'])], byId(pool('p', [target('one', 'c')])), healthOf('p|one')), [a, b]);
  t.deepEqual(zonesInDns([], byId(), healthOf()), []);
});

test('each zone is healthy or not, also where DNS gives all because none is', (t) => {
  const pools = byId(pool('p', [target('one', 'a'), target('two', 'b')]));
  const told = (...healthy: string[]) => zonalHealth([listener(['p'])], pools, healthOf(...healthy)).filter((one) => one.healthy).map(({ zone }) => zone);
  t.deepEqual([told('p|one', 'p|two'), told('p|two'), told()], [['a', 'b'], ['b'], []]);
  t.deepEqual(zonalHealth([], pools, healthOf('p|one')), []);
});

test('draining targets keep no zone in; targets of all zones keep every zone in', (t) => {
  t.deepEqual(zonesInDns([listener(['p'])], byId(pool('p', [target('one', 'a', 'draining'), target('two', 'b')])), healthOf('p|one', 'p|two')), [b]);
  t.deepEqual(zonesInDns([listener(['p'])], byId(pool('p', [target('one', 'all')])), healthOf('p|one')), [a, b]);
});

test('with several listeners a zone must serve each; one without healthy targets has no say', (t) => {
  const pools = byId(pool('p', [target('one', 'a'), target('two', 'b')]), pool('q', [target('one', 'a')]), pool('r', [target('one', 'b')]));
  t.deepEqual(zonesInDns([listener(['p']), listener(['q'])], pools, healthOf('p|one', 'p|two', 'q|one')), [a]);
  t.deepEqual(zonesInDns([listener(['p']), listener(['q'])], pools, healthOf('p|one', 'p|two')), [a, b]);
  t.deepEqual(zonesInDns([listener(['q']), listener(['r'])], pools, healthOf('q|one', 'r|one')), [a, b]);
});

test('every address in DNS has a target to give while one is open', (t) => {
  const someTargets = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'all'), fc.boolean(), fc.constantFrom('open' as const, 'draining' as const)), { maxLength: 6 });
  fc.assert(fc.property(someTargets, fc.boolean(), (facts, crossZone) => {
    const targets = facts.map(([zone, , admission], i) => target(`t${i}`, zone, admission));
    const healthy = facts.flatMap(([, ok], i) => (ok ? [`p|t${i}`] : []));
    const pools = byId(pool('p', targets));
    const one = listener(['p'], { crossZone });
    const inDns = zonesInDns([one], pools, healthOf(...healthy));
    const usable = (zone: string): number => candidatesFor(one, pools, zone, (poolId, id) => (healthy.includes(`${poolId}|${id}`) ? 'healthy' : 'unhealthy')).shares.length;
    if (!targets.some(({ admission }) => admission === 'open')) return inDns.length === 2;
    return one.addresses.filter(({ address }) => inDns.includes(address)).every(({ zone }) => usable(zone) > 0);
  }));
  t.pass();
});

test('a zone leaves DNS with fewer healthy targets than its group asks for, and stays when it asks for none', (t) => {
  const targets = [target('one', 'a'), target('two', 'a'), target('three', 'b'), target('four', 'b')];
  const asking = (dns: Enough) => byId(pool('p', targets, { enough: { dns, routing: { count: 1 } } }));
  const health = healthOf('p|one', 'p|three', 'p|four');
  t.deepEqual(zonesInDns([listener(['p'])], asking({ count: 2 }), health), [b]);
  t.deepEqual(zonesInDns([listener(['p'])], asking({ percentage: 51 }), health), [b]);
  t.deepEqual(zonesInDns([listener(['p'])], asking({ count: 1, percentage: 50 }), health), [a, b]);
  t.deepEqual(zonesInDns([listener(['p'], { crossZone: true })], asking({ count: 3 }), health), [a, b]);
  t.deepEqual(zonesInDns([listener(['p'])], asking({}), healthOf('p|three')), [a, b]);
});
