// SetIpAddressType: what AWS answers, refuses and does.
import test from 'ava';
import { SetIpAddressTypeCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createListener, createLoadBalancer, createTargetGroup, createWorld, publicSubnets, refusal } from './fixture.js';

const setUp = async () => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  return { world, LoadBalancerArn, set: (IpAddressType: 'ipv4' | 'dualstack') => world.api.SetIpAddressType({ LoadBalancerArn, IpAddressType }) };
};

test('shape: the type', async (t) => {
  const { world, LoadBalancerArn } = await setUp();
  t.is((await world.sdk.send(new SetIpAddressTypeCommand({ LoadBalancerArn, IpAddressType: 'dualstack' }))).IpAddressType, 'dualstack');
});

test('checks: each in AWS\'s code and words', async (t) => {
  const { world, LoadBalancerArn, set } = await setUp();
  t.regex(await refusal(set('ipv5' as never)), /'ipAddressType' failed to satisfy constraint: Member must satisfy enum value set: \[ipv4, dualstack, dualstack-without-public-ipv4\]/);
  t.regex(await refusal(set('dualstack-without-public-ipv4' as never)), /^ValidationError: IP address type/);
  const udp = await createTargetGroup(world, 'udp', 'ip', 53, 'UDP');
  const { Listeners } = await world.api.CreateListener({ LoadBalancerArn, Protocol: 'UDP', Port: 53, DefaultActions: [{ Type: 'forward', TargetGroupArn: udp }] });
  t.regex(await refusal(set('dualstack')), /^InvalidConfigurationRequest: Listeners with protocol 'UDP' .* require EnablePrefixForIpv6SourceNat/);
  await world.api.DeleteListener({ ListenerArn: Listeners?.[0]?.ListenerArn });
  await set('dualstack');
  const six = await world.api.CreateTargetGroup({ Name: 'six', Protocol: 'TCP', Port: 80, VpcId: world.vpc.VpcId, TargetType: 'ip', IpAddressType: 'ipv6' });
  await createListener(world, LoadBalancerArn, six.TargetGroups?.[0]?.TargetGroupArn ?? '');
  t.regex(await refusal(set('ipv4')), /^InvalidConfigurationRequest: IP address type 'ipv4' is not supported while/);
});

test('function: there and back; source NAT goes with it', async (t) => {
  const { world, LoadBalancerArn, set } = await setUp();
  await world.api.SetSubnets({ LoadBalancerArn, Subnets: publicSubnets(world, 1), IpAddressType: 'dualstack', EnablePrefixForIpv6SourceNat: 'on' });
  await set('ipv4');
  const [described] = (await world.api.DescribeLoadBalancers({})).LoadBalancers ?? [];
  t.like(described, { IpAddressType: 'ipv4', EnablePrefixForIpv6SourceNat: 'off' });
  t.false('SourceNatIpv6Prefixes' in (described?.AvailabilityZones?.[0] ?? {}));
});
