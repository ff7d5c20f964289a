// Source ranges: who is let in, who is turned away, and that the reason is kept.
import test from 'ava';
import { createGate } from '../../emulator/dataplane/gate.js';
import type { AllowRule } from '../../emulator/dataplane/types.js';
import { allHealthy, ask, connect, listener, named, outcome, planOf, start, target } from './support.js';

const rule = (cidr: string, overrides: Partial<AllowRule> = {}): AllowRule => ({ cidr, fromPort: 80, toPort: 90, protocol: 'tcp', ...overrides });

test('address, port range and protocol must all fit; no rules at all is open, an empty list is closed', (t) => {
  const gate = createGate();
  const at = (allow: AllowRule[] | undefined, address = '10.1.2.3', transport: 'tcp' | 'udp' = 'tcp', port = 80) =>
    gate(listener({ port, ...(allow ? { allow } : {}) }), transport, address);
  t.true(at(undefined));
  t.false(at([]));
  t.true(at([rule('10.0.0.0/8')]));
  t.false(at([rule('10.0.0.0/8')], '11.0.0.1'));
  t.false(at([rule('10.0.0.0/8')], '10.1.2.3', 'udp'));
  t.true(at([rule('10.0.0.0/8', { protocol: 'all' })], '10.1.2.3', 'udp'));
  t.false(at([rule('10.0.0.0/8')], '10.1.2.3', 'tcp', 91));
  t.true(at([rule('9.9.9.9/32'), rule('0.0.0.0/0')]));
  t.true(at([rule('::/0')], '2001:db8::1'));
  t.false(at([rule('0.0.0.0/0')], '2001:db8::1'));
});

test('a client outside is reset, counted and explained; probes and flows that exist are not asked', async (t) => {
  const server = await named(t, 'hello');
  const dataplane = start(t);
  const plan = (cidr: string) => planOf([target('one', server.port)], { listener: { allow: [rule(cidr, { fromPort: 0 })] } });
  await dataplane.apply(plan('203.0.113.0/24'));
  await allHealthy(dataplane, ['one']);
  t.is((await outcome(connect(dataplane))).how, 'ECONNRESET');
  t.like(dataplane.counters().listeners['listener'], { denied: 1, refused: 0, newFlows: 0 });
  t.like(dataplane.trace().at(-1), { why: 'no security group rule admits 127.0.0.1 to TCP port 0', ended: { how: 'refused' } });
  await dataplane.apply(plan('0.0.0.0/0'));
  t.is(await ask(dataplane), 'hello');
});
