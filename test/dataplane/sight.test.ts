// What is said of the client's address, per pool: by the group's wish and by who carries its listeners.
import test from 'ava';
import { clientAddressOf } from '../../emulator/dataplane/sight.js';
import { listener, planOf, pool, start, target } from './support.js';

const none = { pools: [], listeners: [] };
const some = { pools: [], listeners: [listener()] };

test('not asked for, by the kernel, by user space, by both', (t) => {
  t.is(clientAddressOf(pool([]), { user: some, kernel: none }), 'not preserved: targets see the load balancer\'s address');
  t.regex(clientAddressOf(pool([], { proxyProtocol: true }), { user: some, kernel: none }), /PROXY protocol v2 tells them the client's$/);
  const asked = pool([], { preserveClientAddress: true });
  t.regex(clientAddressOf(asked, { user: none, kernel: some }), /^preserved, except for clients on the target's own network$/);
  t.regex(clientAddressOf(asked, { user: some, kernel: none }), /^to be preserved, which user space can for clients on loopback/);
  t.regex(clientAddressOf(asked, { user: some, kernel: some }), /^by listeners in the kernel preserved.*; by those in user space to be preserved/);
});

test('a data plane says it of the pools that it has', async (t) => {
  const dataplane = start(t);
  await dataplane.apply(planOf([target('one', 1, { probeFrom: Infinity })], { pool: { preserveClientAddress: true } }));
  t.regex(dataplane.clientAddress('pool') ?? '', /clients on loopback/);
  t.is(dataplane.clientAddress('other'), undefined);
});
