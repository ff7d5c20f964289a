// Cold start and DescribeLoadBalancers, side by side with moto's server in one run.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { freeBlock, missingTool } from '../support/nlbox.js';
import { bodyOf, call, freePort, headersFor, median, peakMemory, pick, startServer, type Server } from './elb.js';

type Peer = { name: string; start(): Promise<{ server: Server; took: number }>; subnets(endpoint: string): Promise<string[]> };

const nlbox = (name: string, ...flags: string[]): Peer => ({
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

const moto: Peer = {
  name: 'moto',
  start: async () => {
    const port = await freePort();
    return startServer(['moto_server', '-H', '127.0.0.1', '-p', String(port)], port);
  },
  subnets: async (endpoint) => {
    const vpc = pick(await call(endpoint, 'CreateVpc', { CidrBlock: '10.42.0.0/16' }, '2016-11-15'), 'vpcId');
    const made: string[] = [];
    for (const [zone, third] of [['a', 0], ['b', 32], ['c', 64]] as const) {
      const xml = await call(endpoint, 'CreateSubnet', { VpcId: vpc, CidrBlock: `10.42.${third}.0/19`, AvailabilityZone: `us-west-2${zone}` }, '2016-11-15');
      made.push(pick(xml, 'subnetId'));
    }
    return made;
  },
};

const coldStarts = async (peers: Peer[], runs: number): Promise<Record<string, number>> => {
  const times: Record<string, number[]> = {};
  for (let n = 0; n < runs; n++) {
    for (const peer of peers) {
      const { server, took } = await peer.start();
      await server.stop();
      (times[peer.name] ??= []).push(took);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
};

const addLoadBalancers = async (endpoint: string, subnets: string[], from: number, to: number): Promise<void> => {
  for (let n = from; n < to; n++) {
    const mappings = Object.fromEntries(subnets.map((id, at) => [`Subnets.member.${at + 1}`, id]));
    await call(endpoint, 'CreateLoadBalancer', { Name: `bench-${n}`, Type: 'network', Scheme: 'internal', ...mappings });
  }
};

type Load = { requests: { average: number }; latency: { p50: number; p99: number } };

const load = async (endpoint: string): Promise<Load> => {
  const headers = Object.entries(headersFor('2015-12-01')).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const body = bodyOf('DescribeLoadBalancers', { PageSize: '400' });
  const { stdout } = await execa('node', ['node_modules/autocannon/autocannon.js', '--json', '-c', '8', '-d', '5', '-m', 'POST', ...headers, '-b', body, endpoint], { stderr: 'ignore' });
  return JSON.parse(stdout) as Load;
};

const throughput = async (peer: Peer): Promise<{ loads: Record<number, Load>; memory: number }> => {
  const { server } = await peer.start();
  const subnets = await peer.subnets(server.endpoint);
  const loads: Record<number, Load> = {};
  let made = 0;
  for (const count of [1, 100]) {
    await addLoadBalancers(server.endpoint, subnets, made, count);
    made = count;
    loads[count] = await load(server.endpoint);
  }
  const memory = peakMemory(server.child);
  await server.stop();
  return { loads, memory };
};

/** Lines for the report; `ours / moto's`, with the budget beside it. */
export const controlPlane = async (): Promise<string[]> => {
  const alone = nlbox('endpoint alone', '--cluster', 'none', '--controller', 'none');
  const whole = nlbox('whole up');
  const missing = missingTool('moto_server');
  const starts = await coldStarts(missing ? [alone, whole] : [moto, alone, whole], 5);
  const ours = await throughput(alone);
  const lines = Object.entries(starts).map(([name, ms]) => `cold start, ${name}: ${ms.toFixed(0)} ms`);
  for (const [count, result] of Object.entries(ours.loads)) {
    lines.push(`DescribeLoadBalancers, ${count} load balancers: ${result.requests.average.toFixed(0)}/s, p50 ${result.latency.p50} ms, p99 ${result.latency.p99} ms`);
  }
  lines.push(`peak memory, endpoint alone: ${ours.memory.toFixed(0)} MiB`);
  if (missing) return [...lines, `no ratios: ${missing} is not installed (pip install 'moto[server]')`];
  const theirs = await throughput(moto);
  const motoStart = starts['moto'] ?? Number.NaN;
  for (const [name, budget] of [['endpoint alone', 0.5], ['whole up', 1.5]] as const) {
    lines.push(`ratio of cold start, ${name} / moto: ${((starts[name] ?? Number.NaN) / motoStart).toFixed(2)} (budget: at most ${budget})`);
  }
  for (const count of [1, 100]) {
    const [a, b] = [ours.loads[count], theirs.loads[count]];
    lines.push(`ratio of DescribeLoadBalancers/s at ${count}, nlbox / moto: ${((a?.requests.average ?? 0) / (b?.requests.average ?? 1)).toFixed(0)} (budget: at least 20; moto ${b?.requests.average.toFixed(1)}/s, p50 ${b?.latency.p50} ms)`);
  }
  lines.push(`peak memory, moto: ${theirs.memory.toFixed(0)} MiB`);
  return lines;
};
