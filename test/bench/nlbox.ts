// The product as a peer of the benchmarks: its own folder, port and loopback block.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freeBlock } from '../support/nlbox.js';
import { call, freePort, startServer, type Server } from './elb.js';

/** Somebody whose answers are timed. */
export type Peer = { name: string; start(): Promise<{ server: Server; took: number }>; subnets(endpoint: string): Promise<string[]> };

const upOver = async (folder: string, flags: readonly string[]): Promise<{ server: Server; took: number }> => {
  const port = await freePort();
  const where = ['--port', String(port), '--kube-port', '0', '--loopback', String(await freeBlock()), '--names', 'proxy'];
  return startServer([process.execPath, 'emulator/nlbox.mjs', '--state-dir', folder, 'up', ...where, ...flags], port);
};

const newFolder = (): string => fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-bench-'));

/** Our own `up`, with room for many load balancers. */
export const nlbox = (name: string, ...flags: string[]): Peer => ({
  name,
  start: async () => {
    const folder = newFolder();
    const { server, took } = await upOver(folder, ['--quota', 'network-load-balancers=2000', ...flags]);
    const stop = async (): Promise<void> => {
      await server.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    };
    return { server: { ...server, stop }, took };
  },
  subnets: async (endpoint) => {
    const xml = await call(endpoint, 'DescribeSubnets', {}, '2016-11-15');
    return [...xml.matchAll(/<subnetId>([^<]*)</g)].slice(0, 3).map((match) => match[1] ?? '');
  },
});

/** The endpoint alone over a folder that stays: `again` starts over it, `drop` ends and forgets. */
export type Running = { server: Server; took: number; again(): Promise<{ server: Server; took: number }>; drop(): Promise<void> };

export const nlboxKept = (...flags: string[]): { start(): Promise<Running> } => ({
  start: async () => {
    const folder = newFolder();
    const up = () => upOver(folder, ['--cluster', 'none', '--controller', 'none', ...flags]);
    const first = await up();
    const drop = async (): Promise<void> => {
      if (first.server.child.exitCode === null && first.server.child.signalCode === null) await first.server.stop();
      fs.rmSync(folder, { recursive: true, force: true });
    };
    return { ...first, again: up, drop };
  },
});
