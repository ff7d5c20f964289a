// The rules of the kernel engine: what a plan becomes, and that a change touches only what it changes. Pure.
import test from 'ava';
import { manualClock } from '../../emulator/clock.js';
import { indexPlan, nodesOf } from '../../emulator/dataplane/apply.js';
import { changesBetween } from '../../emulator/dataplane/kernel/changes.js';
import { createClasses } from '../../emulator/dataplane/kernel/classes.js';
import { createNumbers } from '../../emulator/dataplane/kernel/numbers.js';
import { createCompiler, stepBetween } from '../../emulator/dataplane/kernel/parts.js';
import type { KernelFlow } from '../../emulator/dataplane/kernel/read.js';
import { rulesetOf, type Ruleset } from '../../emulator/dataplane/kernel/ruleset.js';
import { createSightings } from '../../emulator/dataplane/kernel/sightings.js';
import type { DataplanePlan, Listener, Pool } from '../../emulator/dataplane/types.js';
import { listener, pool, target } from './support.js';

const table = { name: 'nlbox_test', owner: 78 };

/** Rules of successive plans: marks and numbers of nodes stay. */
const compiler = () => {
  const classes = createClasses(table.owner);
  const ids: string[] = [];
  const nodeId = (key: string): number => (ids.includes(key) ? ids.indexOf(key) : ids.push(key) - 1);
  return (plan: DataplanePlan, healthy = true): Ruleset => {
    const specs = plan.listeners.flatMap((one) => [...nodesOf(one).values()]);
    const health = { of: () => ({ status: healthy ? 'healthy' as const : 'unhealthy' as const, since: 0, history: [] }) };
    return rulesetOf({ specs, index: indexPlan(plan), health, route: (to) => to, classOf: classes.of, nodeId });
  };
};

const at = (address: string, overrides: Partial<Listener> = {}): Listener => listener({ id: address, port: 80, addresses: [{ zone: 'a', address }], ...overrides });
const plan = (listeners: Listener[], overrides: Partial<Pool> = {}): DataplanePlan => ({ pools: [pool([target('t1', 81), target('t2', 82)], overrides)], listeners });

test('a node chooses by hash among its targets, with the mark that leads there', (t) => {
  const { chains, nodes, hosts, ports, sources, timeouts } = compiler()(plan([at('127.0.0.9')]));
  t.deepEqual([...nodes], [['127.0.0.9|tcp|80', 'n0']]);
  t.deepEqual([...hosts], [[0x4e000001, '127.0.0.1'], [0x4e000002, '127.0.0.1']]);
  t.deepEqual([...ports.values()], [81, 82]);
  t.deepEqual([...sources.values()], ['127.0.0.9', '127.0.0.9']);
  t.deepEqual([...timeouts], ['tcp_350']);
  t.regex(JSON.stringify(chains.get('n0')), /"jhash".*"sequence".*"mod":2.*\[0,1308622849\],\[1,1308622850\].*"goto":\{"target":"forward"\}/);
});

test('the client address is kept where the pool says so; without a target the client is turned away', (t) => {
  t.is(compiler()(plan([at('127.0.0.9')], { preserveClientAddress: true })).sources.size, 0);
  t.regex(JSON.stringify(compiler()({ pools: [pool([])], listeners: [at('127.0.0.9')] }).chains.get('n0')), /"goto":\{"target":"refuse"\}/);
});

test('nothing is done for the same plan, and one node\'s change leaves the others alone', (t) => {
  const compile = compiler();
  const before = compile(plan([at('127.0.0.8'), at('127.0.0.9')]));
  t.deepEqual(changesBetween(before, compile(plan([at('127.0.0.8'), at('127.0.0.9')])), table), []);
  const after = compile(plan([at('127.0.0.8'), at('127.0.0.9', { allow: [{ cidr: '10.0.0.0/8', fromPort: 80, toPort: 80, protocol: 'tcp' }] })]));
  const commands = JSON.stringify(changesBetween(before, after, table));
  t.regex(commands, /"flush":\{"chain":\{[^}]*"name":"n1"/);
  t.notRegex(commands, /"n0"|"element"/);
});

test('a node that goes takes its elements and its chain along, and nothing else', (t) => {
  const compile = compiler();
  const both = compile(plan([at('127.0.0.8'), at('127.0.0.9')]));
  const commands = JSON.stringify(changesBetween(both, compile(plan([at('127.0.0.8')])), table));
  t.regex(commands, /"delete":\{"element":\{[^}]*"name":"nodes"/);
  t.regex(commands, /"delete":\{"chain":\{[^}]*"name":"n1"/);
  t.notRegex(commands, /"add"|"n0"/);
});

test('one listener more is compiled alone; what health or a departure touches is compiled anew', (t) => {
  let healthy = true;
  const compile = createCompiler({
    health: { of: () => ({ status: healthy ? 'healthy' : 'unhealthy', since: 0, history: [] }) },
    route: (to) => to,
    classOf: createClasses(table.owner).of,
    nodeId: createNumbers().of,
  });
  const [one, other] = [at('127.0.0.8'), at('127.0.0.9')];
  const [pools, group] = [[pool([target('t1', 81)])], (listeners: Listener[]) => indexPlan({ pools, listeners })];
  const first = compile([one], group([one]), []);
  const second = compile([one, other], group([one, other]), []);
  t.is(second.get(one.id), first.get(one.id));
  t.notRegex(JSON.stringify(stepBetween(first, second, table)), /"n1"/);
  t.deepEqual(stepBetween(second, compile([one, other], group([one, other]), []), table), { timeouts: [], commands: [] });
  healthy = false;
  t.not(compile([one, other], group([one, other]), []).get(one.id), second.get(one.id));
  healthy = true;
  compile([other], group([other]), []);
  t.not(compile([one, other], group([one, other]), []).get(one.id), second.get(one.id));
});

test('a choice whose map is being replaced loses the packet, which is sent again, and never lets it through', (t) => {
  const two: DataplanePlan = { ...plan([at('127.0.0.9', { pools: [{ id: 'pool', weight: 1 }, { id: 'other', weight: 1 }] })]) };
  two.pools.push(pool([target('t3', 83)], { id: 'other' }));
  const { chains } = compiler()(two);
  t.is(chains.size, 3);
  for (const [name, rules] of chains) t.deepEqual(rules.at(-1), [{ drop: null }], name);
});

test('what was remembered once and is forgotten is no news at the next look', async (t) => {
  const clock = manualClock();
  const sightings = createSightings(clock, 3);
  const [spec] = [...nodesOf(at('127.0.0.9')).values()];
  if (!spec) return t.fail();
  const way = createClasses(table.owner).of({ spec, zone: 'a', entrance: spec.address, poolId: 'pool', targetId: 't1', host: '127.0.0.1', port: 81, failOpen: false }, 'the only one');
  const flows = Array.from({ length: 9 }, (_, index): KernelFlow => ({ transport: 'tcp', state: 'TIME_WAIT', client: '127.0.0.2', clientPort: 1000 + index, node: spec.address, nodePort: 80, mark: way.mark, bytes: [1, 1] }));
  const denied = [{ key: ['127.0.0.3', spec.address, 'tcp', 80], packets: 1, bytes: 60 }];
  for (let look = 0; look < 4; look += 1) {
    sightings.look({ flows, counts: new Map([['denied', denied]]) }, () => way, new Map([[`${spec.address}|tcp|80`, spec]]));
    t.deepEqual(sightings.list().map(({ client }) => client), ['127.0.0.2:1007', '127.0.0.2:1008', '127.0.0.3'], `look ${look}`);
  }
});
