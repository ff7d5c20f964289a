// DescribeTargetGroups: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeTargetGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createListener, createLoadBalancer, createTargetGroup, createWorld, nowhere, refusal } from './fixture.js';

test('shape: the load balancers of a group are there even when there are none', async (t) => {
  const world = await createWorld();
  await createTargetGroup(world);
  const { TargetGroups } = await world.sdk.send(new DescribeTargetGroupsCommand({ Names: ['my-group'] }));
  t.like(TargetGroups?.[0], { TargetGroupName: 'my-group', LoadBalancerArns: [] });
  t.false('ProtocolVersion' in (TargetGroups?.[0] ?? {}));
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const describe = (input: object) => refusal(world.api.DescribeTargetGroups(input));
  const unknown = nowhere(await createTargetGroup(world));
  t.is(await describe({ Names: ['nope'] }), 'TargetGroupNotFound: One or more target groups not found');
  t.is(await describe({ TargetGroupArns: [unknown] }), 'TargetGroupNotFound: One or more target groups not found');
  t.is(await describe({ TargetGroupArns: ['null'] }), 'ValidationError: \'null\' is not a valid target group ARN');
  t.is(await describe({ LoadBalancerArn: 'null' }), 'ValidationError: \'null\' is not a valid load balancer ARN');
  t.is(await describe({ TargetGroupArns: Array.from({ length: 21 }, () => unknown) }), 'ValidationError: You cannot describe more than \'20\' target groups at a time');
  t.is(await describe({ Names: ['a'], TargetGroupArns: ['b'] }), 'ValidationError: Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time');
});

test('function: groups of a load balancer are those its listeners forward to, at that moment, listener by listener', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const [one, two, three] = [await createTargetGroup(world, 'one'), await createTargetGroup(world, 'two'), await createTargetGroup(world, 'three')];
  const of = async () => (await world.api.DescribeTargetGroups({ LoadBalancerArn })).TargetGroups?.map((group) => group.TargetGroupName);
  t.deepEqual(await of(), []);
  const ListenerArn = await createListener(world, LoadBalancerArn, two);
  await createListener(world, LoadBalancerArn, one, 81);
  await createListener(world, LoadBalancerArn, one, 82);
  t.deepEqual(await of(), ['two', 'one']);
  await world.api.ModifyListener({ ListenerArn, DefaultActions: [{ Type: 'forward', TargetGroupArn: three }] });
  t.deepEqual(await of(), ['three', 'one']);
  const page = await world.api.DescribeTargetGroups({ PageSize: 2 });
  t.deepEqual((await world.api.DescribeTargetGroups({ Marker: page.NextMarker })).TargetGroups?.map((group) => group.TargetGroupName), ['three']);
});
