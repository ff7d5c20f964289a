// The CLI's five waiters, by their own acceptors (15 s between polls, 40 polls), in each timing profile; and through the real CLI.
import test from 'ava';
import { AwsFault } from '../../../emulator/wire/fault.js';
import { missingTool, startNlbox } from '../../support/nlbox.js';
import { createListener, createLoadBalancer, createTargetGroup, createWorld, type World } from './fixture.js';

type Seen = { code: string } | { code?: never; output: object };
type Verdict = 'success' | 'retry' | 'failure';

const look = async (call: Promise<object>): Promise<Seen> => {
  try {
    return { output: await call };
  } catch (error) {
    if (error instanceof AwsFault) return { code: error.code };
    throw error;
  }
};

/** Polls as botocore does; the answer is how many polls it took. What no acceptor knows is a failure if it is an error. */
const wait = async (world: World, call: () => Promise<object>, judge: (seen: Seen) => Verdict | undefined): Promise<number> => {
  for (let polls = 1; polls <= 40; polls++) {
    const seen = await look(call());
    const verdict = judge(seen) ?? (seen.code === undefined ? 'retry' : 'failure');
    if (verdict === 'success') return polls;
    if (verdict === 'failure') throw new Error(`failed at poll ${polls}: ${JSON.stringify(seen)}`);
    await world.clock.advance(15_000);
  }
  throw new Error('40 polls were not enough');
};

const statesOf = (seen: Seen, list: string, state: (one: never) => string | undefined): (string | undefined)[] =>
  seen.code === undefined ? ((seen.output as Record<string, never[]>)[list] ?? []).map(state) : [];
const every = (states: readonly (string | undefined)[], wanted: string): boolean => states.length > 0 && states.every((one) => one === wanted);

const balancers = (seen: Seen) => statesOf(seen, 'LoadBalancers', (one: { State?: { Code?: string } }) => one.State?.Code);
const targets = (seen: Seen) => statesOf(seen, 'TargetHealthDescriptions', (one: { TargetHealth?: { State?: string } }) => one.TargetHealth?.State);

const exists = (seen: Seen): Verdict | undefined => (seen.code === undefined ? 'success' : seen.code === 'LoadBalancerNotFound' ? 'retry' : undefined);
const available = (seen: Seen): Verdict | undefined => (every(balancers(seen), 'active') ? 'success' : seen.code === 'LoadBalancerNotFound' ? 'retry' : undefined);
const deleted = (seen: Seen): Verdict | undefined => (seen.code === 'LoadBalancerNotFound' ? 'success' : undefined);
const inService = (seen: Seen): Verdict | undefined => (every(targets(seen), 'healthy') ? 'success' : seen.code === 'InvalidInstance' ? 'retry' : undefined);
const deregistered = (seen: Seen): Verdict | undefined => (seen.code === 'InvalidTarget' || every(targets(seen), 'unused') ? 'success' : undefined);

/** Polls of: exists, available, in service, deregistered, deleted. */
const profiles = { instant: [1, 1, 1, 1, 1], fast: [1, 2, 2, 2, 1], aws: [1, 9, 7, 21, 1] } as const;

for (const [timing, wanted] of Object.entries(profiles)) {
  test(`the waiters in the profile ${timing}`, async (t) => {
    const world = await createWorld({ timing: timing as keyof typeof profiles });
    const TargetGroupArn = await createTargetGroup(world);
    const LoadBalancerArn = await createLoadBalancer(world);
    await createListener(world, LoadBalancerArn, TargetGroupArn);
    const describe = () => world.api.DescribeLoadBalancers({ LoadBalancerArns: [LoadBalancerArn] });
    const Targets = [{ Id: '10.42.0.10' }];
    const health = () => world.api.DescribeTargetHealth({ TargetGroupArn, Targets });
    const polls = [await wait(world, describe, exists), await wait(world, describe, available)];
    await world.api.RegisterTargets({ TargetGroupArn, Targets });
    world.health.set(TargetGroupArn, '10.42.0.10|8080', 'healthy');
    polls.push(await wait(world, health, inService));
    await world.api.DeregisterTargets({ TargetGroupArn, Targets });
    polls.push(await wait(world, health, deregistered));
    await world.api.DeleteLoadBalancer({ LoadBalancerArn });
    polls.push(await wait(world, describe, deleted));
    t.deepEqual(polls, [...wanted]);
  });
}

test('a waiter for what is not there waits, and for what is wrong fails', async (t) => {
  const world = await createWorld();
  const arn = (await createLoadBalancer(world)).replace(/.{16}$/, 'ffffffffffffffff');
  await t.throwsAsync(wait(world, () => world.api.DescribeLoadBalancers({ LoadBalancerArns: [arn] }), available), { message: '40 polls were not enough' });
  await t.throwsAsync(wait(world, () => world.api.DescribeLoadBalancers({ LoadBalancerArns: ['x'] }), available), { message: /failed at poll 1/ });
});

const missing = missingTool('aws');
(missing ? test.skip : test.serial)('the real CLI waits', async (t) => {
  t.timeout(300_000);
  const run = await startNlbox(t, '--cluster', 'none', '--timing', 'instant');
  await run.sh(`
    set -e
    subnet=$(aws ec2 describe-subnets --query 'Subnets[0].SubnetId' --output text)
    lb=$(aws elbv2 create-load-balancer --name one --type network --subnets $subnet --query 'LoadBalancers[0].LoadBalancerArn' --output text)
    vpc=$(aws ec2 describe-vpcs --query 'Vpcs[0].VpcId' --output text)
    group=$(aws elbv2 create-target-group --name one --protocol TCP --port 80 --target-type ip --vpc-id $vpc --query 'TargetGroups[0].TargetGroupArn' --output text)
    aws elbv2 wait load-balancer-exists --names one
    aws elbv2 wait load-balancer-available --load-balancer-arns $lb
    aws elbv2 wait target-deregistered --target-group-arn $group --targets Id=10.42.0.9
    aws elbv2 delete-load-balancer --load-balancer-arn $lb
    aws elbv2 wait load-balancers-deleted --load-balancer-arns $lb`);
  t.pass();
});
