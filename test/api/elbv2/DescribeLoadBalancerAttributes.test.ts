// DescribeLoadBalancerAttributes: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeLoadBalancerAttributesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { asObject, createLoadBalancer, createWorld, nowhere, publicSubnets, refusal } from './fixture.js';

const network = {
  'access_logs.s3.enabled': 'false',
  'access_logs.s3.bucket': '',
  'access_logs.s3.prefix': '',
  'deletion_protection.enabled': 'false',
  'load_balancing.cross_zone.enabled': 'false',
  'zonal_shift.config.enabled': 'false',
  'dns_record.client_routing_policy': 'any_availability_zone',
  'secondary_ips.auto_assigned.per_subnet': '0',
};

test('shape: the complete set with its defaults', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  t.deepEqual(asObject((await world.sdk.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }))).Attributes), network);
});

test('checks: malformed and unknown', async (t) => {
  const world = await createWorld();
  const arn = nowhere(await createLoadBalancer(world));
  t.is(await refusal(world.api.DescribeLoadBalancerAttributes({ LoadBalancerArn: 'x' })), 'ValidationError: \'x\' is not a valid load balancer ARN');
  t.is(await refusal(world.api.DescribeLoadBalancerAttributes({ LoadBalancerArn: arn })), `LoadBalancerNotFound: Load balancer '${arn}' not found`);
});

test('function: dualstack brings a key of its own, by scheme', async (t) => {
  const world = await createWorld();
  for (const [Scheme, value] of [['internet-facing', 'false'], ['internal', 'true']] as const) {
    const { LoadBalancers } = await world.api.CreateLoadBalancer({ Name: Scheme.slice(-6), Type: 'network', Scheme, IpAddressType: 'dualstack', Subnets: publicSubnets(world) });
    const { Attributes } = await world.api.DescribeLoadBalancerAttributes({ LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn });
    t.deepEqual(asObject(Attributes), { ...network, 'ipv6.deny_all_igw_traffic': value });
  }
});
