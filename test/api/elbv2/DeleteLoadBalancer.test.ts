// DeleteLoadBalancer: what AWS answers, refuses and does.
import test from 'ava';
import { DeleteLoadBalancerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createService, createWorld, refusal } from './fixture.js';

test('shape: an empty result', async (t) => {
  const world = await createWorld();
  const { LoadBalancerArn } = await createService(world);
  const { $metadata, ...output } = await world.sdk.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  t.deepEqual([$metadata.httpStatusCode, output], [200, {}]);
});

test('checks: a malformed ARN, and one that is protected', async (t) => {
  const world = await createWorld();
  const { LoadBalancerArn } = await createService(world);
  t.is(await refusal(world.api.DeleteLoadBalancer({ LoadBalancerArn: '$ALB_ARN' })), 'ValidationError: \'$ALB_ARN\' is not a valid load balancer ARN');
  const protect = (Value: string) => world.api.ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [{ Key: 'deletion_protection.enabled', Value }] });
  await protect('true');
  t.is(await refusal(world.api.DeleteLoadBalancer({ LoadBalancerArn })), `OperationNotPermitted: Load balancer '${LoadBalancerArn}' cannot be deleted because deletion protection is enabled`);
  await protect('false');
  t.is(await refusal(world.api.DeleteLoadBalancer({ LoadBalancerArn })), 'no refusal');
});

test('function: it takes the listeners along, frees the groups, and is repeatable', async (t) => {
  const world = await createWorld();
  const { LoadBalancerArn, ListenerArn, TargetGroupArn } = await createService(world);
  await world.api.DeleteLoadBalancer({ LoadBalancerArn });
  await world.api.DeleteLoadBalancer({ LoadBalancerArn });
  t.is(await refusal(world.api.DescribeLoadBalancers({ LoadBalancerArns: [LoadBalancerArn] })), 'LoadBalancerNotFound: One or more load balancers not found');
  t.is(await refusal(world.api.DescribeListeners({ ListenerArns: [ListenerArn] })), 'ListenerNotFound: One or more listeners not found');
  t.deepEqual((await world.api.DescribeTargetGroups({})).TargetGroups?.[0]?.LoadBalancerArns, []);
  t.is(await refusal(world.api.DeleteTargetGroup({ TargetGroupArn })), 'no refusal');
});
