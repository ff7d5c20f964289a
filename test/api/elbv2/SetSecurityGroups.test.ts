// SetSecurityGroups: what AWS answers, refuses and does.
import test from 'ava';
import { SetSecurityGroupsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createGroups, createLoadBalancer, createWorld, publicSubnets, refusal } from './fixture.js';

const setUp = async () => {
  const world = await createWorld();
  const [one = '', other = ''] = await createGroups(world, 'sg-0123456789abcdef0', 'sg-0123456789abcdef1');
  const { LoadBalancers } = await world.api.CreateLoadBalancer({ Name: 'guarded', Type: 'network', Subnets: publicSubnets(world, 1), SecurityGroups: [one] });
  return { world, one, other, LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn ?? '' };
};

test('shape: the groups; what PrivateLink must obey only once it is set', async (t) => {
  const { world, other, LoadBalancerArn } = await setUp();
  const { $metadata: _metadata, ...output } = await world.sdk.send(new SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups: [other] }));
  t.deepEqual(output, { SecurityGroupIds: [other] });
  const set = await world.api.SetSecurityGroups({ LoadBalancerArn, SecurityGroups: [other], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off' });
  t.is(set.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic, 'off');
});

test('checks: each in AWS\'s code and words', async (t) => {
  const { world, one, LoadBalancerArn } = await setUp();
  const no = (SecurityGroups: string[], arn = LoadBalancerArn) => refusal(world.api.SetSecurityGroups({ LoadBalancerArn: arn, SecurityGroups }));
  t.is(await no([one], await createLoadBalancer(world)), 'InvalidConfigurationRequest: SetSecurityGroups is not supported for load balancers of type \'network\'');
  t.regex(await no([]), /^ValidationError: At least one security group must be specified/);
  t.is(await no(['x']), 'ValidationError: Security group \'x\' is not valid');
  t.regex(await no(['sg-2']), /^InvalidSecurityGroup: The security group 'sg-2' does not exist/);
});

test('function: the groups are replaced', async (t) => {
  const { world, one, other, LoadBalancerArn } = await setUp();
  await world.api.SetSecurityGroups({ LoadBalancerArn, SecurityGroups: [other, one, other] });
  t.deepEqual((await world.api.DescribeLoadBalancers({})).LoadBalancers?.[0]?.SecurityGroups, [other, one]);
});
