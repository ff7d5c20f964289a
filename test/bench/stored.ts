// What much state costs: a write beside 10,000 records, and a start over 100,000 targets.
import { call, median, pick } from './elb.js';
import type { Running } from './nlbox.js';
import { nlboxKept } from './nlbox.js';
import { judged } from './process.js';

const vpcOf = async (endpoint: string): Promise<string> => pick(await call(endpoint, 'DescribeVpcs', {}, '2016-11-15'), 'vpcId');

const createGroup = async (endpoint: string, vpc: string, name: string): Promise<string> =>
  pick(await call(endpoint, 'CreateTargetGroup', { Name: name, Protocol: 'TCP', Port: '80', TargetType: 'ip', VpcId: vpc }), 'TargetGroupArn');

/** Median ms of one CreateTargetGroup, over so many of them one after the other. */
const costOf = async (endpoint: string, vpc: string, prefix: string, count: number): Promise<number> => {
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const began = performance.now();
    await createGroup(endpoint, vpc, `${prefix}-${n}`);
    times.push(performance.now() - began);
  }
  return median(times);
};

const fill = async (endpoint: string, vpc: string, count: number): Promise<void> => {
  for (let n = 0; n < count; n += 50) await Promise.all(Array.from({ length: 50 }, (_, at) => createGroup(endpoint, vpc, `fill-${n + at}`)));
};

/** CreateTargetGroup with 10 and with 10,000 groups stored. */
export const writeBesideMany = async (): Promise<string[]> => {
  const { start } = nlboxKept('--quota', 'target-groups=20000');
  const { server, drop } = await start();
  const vpc = await vpcOf(server.endpoint);
  await fill(server.endpoint, vpc, 50);
  await costOf(server.endpoint, vpc, 'warm', 100);
  const few = await costOf(server.endpoint, vpc, 'few', 200);
  await fill(server.endpoint, vpc, 10_000);
  const many = await costOf(server.endpoint, vpc, 'many', 200);
  await drop();
  return [judged(`CreateTargetGroup beside 10,000 groups (${many.toFixed(2)} ms) / beside a few (${few.toFixed(2)} ms)`, many / few, 1.5, 'times', 2)];
};

const registerMany = async (endpoint: string, arn: string, count: number): Promise<void> => {
  for (let n = 0; n < count; n += 500) {
    const targets = Array.from({ length: 500 }, (_, at) => {
      const host = n + at;
      return [[`Targets.member.${at + 1}.Id`, `10.42.${Math.floor(host / 250)}.${1 + (host % 250)}`], [`Targets.member.${at + 1}.Port`, '80']];
    });
    await call(endpoint, 'RegisterTargets', { TargetGroupArn: arn, ...Object.fromEntries(targets.flat()) });
  }
};

const startMs = async (running: Running): Promise<number> => {
  await running.server.stop();
  const times: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    const again = await running.again();
    times.push(again.took);
    await again.server.stop();
  }
  return median(times);
};

/** A start over 100,000 registered targets against one over none. */
export const startOverMany = async (): Promise<string[]> => {
  const { start } = nlboxKept('--keep');
  const bare = await start();
  const empty = await startMs(bare);
  await bare.drop();
  const full = await start();
  const vpc = await vpcOf(full.server.endpoint);
  for (let n = 0; n < 100; n += 1) await registerMany(full.server.endpoint, await createGroup(full.server.endpoint, vpc, `group-${n}`), 1000);
  const loaded = await startMs(full);
  await full.drop();
  return [judged(`start over 100,000 targets (over none: ${empty.toFixed(0)} ms)`, loaded, Math.round(2 * empty + 1000), 'ms')];
};
