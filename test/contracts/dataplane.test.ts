// One contract, both engines: what a client and a target see, whoever carries their connection.
import fs from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import type { DataplanePlan, Listener, Pool, Target } from '../../emulator/dataplane/types.js';
import type { Heard } from './dataplane-worker.js';
import { loopbackWorld, namespaceObstacle, routedWorld, type World } from './worlds.js';

type Engine = 'user' | 'kernel';
type Names = 't1' | 't2' | 't3' | 't4';

const find = (command: string): string => ['/usr/sbin', '/sbin', '/usr/bin'].map((folder) => `${folder}/${command}`).find((file) => fs.existsSync(file)) ?? '';

// Not by PATH: an npm package has an `nft` too.
const [nft, conntrack] = [find('nft'), find('conntrack')];

const port = 8080;
const listenerPort = 9090;
const zones = { t1: 'a', t2: 'a', t3: 'b', t4: 'b' } as const;
const names = Object.keys(zones) as Names[];

const planner = (world: World) => {
  const target = (name: Names, overrides: Partial<Target> = {}): Target => ({
    id: name, host: world.targetAddresses[names.indexOf(name)] ?? '', port, zone: zones[name], probeFrom: 0, admission: 'open',
    healthCheck: { protocol: 'tcp', port, interval: 50, timeout: 1000, healthyThreshold: 1, unhealthyThreshold: 1, firstPasses: 1 }, ...overrides,
  });
  const pool = (id: string, targets: Target[], overrides: Partial<Pool> = {}): Pool => ({ id, targets, stickiness: 'none', cutUnhealthy: true, preserveClientAddress: false, ...overrides });
  const listener = (overrides: Partial<Listener> = {}): Listener => ({
    id: 'l', protocol: 'tcp', port: listenerPort, addresses: [{ zone: 'a', address: world.nodes.a }, { zone: 'b', address: world.nodes.b }],
    crossZone: true, pools: [{ id: 'p', weight: 1 }], idleTimeout: 350_000, ...overrides,
  });
  return { target, pool, listener };
};

