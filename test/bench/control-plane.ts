// Cold start, describing many and memory, side by side with moto's server in one run; then what much state costs.
import { missingTool } from '../support/nlbox.js';
import { call, freePort, median, peakMemory, pick, startServer } from './elb.js';
import { loadOf, type Load } from './load.js';
import { nlbox, type Peer } from './nlbox.js';
import { judged } from './process.js';
import { startOverMany, writeBesideMany } from './stored.js';

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

const counts = [1, 100, 1000];

/** A group of 100 ip targets, as LBC would make it. */
const groupOf100 = async (endpoint: string, vpc: string): Promise<string> => {
  const arn = pick(await call(endpoint, 'CreateTargetGroup', { Name: 'bench-100', Protocol: 'TCP', Port: '80', TargetType: 'ip', VpcId: vpc }), 'TargetGroupArn');
  const targets = Array.from({ length: 100 }, (_, at) => [[`Targets.member.${at + 1}.Id`, `10.42.1.${at + 1}`], [`Targets.member.${at + 1}.Port`, '80']]);
  await call(endpoint, 'RegisterTargets', { TargetGroupArn: arn, ...Object.fromEntries(targets.flat()) });
  return arn;
};

type Seen = { loads: Load[]; health: Load; memory: number };

const throughput = async (peer: Peer): Promise<Seen> => {
  const { server } = await peer.start();
  const { endpoint } = server;
  const subnets = await peer.subnets(endpoint);
  const vpc = pick(await call(endpoint, 'DescribeSubnets', { 'SubnetId.1': subnets[0] ?? '' }, '2016-11-15'), 'vpcId');
  const loads: Load[] = [];
  let made = 0;
  for (const count of counts) {
    await addLoadBalancers(endpoint, subnets, made, count);
    made = count;
    loads.push(await loadOf(endpoint, 'DescribeLoadBalancers', { PageSize: '400' }));
  }
  const memory = peakMemory(server.child);
  const health = await loadOf(endpoint, 'DescribeTargetHealth', { TargetGroupArn: await groupOf100(endpoint, vpc) });
  await server.stop();
  return { loads, health, memory };
};

const shown = (what: string, { rate, p50, p99 }: Load): string => `${what}: ${rate.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(1)} ms`;

const atLeast20 = (what: string, ours: Load, theirs: Load): string => {
  const ratio = ours.rate / theirs.rate;
  return `${what}, nlbox / moto: ${ratio.toFixed(0)} times (budget: at least 20; ${ratio >= 20 ? 'met' : 'MISSED'}; moto ${theirs.rate.toFixed(1)}/s, p50 ${theirs.p50.toFixed(1)} ms)`;
};

const ratios = (ours: Seen, theirs: Seen): string[] => [
  ...counts.flatMap((count, at) => {
    const [a, b] = [ours.loads[at], theirs.loads[at]];
    if (!a || !b) return [];
    return [atLeast20(`DescribeLoadBalancers/s at ${count}`, a, b), judged(`p99 at ${count} / moto's p50`, a.p99 / b.p50, 0.2, 'times', 3)];
  }),
  atLeast20('DescribeTargetHealth/s of 100 targets', ours.health, theirs.health),
  judged('peak memory with 1,000 load balancers, nlbox (moto in the budget)', ours.memory, Math.round(theirs.memory), 'MiB'),
];

const own = ({ loads, health, memory }: Seen): string[] => [
  ...loads.map((load, at) => shown(`DescribeLoadBalancers, ${counts[at]} load balancers`, load)),
  shown('DescribeTargetHealth, 100 targets', health),
  `peak memory with 1,000 load balancers, endpoint alone: ${memory.toFixed(0)} MiB`,
];

/** Lines for the report; `ours / moto's`, with the budget beside it. */
export const controlPlane = async (): Promise<string[]> => {
  const alone = nlbox('endpoint alone', '--cluster', 'none', '--controller', 'none');
  const whole = nlbox('whole up');
  const missing = missingTool('moto_server');
  const starts = await coldStarts(missing ? [alone, whole] : [moto, alone, whole], 5);
  const ours = await throughput(alone);
  const lines = [...Object.entries(starts).map(([name, ms]) => `cold start, ${name}: ${ms.toFixed(0)} ms`), ...own(ours)];
  const much = [...(await writeBesideMany()), ...(await startOverMany())];
  if (missing) return [...lines, ...much, `no ratios: ${missing} is not installed (pip install 'moto[server]')`];
  const theirs = await throughput(moto);
  const started = ([['endpoint alone', 0.5], ['whole up', 1.5]] as const).map(([name, budget]) =>
    judged(`cold start, ${name} / moto`, (starts[name] ?? Number.NaN) / (starts['moto'] ?? Number.NaN), budget, 'times', 2));
  return [...lines, ...started, ...ratios(ours, theirs), ...much];
};
