// DescribeTags: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeTagsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createLoadBalancer, createService, createWorld, nowhere, publicSubnets, refusal } from './fixture.js';

test('shape: a description for each resource asked for, in that order, without tags too', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, LoadBalancerArn, ListenerArn } = await createService(world);
  await world.api.AddTags({ ResourceArns: [TargetGroupArn], Tags: [{ Key: 'kubernetes.io/cluster/x', Value: 'owned' }] });
  const { TagDescriptions } = await world.sdk.send(new DescribeTagsCommand({ ResourceArns: [TargetGroupArn, LoadBalancerArn, ListenerArn] }));
  t.deepEqual(TagDescriptions, [
    { ResourceArn: TargetGroupArn, Tags: [{ Key: 'kubernetes.io/cluster/x', Value: 'owned' }] }, { ResourceArn: LoadBalancerArn, Tags: [] }, { ResourceArn: ListenerArn, Tags: [] },
  ]);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const arn = await createLoadBalancer(world);
  const no = (...ResourceArns: string[]) => refusal(world.api.DescribeTags({ ResourceArns }));
  t.is(await no(arn, nowhere(arn)), 'LoadBalancerNotFound: One or more load balancers not found');
  t.is(await no('x'), 'ValidationError: \'x\' must be in ARN format');
  t.is(await no(...Array.from({ length: 21 }, () => arn)), 'ValidationError: You cannot describe more than \'20\' resources at a time');
  t.regex(await no(arn.replace(/:loadbalancer.*/, ':truststore/x/0123456789abcdef')), /^TrustStoreNotFound: /);
});

test('function: tags of a create call; default rules have none', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  const { LoadBalancers } = await world.api.CreateLoadBalancer({ Name: 'tagged', Type: 'network', Subnets: publicSubnets(world), Tags: [{ Key: 'a', Value: 'b' }] });
  const rule = (await world.api.DescribeRules({ ListenerArn })).Rules?.[0]?.RuleArn ?? '';
  const { TagDescriptions } = await world.api.DescribeTags({ ResourceArns: [LoadBalancers?.[0]?.LoadBalancerArn ?? '', rule] });
  t.deepEqual(TagDescriptions?.map((one) => one.Tags), [[{ Key: 'a', Value: 'b' }], []]);
});
