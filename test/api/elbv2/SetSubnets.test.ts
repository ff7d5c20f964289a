// SetSubnets: what AWS answers, refuses and does.
import test from 'ava';
import { SetSubnetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { account, createLoadBalancer, createService, createWorld, nowhere, publicSubnets, refusal } from './fixture.js';

test('shape: zones in the order of the request, address type and source NAT', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const [first = '', second = ''] = publicSubnets(world);
  const { $metadata: _metadata, ...output } = await world.sdk.send(new SetSubnetsCommand({ LoadBalancerArn, Subnets: [second, first] }));
  t.deepEqual(output, {
    AvailabilityZones: [{ ZoneName: 'us-west-2b', SubnetId: second, LoadBalancerAddresses: [] }, { ZoneName: 'us-west-2a', SubnetId: first, LoadBalancerAddresses: [] }],
    IpAddressType: 'ipv4', EnablePrefixForIpv6SourceNat: 'off',
  });
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const [first = ''] = publicSubnets(world);
  const otherOfA = world.vpc.subnets.find((subnet) => !subnet.public && subnet.AvailabilityZone.endsWith('a'))?.SubnetId ?? '';
  const no = (input: object) => refusal(world.api.SetSubnets({ LoadBalancerArn, ...input }));
  t.is(await no({}), 'ValidationError: At least one subnet must be specified');
  t.regex(await no({ Subnets: ['subnet-x'] }), /^SubnetNotFound: /);
  t.is(await no({ Subnets: [otherOfA] }), `ValidationError: The subnet of an enabled Availability Zone cannot be changed from '${first}' to '${otherOfA}'; remove the zone first`);
  t.regex(await no({ Subnets: [first], EnablePrefixForIpv6SourceNat: 'on' }), /^InvalidConfigurationRequest: /);
  t.regex(await no({ LoadBalancerArn: nowhere(LoadBalancerArn), Subnets: [first] }), /^LoadBalancerNotFound: /);
  await world.api.ModifyCapacityReservation({ LoadBalancerArn, MinimumLoadBalancerCapacity: { CapacityUnits: 100 } });
  t.is(await no({ Subnets: [first] }), `CapacityReservationPending: A capacity reservation of load balancer '${LoadBalancerArn}' is pending`);
});

test('function: zones come and go, and each keeps its address', async (t) => {
  const world = await createWorld();
  const { LoadBalancerArn } = await createService(world);
  const [first = '', second = '', third = ''] = publicSubnets(world);
  const addresses = () => world.store.partition(account, 'us-west-2').read.get('loadBalancers', LoadBalancerArn)?.AvailabilityZones.map((zone) => zone.address);
  await world.api.SetSubnets({ LoadBalancerArn, Subnets: [second] });
  t.deepEqual(addresses(), ['127.43.0.2']);
  await world.api.SetSubnets({ LoadBalancerArn, Subnets: [third, second, first] });
  t.deepEqual(addresses(), ['127.43.0.3', '127.43.0.2', '127.43.0.1']);
});

test('function: IPv6 comes and goes with it', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const Subnets = publicSubnets(world, 1);
  const on = await world.api.SetSubnets({ LoadBalancerArn, Subnets, IpAddressType: 'dualstack', EnablePrefixForIpv6SourceNat: 'on' });
  t.like(on, { IpAddressType: 'dualstack', EnablePrefixForIpv6SourceNat: 'on', AvailabilityZones: [{ SourceNatIpv6Prefixes: ['2001:db8:42:4200:1::/80'] }] });
  const off = await world.api.SetSubnets({ LoadBalancerArn, Subnets, EnablePrefixForIpv6SourceNat: 'off' });
  t.false('SourceNatIpv6Prefixes' in (off.AvailabilityZones?.[0] ?? {}));
  t.is(off.IpAddressType, 'dualstack');
});
