// Capacity reservations and target quotas by zone.
import test from 'ava';
import { createListener, createLoadBalancer, createTargetGroup, createWorld, refusal } from './fixture.js';

test('a reservation is pending, then provisioned in every zone; less is allowed twice a day', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const modify = (input: object) => world.api.ModifyCapacityReservation({ LoadBalancerArn, ...input });
  const reserve = (CapacityUnits: number) => modify({ MinimumLoadBalancerCapacity: { CapacityUnits } });
  t.deepEqual(await world.api.DescribeCapacityReservation({ LoadBalancerArn }), { DecreaseRequestsRemaining: 2 });
  t.like(await reserve(1000), { MinimumLoadBalancerCapacity: { CapacityUnits: 1000 }, DecreaseRequestsRemaining: 2 });
  t.deepEqual((await world.api.DescribeCapacityReservation({ LoadBalancerArn })).CapacityReservationState?.map((one) => one.State?.Code), ['pending', 'pending', 'pending']);
  t.regex(await refusal(reserve(1001)), /^CapacityReservationPending: /);
  await world.clock.advance(2000);
  t.like((await world.api.DescribeCapacityReservation({ LoadBalancerArn })).CapacityReservationState?.[0], { State: { Code: 'provisioned' }, EffectiveCapacityUnits: 1000 });
  for (const units of [900, 800]) {
    await reserve(units);
    await world.clock.advance(2000);
  }
  t.regex(await refusal(reserve(700)), /^CapacityDecreaseRequestLimitExceeded: /);
  await reserve(900);
  await world.clock.advance(24 * 3_600_000);
  t.is((await reserve(700)).DecreaseRequestsRemaining, 1);
  await world.clock.advance(2000);
  t.is((await modify({ ResetCapacityReservation: true })).MinimumLoadBalancerCapacity, undefined);
  t.is(await refusal(modify({})), 'ValidationError: A minimum load balancer capacity must be specified');
  t.regex(await refusal(reserve(60_000)), /^CapacityUnitsLimitExceeded: /);
});

test('targets are counted by zone, in every zone when traffic crosses zones', async (t) => {
  const world = await createWorld({ quotas: { 'targets-per-availability-zone-per-network-load-balancer': 2 } });
  const TargetGroupArn = await createTargetGroup(world);
  const LoadBalancerArn = await createLoadBalancer(world);
  await createListener(world, LoadBalancerArn, TargetGroupArn);
  const register = (...ids: string[]) => world.api.RegisterTargets({ TargetGroupArn, Targets: ids.map((Id) => ({ Id })) });
  await register('10.42.0.10', '10.42.0.11', '10.42.32.10');
  t.regex(await refusal(register('10.42.0.12')), /^TooManyTargets: .* per Availability Zone '2' has been reached in 'us-west-2a'/);
  await register('10.42.32.11');
  await world.api.ModifyTargetGroupAttributes({ TargetGroupArn, Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }] });
  t.regex(await refusal(register('10.42.64.10')), /^TooManyTargets: /);
  const limits = (await world.dispatch.call({ account: '1', region: 'us-west-2' }, 'DescribeAccountLimits', {})) as { Limits: { Name: string; Max: string }[] };
  t.is(limits.Limits.length, 23);
  t.true(limits.Limits.some(({ Name, Max }) => Name === 'certificates-per-network-load-balancer' && Max === '25'));
});
