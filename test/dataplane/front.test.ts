// The front address: one address for a whole load balancer, where each connection enters a zone that DNS would give.
import net from 'node:net';
import test from 'ava';
import { systemClock } from '../../emulator/clock.js';
import { createDataplane } from '../../emulator/dataplane/dataplane.js';
import type { DataplanePlan } from '../../emulator/dataplane/types.js';
import { silentLog } from '../../emulator/log.js';

const check = (port: number) => ({ protocol: 'tcp' as const, port, interval: 20, timeout: 500, healthyThreshold: 1, unhealthyThreshold: 1, firstPasses: 1 });

const echoName = async (t: { teardown(fn: () => void): void }, name: string): Promise<number> => {
  const server = net.createServer((socket) => socket.on('error', () => {}).end(`${name} ${socket.remoteAddress}`)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => void server.close());
  return (server.address() as net.AddressInfo).port;
};

const read = (host: string, port: number): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const socket = net.connect({ host, port });
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', () => resolve('reset')).on('close', () => resolve(text));
  });

test('connections to the front reach the targets of every zone, from that zone\'s address', async (t) => {
  const block = 100 + Math.floor(Math.random() * 150);
  const zones = ['a', 'b', 'c'].map((zone, at) => ({ zone, address: `127.${block}.0.${at + 1}` }));
  const front = `127.${block}.0.8`;
  const ports = await Promise.all(zones.map(({ zone }) => echoName(t, zone)));
  const dataplane = createDataplane({ dial: (to, { from } = {}) => net.connect({ ...to, ...(from ? { localAddress: from } : {}), allowHalfOpen: true }), clock: systemClock, log: silentLog });
  t.teardown(() => dataplane.close());
  const targets = zones.map(({ zone }, at) => ({ id: zone, host: '127.0.0.1', port: ports[at] ?? 0, zone, healthCheck: check(ports[at] ?? 0), probeFrom: 0, admission: 'open' as const }));
  const plan: DataplanePlan = {
    pools: [{ id: 'p', targets, stickiness: 'none', cutUnhealthy: true, preserveClientAddress: false }],
    listeners: [{ id: 'l', protocol: 'tcp', port: 0, addresses: zones, front, crossZone: false, pools: [{ id: 'p', weight: 1 }], idleTimeout: 1000 }],
  };
  const healthy = new Promise<void>((resolve) => {
    const off = dataplane.health.onChange(() => {
      if (targets.every(({ id }) => dataplane.health.of('p', id)?.status === 'healthy')) resolve(off());
    });
  });
  await dataplane.apply(plan);
  await healthy;
  const bound = dataplane.bound().find((one) => one.address === front);
  const answers = await Promise.all(Array.from({ length: 90 }, () => read(front, bound?.port ?? 0)));
  t.deepEqual([...new Set(answers)].sort(), zones.map(({ zone, address }) => `${zone} ${address}`));
});
