// DeleteListener: what AWS answers, refuses and does.
import test from 'ava';
import { DeleteListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createService, createWorld, refusal } from './fixture.js';

test('shape: an empty result', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  const { $metadata, ...output } = await world.sdk.send(new DeleteListenerCommand({ ListenerArn }));
  t.deepEqual([$metadata.httpStatusCode, output], [200, {}]);
});

test('checks: malformed, and gone already', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  t.is(await refusal(world.api.DeleteListener({ ListenerArn: 'null' })), 'ValidationError: \'null\' is not a valid listener ARN');
  await world.api.DeleteListener({ ListenerArn });
  t.is(await refusal(world.api.DeleteListener({ ListenerArn })), 'ListenerNotFound: One or more listeners not found');
});

test('function: its group is free', async (t) => {
  const world = await createWorld();
  const { ListenerArn, TargetGroupArn } = await createService(world);
  await world.api.DeleteListener({ ListenerArn });
  t.is(await refusal(world.api.DeleteTargetGroup({ TargetGroupArn })), 'no refusal');
});
