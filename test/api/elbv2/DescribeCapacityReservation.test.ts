// DescribeCapacityReservation: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeCapacityReservationCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createLoadBalancer, createWorld, nowhere, refusal } from './fixture.js';

test('shape: without a reservation there is neither a state nor a minimum', async (t) => {
  const world = await createWorld();
  const { $metadata: _metadata, ...output } = await world.sdk.send(new DescribeCapacityReservationCommand({ LoadBalancerArn: await createLoadBalancer(world) }));
  t.deepEqual(output, { DecreaseRequestsRemaining: 2 });
});

test('checks: malformed and unknown', async (t) => {
  const world = await createWorld();
  const arn = nowhere(await createLoadBalancer(world));
  t.is(await refusal(world.api.DescribeCapacityReservation({ LoadBalancerArn: 'x' })), 'ValidationError: \'x\' is not a valid load balancer ARN');
  t.is(await refusal(world.api.DescribeCapacityReservation({ LoadBalancerArn: arn })), `LoadBalancerNotFound: Load balancer '${arn}' not found`);
});

test('function: a reservation is pending, then provisioned in every zone', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  await world.api.ModifyCapacityReservation({ LoadBalancerArn, MinimumLoadBalancerCapacity: { CapacityUnits: 1000 } });
  const zones = async () => (await world.api.DescribeCapacityReservation({ LoadBalancerArn })).CapacityReservationState ?? [];
  t.deepEqual((await zones()).map((one) => [one.State?.Code, one.EffectiveCapacityUnits]), [['pending', undefined], ['pending', undefined], ['pending', undefined]]);
  await world.clock.advance(2000);
  t.like((await zones())[0], { AvailabilityZone: 'us-west-2a', State: { Code: 'provisioned' }, EffectiveCapacityUnits: 1000 });
});
