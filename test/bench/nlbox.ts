// The product as a peer of the benchmarks: its own folder, port and loopback block.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freeBlock } from '../support/nlbox.js';
import { call, freePort, startServer, type Server } from './elb.js';

/** Somebody whose answers are timed. */
export type Peer = { name: string; start(): Promise<{ server: Server; took: number }>; subnets(endpoint: string): Promise<string[]> };

/** Our own `up`, with room for many load balancers. */
export const nlbox = (name: string, ...flags: string[]): Peer => ({
  name,
  start: async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-bench-'));
    const port = await freePort();
    const { server, took } = await startServer(
      [process.execPath, 'emulator/nlbox.mjs', '--state-dir', folder, 'up', '--port', String(port), '--kube-port', '0', '--loopback', String(await freeBlock()), '--names', 'proxy', '--quota', 'network-load-balancers=2000', ...flags],
      port,
    );
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