const suite = (engine: Engine, where: string, open: () => Promise<World>): void => {
  let world: World;
  let make: ReturnType<typeof planner>;
  let conversations = 0;
  const title = (text: string): string => `${engine} on ${where}: ${text}`;

  const serve = (name: Names): Promise<void> => world.targets.call('serve', name, world.targetAddresses[names.indexOf(name)] ?? '', port);
  const apply = (pools: Pool[], listeners: Listener[], more: Pick<DataplanePlan, 'clientZones'> = {}): Promise<void> => world.balancer.call('apply', { pools, listeners, ...more });
  /** One listener before one pool, all healthy. */
  const up = async (targets: Target[], options: { pool?: Partial<Pool>; listener?: Partial<Listener> } = {}): Promise<void> => {
    await apply([make.pool('p', targets, options.pool)], [make.listener(options.listener)]);
    await world.balancer.call('health', Object.fromEntries(targets.map(({ id }) => [`p|${id}`, 'healthy'])));
  };
  const connect = (options: { node?: keyof World['nodes']; from?: number } = {}): Promise<Heard> => {
    conversations += 1;
    return world.clients.call('open', conversations, world.nodes[options.node ?? 'a'], listenerPort, world.clientAddresses[options.from ?? 0]);
  };
  const nameOf = ({ text, how }: Heard): string => text.split(' ')[0] || (how ?? '');
  const ask = async (options: Parameters<typeof connect>[0] = {}): Promise<string> => {
    const heard = await connect(options);
    await world.clients.call('leave', heard.id);
    return nameOf(heard);
  };
  const askAll = async (count: number, options: Parameters<typeof connect>[0] = {}): Promise<string[]> => {
    const answers: string[] = [];
    for (let at = 0; at < count; at += 1) answers.push(await ask(options));
    return answers;
  };
  const say = (id: number, text: string): Promise<Heard> => world.clients.call('say', id, text);
  const refused = (t: ExecutionContext, answer: string): void => void t.regex(answer, /^ECONNRE(FUSED|SET)$/);
  const check = (text: string, run: (t: ExecutionContext) => Promise<void>): void => test.serial(title(text), run);

  test.serial.before(async (t) => {
    world = await open();
    make = planner(world);
    await Promise.all(names.map(serve));
    t.is(await world.balancer.call('start', engine, '0000c0de'), '');
  });
  test.serial.after.always(async () => {
    await world?.close();
  });

  check('new connections spread over all healthy targets, and a connection stays with its own', async (t) => {
    await up(names.map((name) => make.target(name)));
    t.deepEqual([...new Set(await askAll(60))].sort(), names);
    const { id } = await connect();
    const text = 'x'.repeat(300_000);
    t.is((await say(id, text)).text, text);
    const zone = (await world.balancer.call('counters'))?.zones['l|a|tcp'];
    t.true((zone?.newFlows ?? 0) >= 61);
    t.is(zone?.activeFlows, 1);
    t.true((zone?.bytesIn ?? 0) >= text.length && (zone?.bytesOut ?? 0) >= text.length);
    t.true(engine === 'user' ? zone?.packets === undefined : (zone?.packets ?? 0) > 61 * 4);
    await world.clients.call('leave', id);
  });

  check('a half-closed client still gets its answer; resets travel both ways', async (t) => {
    await up([make.target('t1')]);
    const half = await connect();
    const { text, how } = await world.clients.call('end', half.id);
    t.is(text, 'late\n');
    t.is(how, 'end');
    const fromTarget = await connect();
    t.is((await say(fromTarget.id, '!')).how, 'ECONNRESET');
    const seen = await world.targets.call('endings', 't1', 0);
    const before = seen.length;
    const fromClient = await connect();
    await world.clients.call('leave', fromClient.id);
    t.true((await world.targets.call('endings', 't1', before + 1)).includes('ECONNRESET'));
    const counted = (await world.balancer.call('counters'))?.targets['p|t1'];
    t.true((counted?.clientResets ?? 0) >= 1 && (counted?.targetResets ?? 0) >= 1);
  });

  check('pools share by weight, and weight 0 gets nothing', async (t) => {
    const pools = [make.pool('heavy', [make.target('t1')]), make.pool('light', [make.target('t2')]), make.pool('none', [make.target('t3')])];
    await apply(pools, [make.listener({ pools: [{ id: 'heavy', weight: 3 }, { id: 'light', weight: 1 }, { id: 'none', weight: 0 }] })]);
    await world.balancer.call('health', { 'heavy|t1': 'healthy', 'light|t2': 'healthy', 'none|t3': 'healthy' });
    const answers = await askAll(200);
    const heavy = answers.filter((one) => one === 't1').length;
    t.deepEqual([...new Set(answers)].sort(), ['t1', 't2']);
    t.true(heavy > 110 && heavy < 190, `${heavy} of 200`);
  });

  check('source_ip stickiness: a client address keeps its target, and moves only when that goes', async (t) => {
    await up(names.map((name) => make.target(name)), { pool: { stickiness: 'source_ip' } });
    const clients = world.clientAddresses.map((_, at) => at);
    const first = await Promise.all(clients.map((from) => ask({ from })));
    t.deepEqual(await Promise.all(clients.map((from) => ask({ from }))), first);
    t.true(new Set(first).size > 1);
    const gone = first[0] as Names;
    await apply([make.pool('p', names.filter((name) => name !== gone).map((name) => make.target(name)), { stickiness: 'source_ip' })], [make.listener()]);
    const after = await Promise.all(clients.map((from) => ask({ from })));
    for (const at of clients) if (first[at] !== gone) t.is(after[at], first[at]);
    t.false(after.includes(gone));
  });

  check('without cross-zone a zone\'s address uses that zone; the front uses every zone', async (t) => {
    await up(names.map((name) => make.target(name)), { listener: { crossZone: false, front: world.nodes.front } });
    t.deepEqual([...new Set(await askAll(30))].sort(), ['t1', 't2']);
    t.deepEqual([...new Set(await askAll(30, { node: 'b' }))].sort(), ['t3', 't4']);
    t.deepEqual([...new Set(await askAll(80, { node: 'front' }))].sort(), names);
  });

  check('an unhealthy target gets no new flows and its own are reset; when all are, every one is used', async (t) => {
    await up([make.target('t1'), make.target('t2')]);
    const flows = await Promise.all(Array.from({ length: 12 }, () => connect()));
    await world.targets.call('stop', 't2');
    await world.balancer.call('health', { 'p|t2': 'unhealthy' });
    t.deepEqual([...new Set(await askAll(20))], ['t1']);
    for (const flow of flows) t.is((await say(flow.id, 'still there')).how, nameOf(flow) === 't2' ? 'ECONNRESET' : undefined);
    await world.targets.call('stop', 't1');
    await world.balancer.call('health', { 'p|t1': 'unhealthy' });
    const before = (await world.balancer.call('counters'))?.zones['l|a|tcp']?.failOpen ?? 0;
    refused(t, await ask());
    t.is((await world.balancer.call('counters'))?.zones['l|a|tcp']?.failOpen, before + 1);
    await Promise.all([serve('t1'), serve('t2')]);
    await world.balancer.call('health', { 'p|t1': 'healthy', 'p|t2': 'healthy' });
    t.deepEqual([...new Set(await askAll(30))].sort(), ['t1', 't2']);
    t.true(((await world.balancer.call('counters'))?.listeners['l']?.refused ?? 0) >= 1);
  });

  check('a draining target keeps its flows and gets no new ones, until its time is up', async (t) => {
    await up([make.target('t1')]);
    const flow = await connect();
    const draining = make.target('t1', { admission: 'draining', drainEnd: Date.now() + 60_000, cutAtDrainEnd: true });
    await apply([make.pool('p', [draining, make.target('t2')])], [make.listener()]);
    await world.balancer.call('health', { 'p|t2': 'healthy' });
    t.deepEqual([...new Set(await askAll(20))], ['t2']);
    t.is((await say(flow.id, 'on')).text, 'on');
    await apply([make.pool('p', [{ ...draining, drainEnd: Date.now() - 1 }, make.target('t2')])], [make.listener()]);
    t.is((await say(flow.id, 'over')).how, 'ECONNRESET');
  });

  check('a flow outlives its target\'s registration where the group does not cut, and many changes of others', async (t) => {
    await up([make.target('t1')]);
    const flow = await connect();
    for (let at = 0; at < 30; at += 1) await apply([make.pool('p', at % 2 === 0 ? [make.target('t2'), make.target('t3')] : [make.target('t2')])], [make.listener({ crossZone: at % 3 === 0 })]);
    t.is((await say(flow.id, 'on')).text, 'on');
  });

  check('targets change a hundred times a second under load: every connection is served, and an established one goes on', async (t) => {
    await up(names.map((name) => make.target(name)));
    const kept = await connect();
    let busy = true;
    const asking = (async () => {
      const answers: string[] = [];
      while (busy) answers.push(await ask());
      return answers;
    })();
    const changes: Promise<void>[] = [];
    for (let at = 0; at < 100; at += 1) {
      // A target that comes is new, and takes nothing before it was probed: those of t1 and t3 stay.
      const some = names.filter((name) => name === 't1' || name === 't3' || (at % 4 === 0) === (name === 't2'));
      changes.push(apply([make.pool('p', some.map((name) => make.target(name)), { stickiness: at % 2 === 0 ? 'none' : 'source_ip' })], [make.listener({ crossZone: at % 3 !== 0 })]));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await Promise.all(changes);
    busy = false;
    t.deepEqual((await asking).filter((name) => !names.includes(name as Names)), []);
    t.is((await say(kept.id, 'on')).text, 'on');
  });

  check('source ranges: others are refused, counted, and told why', async (t) => {
    await up([make.target('t1')], { listener: { allow: [{ cidr: `${world.clientAddresses[1]}/32`, fromPort: 0, toPort: 65_535, protocol: 'all' }] } });
    t.is(await ask({ from: 1 }), 't1');
    const before = (await world.balancer.call('counters'))?.zones['l|a|tcp']?.denied ?? 0;
    refused(t, await ask({ from: 2 }));
    t.is((await world.balancer.call('counters'))?.zones['l|a|tcp']?.denied, before + 1);
    const told = (await world.balancer.call('trace'))?.find(({ why, client }) => /no security group rule admits/.test(why) && client.startsWith(world.clientAddresses[2] ?? ''));
    t.is(told?.ended?.how, 'refused');
  });

  check('without any target connections are refused, and counted', async (t) => {
    await apply([make.pool('p', [])], [make.listener()]);
    const before = (await world.balancer.call('counters'))?.zones['l|a|tcp']?.refused ?? 0;
    refused(t, await ask());
    t.is((await world.balancer.call('counters'))?.zones['l|a|tcp']?.refused, before + 1);
  });

  check('targets see the client where the group preserves it and the engine can, else the balancer', async (t) => {
    await up([make.target('t1')], { pool: { preserveClientAddress: true } });
    const seen = async (): Promise<string | undefined> => {
      const heard = await connect({ from: 3 });
      await world.clients.call('leave', heard.id);
      return heard.text.trim().split(' ')[1];
    };
    const can = engine === 'kernel' || world.nodes.a.startsWith('127.');
    t.is(await seen(), can ? world.clientAddresses[3] : world.nodes.a);
    await up([make.target('t1')]);
    t.is(await seen(), world.nodes.a);
  });

  check('an idle flow is forgotten, and what comes for it afterwards is answered with RST', async (t) => {
    // A listener of its own: one that has flows looks for idle ones in the rhythm of the time-out that it had.
    await up([make.target('t1')], { listener: { id: 'brief', idleTimeout: 1000 } });
    const { id } = await connect();
    t.is((await say(id, 'hello')).text, 'hello');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    t.is((await say(id, 'anybody there')).how, 'ECONNRESET');
  });

  check('the front sends a client to its own zone as the routing policy says, and to any when that is not in DNS', async (t) => {
    const [near = '', other = ''] = world.clientAddresses.slice(5, 7);
    const clientZones = [{ cidr: `${near}/32`, zone: 'b' }, { cidr: `${other}/32`, zone: 'elsewhere' }];
    const plan = (zoneAffinity: number) => apply(names.map((name) => make.pool(name, [make.target(name)])), [make.listener({ front: world.nodes.front, crossZone: false, zoneAffinity, pools: names.map((id) => ({ id, weight: 1 })) })], { clientZones });
    await plan(1);
    await world.balancer.call('health', Object.fromEntries(names.map((name) => [`${name}|${name}`, 'healthy'])));
    t.deepEqual([...new Set(await askAll(30, { node: 'front', from: 5 }))].sort(), ['t3', 't4']);
    t.deepEqual([...new Set(await askAll(60, { node: 'front', from: 6 }))].sort(), names);
    await plan(0.85);
    const partly = await askAll(100, { node: 'front', from: 5 });
    const own = partly.filter((name) => name === 't3' || name === 't4').length;
    t.true(own > 75, `${own} of 100`);
    while (new Set(partly).size < names.length && partly.length < 1000) partly.push(await ask({ node: 'front', from: 5 }));
    t.deepEqual([...new Set(partly)].sort(), names);
    await Promise.all([world.targets.call('stop', 't3'), world.targets.call('stop', 't4')]);
    await plan(1);
    await world.balancer.call('health', { 't3|t3': 'unhealthy', 't4|t4': 'unhealthy' });
    t.deepEqual([...new Set(await askAll(30, { node: 'front', from: 5 }))].sort(), ['t1', 't2']);
    await Promise.all([serve('t3'), serve('t4')]);
  });

  check('datagrams: a flow stays with its target while that is there, and follows when it goes', async (t) => {
    const udp = { listener: { protocol: 'udp' as const } };
    await up(names.map((name) => make.target(name)), udp);
    const from = world.clientAddresses[4] ?? '';
    const send = (localPort: number): Promise<string[]> => world.clients.call('datagrams', from, world.nodes.a, listenerPort, ['one', 'two', 'three'], localPort);
    const first = await send(5353);
    t.is(new Set(first.map((answer) => answer.split(' ')[0])).size, 1);
    t.deepEqual(first.map((answer) => answer.split(' ')[2]), ['one', 'two', 'three']);
    const chosen = first[0]?.split(' ')[0] as Names;
    const rest = names.filter((name) => name !== chosen).map((name) => make.target(name));
    await up([make.target(chosen, { admission: 'draining', drainEnd: Date.now() - 1, cutAtDrainEnd: true }), ...rest].filter(({ admission }) => admission === 'open'), udp);
    await apply([make.pool('p', [make.target(chosen, { admission: 'draining', drainEnd: Date.now() - 1, cutAtDrainEnd: true }), ...rest])], [make.listener(udp.listener)]);
    const after = await send(5353);
    t.not(after[0]?.split(' ')[0], chosen);
    t.is(new Set(after.map((answer) => answer.split(' ')[0])).size, 1);
    const counted = (await world.balancer.call('counters'))?.listeners['l'];
    t.true((counted?.newFlows ?? 0) >= 2);
  });

  if (engine !== 'kernel') return;

  check('what needs a process is carried by one, on the same addresses and to the same targets', async (t) => {
    await up([make.target('t1')], { pool: { proxyProtocol: true } });
    t.regex((await connect()).how ?? 'open', /open/);
    const [, line] = (await world.balancer.call('engines')) ?? [];
    t.regex(line ?? '', /user space carries TCP 9090: PROXY protocol v2/);
  });

  const listenerAt = (id: string, portOf: number): Listener => make.listener({ id, port: portOf, pools: [{ id: 'p', weight: 1 }] });

  check('a listener that the kernel refuses while it runs is carried in user space and said, and the others stay', async (t) => {
    await apply([make.pool('p', [make.target('t1')])], [make.listener()]);
    await world.balancer.call('health', { 'p|t1': 'healthy' });
    const flow = await connect();
    await world.balancer.call('forbid', '9099');
    await apply([make.pool('p', [make.target('t1')])], [make.listener(), listenerAt('other', 9099)]);
    t.is((await say(flow.id, 'still there')).text, 'still there');
    t.is(await ask(), 't1');
    const other = await world.clients.call('open', (conversations += 1), world.nodes.a, 9099, world.clientAddresses[0]);
    t.is(nameOf(other), 't1');
    const zones = (await world.balancer.call('counters'))?.zones;
    t.true((zones?.['l|a|tcp']?.packets ?? 0) > 0 && zones?.['other|a|tcp']?.packets === undefined && zones?.['other|a|tcp']?.newFlows === 1);
    t.regex((await world.balancer.call('engines'))?.join('\n') ?? '', /user space carries TCP 9099: the kernel refused its rules \(Error: not today\)/);
    t.regex((await world.balancer.call('problems'))?.join('\n') ?? '', /^TCP 9099: the kernel refused its rules \(Error: not today\), and user space carries it$/);
    await world.balancer.call('forbid', '');
    await apply([make.pool('p', [make.target('t1')])], [make.listener(), { ...listenerAt('other', 9099), idleTimeout: 340_000 }]);
    t.deepEqual(await world.balancer.call('problems'), []);
    t.is((await world.balancer.call('engines'))?.length, 1);
  });

  check('ways, nodes and their counts are forgotten when nobody uses them; what was counted stays', async (t) => {
    // Without the flows that other tests left.
    await world.balancer.call('close');
    t.is(await world.balancer.call('start', engine, '0000c0de'), '');
    await up([make.target('t1')]);
    await askAll(5);
    const counted = async () => (await world.balancer.call('counters'))?.listeners['l']?.newFlows ?? 0;
    const before = await counted();
    const table = (): string => /nlbox_0000c0de\S*/.exec(world.run(nft, 'list', 'tables'))?.[0] ?? '';
    const marks = (): number => new Set(world.run(nft, '-j', 'list', 'set', 'ip', table(), 'begun').match(/"val": \d+/g)).size;
    for (const name of names) {
      await up([make.target(name)]);
      await askAll(2);
    }
    // The last one is in force; flows that ended are in the kernel's memory for a while.
    while ((await counted()) > 0 && marks() > 1) await new Promise((resolve) => setTimeout(resolve, 100));
    t.is(marks(), 1);
    t.is(await counted(), before + 2 * names.length);
    await apply([], []);
    while ((await world.balancer.call('counters'))?.listeners['l'] !== undefined) await new Promise((resolve) => setTimeout(resolve, 100));
    t.is(marks(), 0);
  });

  check('a closed connection is forgotten in seconds: at thousands a second the kernel would soon remember nothing else', async (t) => {
    await up([make.target('t1')]);
    t.regex(world.run(nft, 'list', 'ruleset'), /time_wait\s*:\s*2s?\b/);
    const closed = () => [...world.run(find('conntrack'), '-L').matchAll(/^tcp\s+6 (\d+) (?:TIME_WAIT|CLOSE) src=\S+ dst=\S+ sport=(\d+) dport=9090 /gm)].map(([, seconds, port]) => ({ seconds: Number(seconds), port }));
    // Those of earlier tests lost their short times with the table of their run.
    const earlier = new Set(closed().map(({ port }) => port));
    t.deepEqual(await askAll(5), Array.from({ length: 5 }, () => 't1'));
    const left = closed().filter(({ port }) => !earlier.has(port));
    t.deepEqual(left.filter(({ seconds }) => seconds > 2), []);
  });

  check('the table is its own, others are left alone, and nothing is left at the end', async (t) => {
    world.run(nft, 'add', 'table', 'ip', 'somebody_else');
    world.run(nft, 'add', 'table', 'ip', 'nlbox_0badcafe_1_1_1');
    await up([make.target('t1')]);
    const flow = await connect();
    t.is(world.run(nft, 'list', 'tables').match(/nlbox_0000c0de/g)?.length, 1);
    await world.balancer.call('close');
    t.regex(world.run(nft, 'list', 'tables'), /somebody_else/);
    t.notRegex(world.run(nft, 'list', 'tables'), /nlbox_0000c0de/);
    t.is((await say(flow.id, 'gone')).how, 'ECONNRESET');
  });

  check('what a killed run left goes at the next start, and what somebody removed comes back', async (t) => {
    world.run(nft, 'add', 'table', 'ip', 'nlbox_0000c0de_1_1_1');
    t.is(await world.balancer.call('start', engine, '0000c0de'), '');
    t.notRegex(world.run(nft, 'list', 'tables'), /nlbox_0000c0de_1_1_1/);
    await up([make.target('t1')]);
    const [table = ''] = /nlbox_0000c0de\S*/.exec(world.run(nft, 'list', 'tables')) ?? [];
    world.run(nft, 'delete', 'table', 'ip', table);
    await up([make.target('t2')]);
    t.is(await ask(), 't2');
    await world.balancer.call('close');
  });

  check('killed, it leaves rules that still carry, and the next start removes them and their flows', async (t) => {
    if (!world.killBalancer) return void t.pass('one process has all roles here');
    t.is(await world.balancer.call('start', engine, '0000c0de'), '');
    await up([make.target('t1')]);
    const flow = await connect();
    await world.killBalancer();
    t.regex(world.run(nft, 'list', 'tables'), /nlbox_0000c0de/);
    t.is((await say(flow.id, 'still there')).text, 'still there');
    t.is(await ask(), 't1');
    t.is(await world.balancer.call('start', engine, '0000c0de'), '');
    t.notRegex(world.run(nft, 'list', 'tables'), /nlbox_0000c0de/);
    t.notRegex(world.run(conntrack, '-L'), /dport=9090 .*mark=[1-9]/);
    t.is((await say(flow.id, 'anybody there')).how, 'ECONNRESET');
    refused(t, await ask());
    await world.balancer.call('close');
  });

  check('when the kernel takes no rules any more, user space carries everything, and status says so', async (t) => {
    t.is(await world.balancer.call('start', engine, '0000c0de'), '');
    await up([make.target('t1')]);
    await world.balancer.call('forbid', '"add"');
    await up([make.target('t2')]);
    t.is(await ask(), 't2');
    t.regex((await world.balancer.call('problems'))?.join('\n') ?? '', /^the kernel takes no rules any more \(Error: not today\); a restart tries again; user space carries what it carried$/);
    t.regex((await world.balancer.call('engines'))?.join('\n') ?? '', /user space carries TCP 9090: the kernel takes no rules any more/);
    t.notRegex(world.run(nft, 'list', 'tables'), /nlbox_0000c0de/);
    await world.balancer.call('forbid', '');
    await world.balancer.call('close');
    t.is(await world.balancer.call('start', engine, '0000c0de'), '');
    await up([make.target('t1')]);
    await world.balancer.call('forbid', 'a');
    await apply([make.pool('p', [make.target('t2')])], [make.listener()]);
    t.regex((await world.balancer.call('problems'))?.join('\n') ?? '', /no rules any more \(Error: not today\), and the old ones, which cannot be removed \(Error: not today\), still catch what they caught/);
    t.is(await ask(), 't1');
    await world.balancer.call('forbid', '');
    await world.balancer.call('close');
    t.notRegex(world.run(nft, 'list', 'tables'), /nlbox_0000c0de/);
  });
};

const obstacle = namespaceObstacle();
const kernelObstacle = obstacle ?? (nft === '' ? 'nft is not installed' : conntrack === '' ? 'conntrack is not installed' : undefined);

suite('user', 'loopback', () => loopbackWorld(obstacle === undefined));
if (kernelObstacle === undefined) {
  suite('user', 'a network', routedWorld);
  suite('kernel', 'loopback', () => loopbackWorld(true));
  suite('kernel', 'a network', routedWorld);
} else test.skip(`NOT TESTED: the kernel engine, and both on a network (${kernelObstacle})`, (t) => t.pass());
