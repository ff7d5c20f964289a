// A process of the data plane's benchmark: `target` answers, `forwarder <tcp> <udp>` is our data plane before one target.
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { systemClock } from '../../../emulator/clock.js';
import { createDataplane } from '../../../emulator/dataplane/dataplane.js';
import { dialTcp } from '../../../emulator/dataplane/dial.js';
import { openKernel } from '../../../emulator/dataplane/kernel/engine.js';
import type { Listener, Pool } from '../../../emulator/dataplane/types.js';
import { silentLog } from '../../../emulator/log.js';

export type Ports = { tcp: number; udp: number };

const chunk = Buffer.alloc(64 * 1024);

// `S` asks for a stream without end; everything else is echoed.
const answer = (socket: Socket): void => {
  const stream = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.setNoDelay(true);
  socket.on('error', () => {}).once('data', (first: Buffer) => {
    if (first[0] !== 'S'.charCodeAt(0)) return void socket.on('data', (data: Buffer) => socket.write(data)).write(first);
    socket.on('drain', stream);
    stream();
  });
};

const startTarget = async (): Promise<Ports> => {
  const server = net.createServer(answer).listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  const socket = dgram.createSocket('udp4');
  socket.on('message', (message, from) => socket.send(message, from.port, from.address)).bind(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(socket, 'listening')]);
  return { tcp: (server.address() as net.AddressInfo).port, udp: socket.address().port };
};

const poolOf = (id: string, port: number): Pool => {
  const healthCheck = { protocol: 'tcp' as const, port, interval: 1000, timeout: 1000, healthyThreshold: 3, unhealthyThreshold: 3, firstPasses: 1 };
  return { id, targets: [{ id, host: '127.0.0.1', port, zone: 'a', healthCheck, probeFrom: Infinity, admission: 'open' }], stickiness: 'none', cutUnhealthy: true, preserveClientAddress: false };
};

const listenerOf = (id: 'tcp' | 'udp', port: number): Listener => ({
  id, protocol: id, port, addresses: [{ zone: 'a', address: '127.0.0.1' }], crossZone: false, pools: [{ id, weight: 1 }], idleTimeout: 350_000,
});

/** With `own` ports the kernel carries; ports 0 are answered where it cannot. */
const startForwarder = async ({ tcp, udp }: Ports, own: Ports): Promise<Ports> => {
  const kernel = own.tcp === 0 ? undefined : await openKernel({ runId: 'be9cbe9c', route: (to) => to, clock: systemClock, log: silentLog });
  if (kernel && !('carry' in kernel)) return { tcp: 0, udp: 0 };
  const dataplane = createDataplane({ dial: dialTcp, clock: systemClock, log: silentLog, ...(kernel ? { kernel } : {}) });
  process.once('SIGTERM', () => void dataplane.close().then(() => process.exit()));
  await dataplane.apply({ pools: [poolOf('tcp', tcp), poolOf('udp', udp)], listeners: [listenerOf('tcp', own.tcp), listenerOf('udp', own.udp)] });
  const portOf = (id: string): number => dataplane.bound().find(({ listenerId }) => listenerId === id)?.port ?? 0;
  return { tcp: portOf('tcp'), udp: portOf('udp') };
};

if (process.send) {
  const [role, tcp, udp, ownTcp = 0, ownUdp = 0] = process.argv.slice(2);
  process.send(await (role === 'target' ? startTarget() : startForwarder({ tcp: Number(tcp), udp: Number(udp) }, { tcp: Number(ownTcp), udp: Number(ownUdp) })));
}
