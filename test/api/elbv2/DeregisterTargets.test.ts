// DeregisterTargets: what AWS answers, refuses and does.
import test from 'ava';
import { DeregisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { sweep } from '../../../emulator/api/elbv2/registrations.js';
import { timingProfiles } from '../../../emulator/config.js';
import { account, createService, createWorld, nowhere, refusal, states } from './fixture.js';

test('shape: an empty result, of targets that nobody knows too', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn } = await createService(world);
  const { $metadata, ...output } = await world.sdk.send(new DeregisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: '10.42.0.77' }] }));
  t.deepEqual([$metadata.httpStatusCode, output], [200, {}]);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn } = await createService(world);
  const no = (arn: string, Targets: { Id: string }[]) => refusal(world.api.DeregisterTargets({ TargetGroupArn: arn, Targets }));
  t.is(await no('x', [{ Id: 'x' }]), 'ValidationError: \'x\' is not a valid target group ARN');
  t.is(await no(nowhere(TargetGroupArn), [{ Id: 'x' }]), `TargetGroupNotFound: Target groups '${nowhere(TargetGroupArn)}' not found`);
  t.is(await no(TargetGroupArn, []), 'ValidationError: At least one target must be specified');
});

test('function: a target drains, then is gone, and its record is swept', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, register } = await createService(world);
  await register({ Id: '10.42.0.9' }, { Id: '10.42.32.9' });
  await world.api.DeregisterTargets({ TargetGroupArn, Targets: [{ Id: '10.42.0.9' }, { Id: '10.42.0.77' }] });
  t.is((await states(world, TargetGroupArn))[0], '10.42.0.9:8080 draining Target.DeregistrationInProgress');
  await world.clock.advance(300_000 * timingProfiles.fast.drainFactor);
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.32.9:8080 initial Elb.InitialHealthChecking']);
  const partition = world.store.partition(account, 'us-west-2');
  t.is(partition.read.count('targets'), 2);
  await sweep(partition, timingProfiles.fast, world.clock.now());
  t.is(partition.read.count('targets'), 1);
});

test('function: a port override is named in the call; registered again while draining it starts anew; while unused it is gone at once', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, ListenerArn, register } = await createService(world);
  const Targets = [{ Id: '10.42.0.9', Port: 9000 }];
  await register(...Targets);
  await world.clock.advance(10_000);
  await world.api.DeregisterTargets({ TargetGroupArn, Targets: [{ Id: '10.42.0.9' }] });
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.0.9:9000 initial Elb.InitialHealthChecking']);
  await world.api.DeregisterTargets({ TargetGroupArn, Targets });
  await register(...Targets);
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.0.9:9000 initial Elb.RegistrationInProgress']);
  await world.api.DeleteListener({ ListenerArn });
  await world.api.DeregisterTargets({ TargetGroupArn, Targets });
  t.deepEqual(await states(world, TargetGroupArn), []);
});
