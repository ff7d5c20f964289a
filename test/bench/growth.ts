// Whether an endpoint grows by what comes and goes: memory after garbage collection, descriptors, files and bytes of state; and what it does at rest.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freeBlock } from '../support/nlbox.js';
import { call, freePort, pick } from './elb.js';
import { loadLine, restOf } from './process.js';

export type Size = { heap: number; descriptors: number; files: number; stateBytes: number };

// Answers each message with the heap that is left after garbage collection.
const collector = 'data:text/javascript,process.on("message",()=>{gc();gc();process.send(process.memoryUsage().heapUsed)})';

export type Subject = { endpoint: string; pid: number; vpc: string; subnets: string[]; size(): Promise<Size>; stop(): Promise<void> };

const filesOf = (folder: string): { files: number; bytes: number } => {
  const all = fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return { files: all.length, bytes: all.reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0) };
};

const sizeOf = async (child: ChildProcess, folder: string): Promise<Size> => {
  const told = once(child, 'message');
  child.send('how much');
  const [heap] = (await told) as [number];
  const { files, bytes } = filesOf(folder);
  return { heap, descriptors: fs.readdirSync(`/proc/${child.pid}/fd`).length, files, stateBytes: bytes };
};

const untilAnswers = async (endpoint: string, child: ChildProcess): Promise<void> => {
  while (!(await call(endpoint, 'DescribeLoadBalancers').then(() => true, () => false))) {
    if (child.exitCode !== null) throw new Error(`nlbox ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** The endpoint alone, with a state directory of its own. */
export const startSubject = async (): Promise<Subject> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-growth-'));
  const port = await freePort();
  const where = ['--state-dir', folder, 'up', '--port', String(port), '--loopback', String(await freeBlock()), '--names', 'proxy', '--cluster', 'none', '--controller', 'none'];
  const room = ['--quota', 'network-load-balancers=2000', '--quota', 'target-groups=5000'];
  const child = spawn(process.execPath, ['--expose-gc', '--import', collector, 'emulator/nlbox.mjs', ...where, ...room], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const endpoint = `http://127.0.0.1:${port}`;
  await untilAnswers(endpoint, child);
  const network = await call(endpoint, 'DescribeSubnets', {}, '2016-11-15');
  return {
    endpoint,
    pid: child.pid ?? 0,
    vpc: pick(network, 'vpcId'),
    subnets: [...network.matchAll(/<subnetId>([^<]*)</g)].slice(0, 3).map((match) => match[1] ?? ''),
    size: () => sizeOf(child, folder),
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGINT');
      await gone;
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A load balancer that listens for a group of its own. */
const open = async ({ endpoint, vpc, subnets }: Subject, name: string) => {
  const zones = Object.fromEntries(subnets.map((id, at) => [`Subnets.member.${at + 1}`, id]));
  const LoadBalancerArn = pick(await call(endpoint, 'CreateLoadBalancer', { Name: name, Type: 'network', Scheme: 'internal', ...zones }), 'LoadBalancerArn');
  const TargetGroupArn = pick(await call(endpoint, 'CreateTargetGroup', { Name: name, Protocol: 'TCP', Port: '80', TargetType: 'ip', VpcId: vpc }), 'TargetGroupArn');
  const action = { 'DefaultActions.member.1.Type': 'forward', 'DefaultActions.member.1.TargetGroupArn': TargetGroupArn };
  await call(endpoint, 'CreateListener', { LoadBalancerArn, Protocol: 'TCP', Port: '8080', ...action });
  return { LoadBalancerArn, TargetGroupArn };
};

const callsPerRound = 8;

/** Everything comes and goes once: eight calls. */
const round = async (subject: Subject, name: string): Promise<void> => {
  const { endpoint } = subject;
  const { LoadBalancerArn, TargetGroupArn } = await open(subject, name);
  const target = { TargetGroupArn, 'Targets.member.1.Id': '10.42.0.10' };
  await call(endpoint, 'RegisterTargets', target);
  await call(endpoint, 'AddTags', { 'ResourceArns.member.1': LoadBalancerArn, 'Tags.member.1.Key': 'a', 'Tags.member.1.Value': 'b' });
  await call(endpoint, 'DeregisterTargets', target);
  await call(endpoint, 'DeleteLoadBalancer', { LoadBalancerArn });
  await call(endpoint, 'DeleteTargetGroup', { TargetGroupArn });
};

/** So many calls that create and delete, some at a time; the size afterwards, when the data plane has followed. */
export const comeAndGo = async (subject: Subject, calls: number, lanes = 8): Promise<Size> => {
  const rounds = Math.ceil(calls / callsPerRound / lanes);
  const lane = async (number: number): Promise<void> => {
    for (let n = 0; n < rounds; n += 1) await round(subject, `lane-${number}-${n}`);
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
  return subject.size();
};

/** Large requests that are refused, half a MiB each; the size afterwards. */
export const sendLarge = async (subject: Subject, count: number): Promise<Size> => {
  const targets = Object.fromEntries(Array.from({ length: 8000 }, (_, at) => [`Targets.member.${at + 1}.Id`, `10.42.0.${at % 250}.and-much-more-than-that`]));
  for (let n = 0; n < count; n += 1) {
    await call(subject.endpoint, 'RegisterTargets', { TargetGroupArn: 'x', ...targets }).catch(() => undefined);
  }
  return subject.size();
};

const shown = ({ heap, descriptors, files, stateBytes }: Size): string =>
  `heap ${(heap / 1024 / 1024).toFixed(1)} MiB, ${descriptors} descriptors, ${files} files, ${(stateBytes / 1024 / 1024).toFixed(1)} MiB of state`;

const growthOver = async (calls: number): Promise<string[]> => {
  const subject = await startSubject();
  const before = await comeAndGo(subject, calls / 20);
  const began = performance.now();
  const after = await comeAndGo(subject, calls);
  const rate = calls / ((performance.now() - began) / 1000);
  await subject.stop();
  return [`before: ${shown(before)}`, `after ${calls} calls that create and delete (${rate.toFixed(0)}/s): ${shown(after)}`];
};

const restWith1000 = async (): Promise<string> => {
  const subject = await startSubject();
  for (let n = 0; n < 1000; n += 20) await Promise.all(Array.from({ length: 20 }, (_, at) => open(subject, `rest-${n + at}`)));
  // What came last may still be on its way into the data plane.
  await restOf(subject.pid, 5000);
  const share = await restOf(subject.pid, 40_000);
  await subject.stop();
  return `at rest for 40 s with 1,000 load balancers, listeners and groups: ${(share * 100).toFixed(2)} % of a core (budget: 0.5 %; ${share < 0.005 ? 'met' : 'MISSED'})`;
};

/** Lines for the report. */
export const growth = async (): Promise<string[]> => [loadLine(), ...(await growthOver(100_000)), await restWith1000()];
