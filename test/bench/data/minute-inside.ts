// What runs inside the network of `minute`: target, forwarder and one client process for it, and a look at the table each second.
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { forwarders } from './forwarders.js';
import type { Minute } from './minute.js';

const [seconds, clients] = [60, 64];

const figure = (name: string): number => Number(fs.readFileSync(`/proc/sys/net/netfilter/${name}`, 'utf8'));

/** Entries that are left for the forwarder: eight seconds of new connections, where each is remembered for two minutes. */
const left = 20_000;

// The size of the table is the machine's and no network's own, so connections that nobody may drop take the rest of it.
const fill = (count: number): void => {
  const file = path.join(os.tmpdir(), `bench-flows-${process.pid}`);
  const line = (n: number): string => `-A -s 10.${n >> 16}.${(n >> 8) & 255}.${n & 255} -d 10.255.255.255 -p tcp --sport 1024 --dport 80 --state ESTABLISHED -t 900 -u ASSURED,SEEN_REPLY\n`;
  fs.writeFileSync(file, Array.from({ length: Math.max(0, count) }, (_, n) => line(n)).join(''));
  try {
    execFileSync('conntrack', ['-R', file], { stdio: 'ignore' });
  } finally {
    fs.rmSync(file);
  }
};

// Says bye at once: the fewest segments that a whole connection has.
const target = async (): Promise<number> => {
  const server = net.createServer((socket) => socket.on('error', () => {}).end()).listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
};

const client = (port: number): void => {
  let made = 0;
  // Each client has an address of its own: one address has too few ports for a minute.
  const next = (localAddress: string): void => {
    const socket = net.connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {});
    socket.on('connect', () => void (made += 1)).on('close', () => next(localAddress)).resume();
  };
  for (let n = 1; n <= clients; n += 1) next(`127.0.1.${n}`);
  setInterval(() => {
    process.send?.(made);
    made = 0;
  }, 1000);
};

const watch = (child: ChildProcess): Promise<Minute> =>
  new Promise((resolve) => {
    const seen: Minute = { rates: [], entries: 0, room: figure('nf_conntrack_max') };
    child.on('message', (made: number) => {
      seen.rates.push(made);
      seen.entries = Math.max(seen.entries, figure('nf_conntrack_count'));
      if (seen.rates.length === seconds) resolve(seen);
    });
  });

const measure = async (name: string): Promise<void> => {
  const forwarder = await forwarders[name]?.({ tcp: await target(), udp: 1 });
  if (!forwarder) throw new Error(`no ${name} here`);
  fill(figure('nf_conntrack_max') - left);
  const child = fork(fileURLToPath(import.meta.url), ['client', String(forwarder.ports.tcp)]);
  process.stdout.write(JSON.stringify(await watch(child)));
  child.kill();
  forwarder.stop();
  process.exit();
};

const [role = '', port] = process.argv.slice(2);
if (role === 'client') client(Number(port));
else await measure(role);
