// What one more load balancer costs, calls and open port together, when there are ten and when there are a thousand.
import net from 'node:net';
import type { Info } from '../../emulator/main/info.js';
import { cpuOf } from './data/figures.js';
import { call, pick } from './elb.js';
import { nlbox } from './nlbox.js';

type Site = { endpoint: string; pid: number; subnet: string; vpc: string };

/** As many are added at a time as even out one slow turn. */
const batch = 20;

const add = async ({ endpoint, subnet, vpc }: Site, n: number): Promise<void> => {
  const balancer = pick(await call(endpoint, 'CreateLoadBalancer', { Name: `many-${n}`, Type: 'network', 'Subnets.member.1': subnet }), 'LoadBalancerArn');
  const group = pick(await call(endpoint, 'CreateTargetGroup', { Name: `many-${n}`, Protocol: 'TCP', Port: '8080', TargetType: 'ip', VpcId: vpc }), 'TargetGroupArn');
  const action = { 'DefaultActions.member.1.Type': 'forward', 'DefaultActions.member.1.TargetGroupArn': group };
  await call(endpoint, 'CreateListener', { LoadBalancerArn: balancer, Protocol: 'TCP', Port: '8080', ...action });
};

const listens = async ({ endpoint }: Site, n: number): Promise<void> => {
  const { loadBalancers } = (await (await fetch(`${endpoint}/_nlb/info`)).json()) as Info;
  const host = loadBalancers.find(({ LoadBalancerName }) => LoadBalancerName === `many-${n}`)?.front ?? '';
  const socket = net.connect({ host, port: 8080 });
  const how = await new Promise((resolve) => void socket.once('connect', () => resolve('open')).once('error', ({ code }: NodeJS.ErrnoException) => resolve(code)));
  socket.destroy();
  // Without a target, so what listens may also have reset us already.
  if (how === 'ECONNREFUSED') throw new Error(`many-${n} does not listen`);
};

type Cost = { wall: number; cpu: number };

const addMany = async (site: Site, from: number, to: number): Promise<Cost> => {
  const [cpu, began] = [cpuOf(site.pid), performance.now()];
  for (let n = from; n < to; n += 1) await add(site, n);
  const cost = { wall: (performance.now() - began) / (to - from), cpu: ((cpuOf(site.pid) - cpu) * 1000) / (to - from) };
  await listens(site, to - 1);
  return cost;
};

const told = (name: string, { wall, cpu }: Cost): string => `${name} load balancer: ${wall.toFixed(1)} ms, ${cpu.toFixed(1)} ms of CPU`;

/** Lines for the report; the first fifty warm the process up. */
export const thousandth = async (): Promise<string[]> => {
  const peer = nlbox('many', '--cluster', 'none', '--controller', 'none', '--quota', 'network-load-balancer-enis-per-vpc=2000');
  const { server } = await peer.start();
  const { endpoint, child } = server;
  try {
    const subnets = await call(endpoint, 'DescribeSubnets', {}, '2016-11-15');
    const site = { endpoint, pid: child.pid ?? 0, subnet: pick(subnets, 'subnetId'), vpc: pick(subnets, 'vpcId') };
    await addMany(site, 0, 10);
    const tenth = await addMany(site, 10, 10 + batch);
    await addMany(site, 10 + batch, 990);
    const last = await addMany(site, 990, 990 + batch);
    const ratio = last.wall / tenth.wall;
    return [told('the 10th', tenth), told('the 1,000th', last), `ratio of both: ${ratio.toFixed(2)} (budget: at most 1.5, ${ratio <= 1.5 ? 'met' : 'MISSED'})`];
  } finally {
    await server.stop();
  }
};
