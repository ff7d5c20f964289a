// What stands between client and target: nothing, our data plane, nginx stream, HAProxy, one process each; or one rule of the kernel's.
import { execFileSync, fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../elb.js';
import type { Ports } from './worker.js';

/** `pid` is missing where there is no process between; `udp` is 0 where UDP cannot be carried. */
export type Forwarder = { name: string; ports: Ports; pid?: number; stop(): void };

const worker = fileURLToPath(new URL('./worker.js', import.meta.url));

export const startWorker = async (...args: string[]): Promise<{ ports: Ports; child: ChildProcess }> => {
  const child = fork(worker, args);
  const [ports] = (await once(child, 'message')) as [Ports];
  return { ports, child };
};

const listens = async (port: number): Promise<void> => {
  for (;;) {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const open = await new Promise((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)));
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const find = (name: string): string | undefined => ['/usr/sbin', '/usr/bin', '/usr/local/sbin'].map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file));

const streamModule = '/usr/lib/nginx/modules/ngx_stream_module.so';

const nginxText = (folder: string, own: Ports, to: Ports): string => `
${fs.existsSync(streamModule) ? `load_module ${streamModule};` : ''}
daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error crit;
events { worker_connections 20000; }
stream {
  server { listen 127.0.0.1:${own.tcp} backlog=4096; tcp_nodelay on; proxy_pass 127.0.0.1:${to.tcp}; }
  server { listen 127.0.0.1:${own.udp} udp; proxy_pass 127.0.0.1:${to.udp}; }
}
`;

const haproxyText = (own: Ports, to: Ports): string => `
global
  nbthread 1
  maxconn 5000
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen one
  bind 127.0.0.1:${own.tcp} backlog 4096
  server one 127.0.0.1:${to.tcp}
`;

const startPeer = async (name: string, own: Ports, text: string, argsOf: (file: string) => string[]): Promise<Forwarder | undefined> => {
  const command = find(name);
  if (command === undefined) return undefined;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `bench-${name}-`));
  const file = path.join(folder, 'config');
  fs.writeFileSync(file, text.replaceAll('FOLDER', folder));
  const child = spawn(command, argsOf(file), { stdio: 'ignore' });
  const ended = once(child, 'exit').then(() => 'ended' as const);
  if ((await Promise.race([listens(own.tcp), ended])) === 'ended') return undefined;
  const stop = (): void => {
    child.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  };
  return { name, ports: own, ...(child.pid === undefined ? {} : { pid: child.pid }), stop };
};

const startOurs = async (to: Ports, ...kernel: string[]): Promise<Forwarder | undefined> => {
  const { ports, child } = await startWorker('forwarder', String(to.tcp), String(to.udp), ...kernel);
  if (ports.tcp === 0) return undefined;
  return { name: kernel.length === 0 ? 'user' : 'kernel', ports, ...(child.pid === undefined ? {} : { pid: child.pid }), stop: () => void child.kill() };
};

/** The least that a kernel can do: two rules and nothing counted. What it costs against no proxy, no rule set can give back. */
const startDnat = async (to: Ports): Promise<Forwarder | undefined> => {
  const command = find('nft');
  const [own, table] = [{ tcp: await freePort(), udp: await freePort() }, `bench_dnat_${process.pid}`];
  const rules = (['tcp', 'udp'] as const).map((transport) => `ip daddr 127.0.0.1 ${transport} dport ${own[transport]} dnat to 127.0.0.1:${to[transport]};`);
  try {
    execFileSync(command ?? 'nft', [`table ip ${table} { chain output { type nat hook output priority -101; ${rules.join(' ')} }\n}\n`], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { name: 'dnat', ports: own, stop: () => void execFileSync(command ?? 'nft', ['delete', 'table', 'ip', table]) };
};

/** Started when their turn comes; undefined for what is not installed. */
export const forwarders: Record<string, (to: Ports) => Promise<Forwarder | undefined>> = {
  none: async (to) => ({ name: 'none', ports: to, stop: () => {} }),
  nginx: async (to) => {
    const own = { tcp: await freePort(), udp: await freePort() };
    return startPeer('nginx', own, nginxText('FOLDER', own, to), (file) => ['-c', file]);
  },
  haproxy: async (to) => {
    const own = { tcp: await freePort(), udp: 0 };
    return startPeer('haproxy', own, haproxyText(own, to), (file) => ['-q', '-f', file]);
  },
  user: (to) => startOurs(to),
  // Without nft or privileges: undefined, as for a peer that is not installed.
  dnat: startDnat,
  kernel: async (to) => startOurs(to, String(await freePort()), String(await freePort())),
};
