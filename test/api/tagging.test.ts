// GetResources: filters by tag and by type, in pages.
import test from 'ava';
import { createListener, createLoadBalancer, createTargetGroup, createWorld } from './elbv2/fixture.js';

test('resources with tags are found by tag and by type, page by page', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const TargetGroupArn = await createTargetGroup(world);
  const ListenerArn = await createListener(world, LoadBalancerArn, TargetGroupArn);
  await createTargetGroup(world, 'untagged');
  for (const [arn, stack] of [[LoadBalancerArn, 'ui'], [TargetGroupArn, 'ui'], [ListenerArn, 'api']] as const) {
    await world.api.AddTags({ ResourceArns: [arn], Tags: [{ Key: 'stack', Value: stack }, { Key: 'all', Value: '' }] });
  }
  const ask = async (input: object) => (await world.json('ResourceGroupsTaggingAPI_20170126.GetResources', input)).output as Record<string, unknown>;
  const arns = async (input: object) => ((await ask(input))['ResourceTagMappingList'] as { ResourceARN: string }[]).map((one) => one.ResourceARN);
  t.deepEqual(await arns({}), [LoadBalancerArn, ListenerArn, TargetGroupArn]);
  t.deepEqual(await arns({ TagFilters: [{ Key: 'stack', Values: ['ui'] }, { Key: 'all' }] }), [LoadBalancerArn, TargetGroupArn]);
  t.deepEqual(await arns({ TagFilters: [{ Key: 'nope' }] }), []);
  t.deepEqual(await arns({ TagFilters: null, ResourceTypeFilters: null, ResourceARNList: null }), await arns({}));
  t.deepEqual(await arns({ ResourceTypeFilters: ['elasticloadbalancing:targetgroup'] }), [TargetGroupArn]);
  t.deepEqual(await arns({ ResourceTypeFilters: ['elasticloadbalancing:loadbalancer/net', 'elasticloadbalancing:listener'] }), [LoadBalancerArn, ListenerArn]);
  t.deepEqual(await arns({ ResourceTypeFilters: ['ec2'] }), []);
  t.deepEqual(await arns({ ResourceARNList: [ListenerArn] }), [ListenerArn]);
  const page = await ask({ ResourcesPerPage: 2 });
  t.deepEqual(await arns({ ResourcesPerPage: 2, PaginationToken: page['PaginationToken'] }), [TargetGroupArn]);
  t.is((await ask({}))['PaginationToken'], '');
  t.like(await ask({ PaginationToken: 'x' }), { __type: 'InvalidParameterException' });
  t.like(await ask({ TagFilters: 'x' }), { __type: 'InvalidParameterException' });
});
