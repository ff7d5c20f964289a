// ModifyLoadBalancerAttributes: what AWS answers, refuses and does.
import test from 'ava';
import { ModifyLoadBalancerAttributesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { asObject, createLoadBalancer, createWorld, nowhere, refusal } from './fixture.js';

const setUp = async () => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const modify = (Key: string, Value: string) => world.api.ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [{ Key, Value }] });
  return { world, LoadBalancerArn, modify };
};

test('shape: the complete set is answered, not what was sent', async (t) => {
  const { world, LoadBalancerArn } = await setUp();
  const { Attributes } = await world.sdk.send(new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }] }));
  t.is(Attributes?.length, 8);
  t.is(asObject(Attributes)['load_balancing.cross_zone.enabled'], 'true');
});

test('checks: each in AWS\'s code and words', async (t) => {
  const { world, LoadBalancerArn, modify } = await setUp();
  const no = (Key: string, Value: string) => refusal(modify(Key, Value));
  t.is(await no('nope', 'x'), 'ValidationError: Load balancer attribute key \'nope\' is not recognized');
  t.is(await no('idle_timeout.timeout_seconds', '60'), 'InvalidConfigurationRequest: Load balancer attribute key \'idle_timeout.timeout_seconds\' is not supported on load balancers with type \'network\'');
  t.is(await no('ipv6.deny_all_igw_traffic', 'true'), 'InvalidConfigurationRequest: Load balancer attribute key \'ipv6.deny_all_igw_traffic\' is not supported on load balancers with IP address type \'ipv4\'');
  t.is(await no('deletion_protection.enabled', 'yes'), 'ValidationError: \'deletion_protection.enabled\' value \'yes\' must be one of \'true, false\'');
  t.regex(await no('dns_record.client_routing_policy', 'x'), /^ValidationError: 'dns_record\.client_routing_policy' value 'x' must be one of/);
  t.is(await no('secondary_ips.auto_assigned.per_subnet', '8'), 'ValidationError: \'secondary_ips.auto_assigned.per_subnet\' value \'8\' must be between \'0-7\' inclusive');
  t.is(await no('access_logs.s3.enabled', 'true'), 'ValidationError: The value of \'access_logs.s3.bucket\' cannot be empty when access logs are enabled');
  t.regex(await no('a-b', 'x'), /^ValidationError: 1 validation error detected: Value 'a-b' at 'attributes\.1\.member\.key' failed to satisfy constraint: Member must satisfy regular expression pattern/);
  const many = Array.from({ length: 21 }, () => ({ Key: 'deletion_protection.enabled', Value: 'true' }));
  t.regex(await refusal(world.api.ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: many })), /'attributes' failed to satisfy constraint: Member must have length less than or equal to 20/);
  t.regex(await refusal(world.api.ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: many.slice(0, 2) })), /^ValidationError: Attribute key 'deletion_protection\.enabled' was specified more than once/);
  t.regex(await refusal(world.api.ModifyLoadBalancerAttributes({ LoadBalancerArn: nowhere(LoadBalancerArn), Attributes: [] })), /^LoadBalancerNotFound: /);
});

test('function: a bad key among good ones changes nothing; secondary addresses only grow', async (t) => {
  const { world, LoadBalancerArn, modify } = await setUp();
  await refusal(world.api.ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }, { Key: 'nope', Value: '' }] }));
  t.is(asObject((await world.api.DescribeLoadBalancerAttributes({ LoadBalancerArn })).Attributes)['deletion_protection.enabled'], 'false');
  await modify('secondary_ips.auto_assigned.per_subnet', '3');
  t.is(await refusal(modify('secondary_ips.auto_assigned.per_subnet', '2')), 'InvalidConfigurationRequest: \'secondary_ips.auto_assigned.per_subnet\' cannot be decreased');
});
