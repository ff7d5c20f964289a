// Cold start and DescribeLoadBalancers, side by side with moto's server in one run.
import http from 'node:http';
import { missingTool } from '../support/nlbox.js';
import { bodyOf, call, freePort, headersFor, median, peakMemory, pick, startServer } from './elb.js';
import { nlbox, type Peer } from './nlbox.js';

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

type Load = { rate: number; p50: number; p99: number };

const ask = (endpoint: string, agent: http.Agent, headers: Record<string, string>, body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = http.request(endpoint, { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (response) => {
      response.resume().on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`))));
    });
    request.on('error', reject).end(body);
  });

// Eight requests at a time for five seconds. Whoever closes its connections (moto does) is asked over new ones; load
// generators that count on keep-alive would tell a far lower rate for it.
const load = async (endpoint: string): Promise<Load> => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const headers = headersFor('2015-12-01');
  const body = bodyOf('DescribeLoadBalancers', { PageSize: '400' });
  const times: number[] = [];
  const began = performance.now();
  const worker = async (): Promise<void> => {
    while (performance.now() - began < 5000) {
      const sent = performance.now();
      await ask(endpoint, agent, headers, body);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const took = (performance.now() - began) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  return { rate: times.length / took, p50: times[Math.floor(times.length / 2)] ?? Number.NaN, p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
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
    lines.push(`DescribeLoadBalancers, ${count} load balancers: ${result.rate.toFixed(0)}/s, p50 ${result.p50.toFixed(2)} ms, p99 ${result.p99.toFixed(1)} ms`);
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
    lines.push(`ratio of DescribeLoadBalancers/s at ${count}, nlbox / moto: ${((a?.rate ?? 0) / (b?.rate ?? 1)).toFixed(0)} (budget: at least 20; moto ${b?.rate.toFixed(1)}/s, p50 ${b?.p50.toFixed(1)} ms)`);
  }
  lines.push(`peak memory, moto: ${theirs.memory.toFixed(0)} MiB`);
  return lines;
};
