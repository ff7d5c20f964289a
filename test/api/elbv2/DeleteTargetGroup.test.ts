// DeleteTargetGroup: what AWS answers, refuses and does.
import test from 'ava';
import { DeleteTargetGroupCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { account, createService, createTargetGroup, createWorld, refusal } from './fixture.js';

test('shape: an empty result', async (t) => {
  const world = await createWorld();
  const { $metadata, ...output } = await world.sdk.send(new DeleteTargetGroupCommand({ TargetGroupArn: await createTargetGroup(world) }));
  t.deepEqual([$metadata.httpStatusCode, output], [200, {}]);
});

test('checks: malformed, and in use', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn } = await createService(world);
  t.is(await refusal(world.api.DeleteTargetGroup({ TargetGroupArn: 'x' })), 'ValidationError: \'x\' is not a valid target group ARN');
  t.is(await refusal(world.api.DeleteTargetGroup({ TargetGroupArn })), `ResourceInUse: Target group '${TargetGroupArn}' is currently in use by a listener or a rule`);
});

test('function: registered targets do not prevent it and go along; a second time is no mistake', async (t) => {
  const world = await createWorld();
  const TargetGroupArn = await createTargetGroup(world);
  await world.api.RegisterTargets({ TargetGroupArn, Targets: [{ Id: '10.42.0.9' }] });
  await world.api.DeleteTargetGroup({ TargetGroupArn });
  await world.api.DeleteTargetGroup({ TargetGroupArn });
  t.is(world.store.partition(account, 'us-west-2').read.count('targets'), 0);
});
