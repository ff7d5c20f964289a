// ModifyCapacityReservation: what AWS answers, refuses and does.
import test from 'ava';
import { ModifyCapacityReservationCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { pairOf } from '../certificates.js';
import { createLoadBalancer, createTls, createWorld, refusal } from './fixture.js';

const pair = await pairOf('one.example.com');

const setUp = async () => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const modify = (input: object) => world.api.ModifyCapacityReservation({ LoadBalancerArn, ...input });
  return { world, LoadBalancerArn, modify, reserve: (CapacityUnits: number) => modify({ MinimumLoadBalancerCapacity: { CapacityUnits } }) };
};

test('shape: the reservation as DescribeCapacityReservation tells it', async (t) => {
  const { world, LoadBalancerArn } = await setUp();
  const { $metadata: _metadata, ...output } = await world.sdk.send(new ModifyCapacityReservationCommand({ LoadBalancerArn, MinimumLoadBalancerCapacity: { CapacityUnits: 1000 } }));
  t.like(output, { MinimumLoadBalancerCapacity: { CapacityUnits: 1000 }, DecreaseRequestsRemaining: 2, LastModifiedTime: new Date(Date.UTC(2026, 0, 1)) });
  t.deepEqual(await world.api.DescribeCapacityReservation({ LoadBalancerArn }), output);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const { modify, reserve, LoadBalancerArn } = await setUp();
  t.is(await refusal(modify({})), 'ValidationError: A minimum load balancer capacity must be specified');
  t.regex(await refusal(modify({ ResetCapacityReservation: true, MinimumLoadBalancerCapacity: { CapacityUnits: 1 } })), /^ValidationError: You cannot specify a minimum/);
  t.is(await refusal(reserve(0)), 'ValidationError: Capacity units \'0\' must be greater than or equal to \'1\'');
  t.is(await refusal(reserve(60_000)), 'CapacityUnitsLimitExceeded: The maximum number of capacity units \'50000\' has been exceeded');
  await reserve(1000);
  t.is(await refusal(reserve(1001)), `CapacityReservationPending: A capacity reservation of load balancer '${LoadBalancerArn}' is pending`);
  const other = await createWorld();
  const tls = await createTls(other, pair);
  await tls.create({});
  t.regex(await refusal(other.api.ModifyCapacityReservation({ LoadBalancerArn: tls.LoadBalancerArn, MinimumLoadBalancerCapacity: { CapacityUnits: 100 } })), /^InvalidConfigurationRequest: .* with TLS listeners$/);
});

test('function: less is allowed twice a day, and it can be given back', async (t) => {
  const { world, modify, reserve } = await setUp();
  for (const units of [1000, 900, 800]) {
    await reserve(units);
    await world.clock.advance(2000);
  }
  t.regex(await refusal(reserve(700)), /^CapacityDecreaseRequestLimitExceeded: /);
  await reserve(900);
  await world.clock.advance(24 * 3_600_000);
  t.is((await reserve(700)).DecreaseRequestsRemaining, 1);
  await world.clock.advance(2000);
  t.is((await modify({ ResetCapacityReservation: true })).MinimumLoadBalancerCapacity, undefined);
});
