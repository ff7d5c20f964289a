// CreateLoadBalancer: what AWS answers, refuses and does.
import test from 'ava';
import { CreateLoadBalancerCommand, DescribeLoadBalancersCommand, DuplicateLoadBalancerNameException } from '@aws-sdk/client-elastic-load-balancing-v2';
import { account, createGroups, createLoadBalancer, createWorld, publicSubnets, refusal } from './fixture.js';

test('shape: the SDK reads back every field that AWS prints', async (t) => {
  const world = await createWorld();
  const Subnets = publicSubnets(world);
  const created = await world.sdk.send(new CreateLoadBalancerCommand({ Name: 'my-nlb', Type: 'network', Subnets, Tags: [{ Key: 'env', Value: '' }] }));
  t.deepEqual(created.LoadBalancers, [{
    LoadBalancerArn: `arn:aws:elasticloadbalancing:us-west-2:${account}:loadbalancer/net/my-nlb/0000000000000001`,
    DNSName: 'my-nlb-0000000000000001.elb.us-west-2.amazonaws.com',
    CanonicalHostedZoneId: 'Z18D5FSROUN65G',
    CreatedTime: new Date(Date.UTC(2026, 0, 1)),
    LoadBalancerName: 'my-nlb',
    Scheme: 'internet-facing',
    VpcId: world.vpc.VpcId,
    State: { Code: 'provisioning' },
    Type: 'network',
    AvailabilityZones: ['a', 'b', 'c'].map((zone, index) => ({ ZoneName: `us-west-2${zone}`, SubnetId: Subnets[index] ?? '', LoadBalancerAddresses: [] })),
    IpAddressType: 'ipv4',
    EnablePrefixForIpv6SourceNat: 'off',
  }]);
  t.deepEqual((await world.sdk.send(new DescribeLoadBalancersCommand({}))).LoadBalancers, created.LoadBalancers);
});

test('shape: XML with empty address lists, milliseconds, and nothing for what is absent', async (t) => {
  const world = await createWorld();
  const { text, headers } = await world.post(`Action=CreateLoadBalancer&Version=2015-12-01&Name=my-nlb&Type=network&Subnets.member.1=${publicSubnets(world)[0]}`);
  t.is(headers['Content-Type'], 'text/xml');
  t.true(text.startsWith('<CreateLoadBalancerResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><CreateLoadBalancerResult><LoadBalancers><member>'), text);
  t.true(text.includes('<LoadBalancerAddresses/>'), text);
  t.true(text.includes('<CreatedTime>2026-01-01T00:00:00.000Z</CreatedTime>'), text);
  t.false(/SecurityGroups|NextMarker|Enforce/.test(text), text);
  t.true(text.endsWith('<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata></CreateLoadBalancerResponse>'), text);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const [first = '', second = ''] = publicSubnets(world);
  const otherOfA = world.vpc.subnets.find((subnet) => !subnet.public && subnet.AvailabilityZone.endsWith('a'))?.SubnetId ?? '';
  const create = (input: object) => refusal(world.api.CreateLoadBalancer({ Name: 'x', Type: 'network', Subnets: [first], ...input }));
  const mapped = (mapping: object, input: object = {}) => create({ Subnets: undefined, SubnetMappings: [{ SubnetId: first, ...mapping }], ...input });
  t.is(await create({ Type: undefined }), 'UnsupportedOperation: nlbox does not model load balancers of type \'application\' yet; pass the type \'network\'');
  t.is(
    await create({ Type: 'bogus', Scheme: 'x' }),
    'ValidationError: 2 validation errors detected: Value \'x\' at \'scheme\' failed to satisfy constraint: Member must satisfy enum value set: [internet-facing, internal]; '
    + 'Value \'bogus\' at \'type\' failed to satisfy constraint: Member must satisfy enum value set: [application, network, gateway]',
  );
  t.is(await create({ Name: undefined }), 'ValidationError: 1 validation error detected: Value null at \'name\' failed to satisfy constraint: Member must not be null');
  t.is(await create({ Name: 'a_b' }), 'ValidationError: The load balancer name \'a_b\' can only contain characters that are alphanumeric characters and hyphens(-)');
  t.is(await create({ Name: 'a'.repeat(33) }), `ValidationError: The load balancer name '${'a'.repeat(33)}' cannot be longer than '32' characters`);
  t.is(await create({ Name: '-x' }), 'ValidationError: The load balancer name \'-x\' cannot begin or end with a hyphen');
  t.is(await create({ Name: 'internal-x' }), 'ValidationError: The load balancer name \'internal-x\' cannot begin with \'internal-\'');
  t.is(await create({ Subnets: [] }), 'ValidationError: At least one subnet must be specified');
  t.is(await create({ SubnetMappings: [{ SubnetId: second }] }), 'ValidationError: You cannot specify both subnets and subnet mappings');
  t.is(await create({ Subnets: ['subnet-nope'] }), 'SubnetNotFound: The subnet ID \'subnet-nope\' does not exist');
  t.is(await create({ Subnets: [first, otherOfA] }), 'InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone');
  t.regex(await create({ SecurityGroups: ['sg-0'] }), /^InvalidSecurityGroup: The security group 'sg-0' does not exist \(Service: AmazonEC2; Status Code: 400; Error Code: InvalidGroup\.NotFound; Request ID: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}; Proxy: null\)$/);
  t.is(await create({ SecurityGroups: ['nope'] }), 'ValidationError: Security group \'nope\' is not valid');
  t.is(await create({ Tags: [{ Key: 'aws:x', Value: '' }] }), 'ValidationError: Tag key \'aws:x\' cannot start with \'aws:\'');
  t.is(await create({ Tags: [{ Key: 'x' }, { Key: 'x' }] }), 'DuplicateTagKeys: Duplicate Tag Keys found in the request. Tag keys should be unique.');
  t.is(await create({ CustomerOwnedIpv4Pool: 'ipv4pool-coip-1' }), 'UnsupportedOperation: nlbox does not model the parameter CustomerOwnedIpv4Pool yet');
  t.is(await mapped({ AllocationId: 'eipalloc-1' }), 'AllocationIdNotFound: The allocation IDs \'eipalloc-1\' do not exist');
  t.is(await mapped({ AllocationId: 'eipalloc-1' }, { Scheme: 'internal' }), 'InvalidConfigurationRequest: An Elastic IP address can only be specified for an internet-facing load balancer');
  t.is(await mapped({ PrivateIPv4Address: '10.42.0.9' }), 'InvalidConfigurationRequest: A private IPv4 address can only be specified for an internal load balancer');
  t.is(await mapped({ PrivateIPv4Address: '10.9.0.9' }, { Scheme: 'internal' }), `ValidationError: The private IPv4 address '10.9.0.9' is not within the subnet '${first}'`);
  t.deepEqual((await world.api.DescribeLoadBalancers({})).LoadBalancers, [], 'nothing is half made');
});

test('checks: IPv6 goes with dualstack, and inside the subnets\' blocks', async (t) => {
  const world = await createWorld();
  const [SubnetId = ''] = publicSubnets(world);
  const create = (mapping: object, input: object) => refusal(world.api.CreateLoadBalancer({ Name: 'x', Type: 'network', SubnetMappings: [{ SubnetId, ...mapping }], ...input }));
  const dualstack = { IpAddressType: 'dualstack' };
  t.is(await create({}, { IpAddressType: 'dualstack-without-public-ipv4' }), 'ValidationError: IP address type \'dualstack-without-public-ipv4\' is not supported for load balancers with type \'network\'');
  t.regex(await create({ IPv6Address: '2001:db8:42:4200::9' }, {}), /^InvalidConfigurationRequest: An IPv6 address can only be specified/);
  t.is(await create({ IPv6Address: '2001:db8::9' }, dualstack), `ValidationError: The IPv6 address '2001:db8::9' is not within the subnet '${SubnetId}'`);
  t.regex(await create({}, { EnablePrefixForIpv6SourceNat: 'on' }), /^InvalidConfigurationRequest: EnablePrefixForIpv6SourceNat can only be turned on/);
  t.regex(await create({ SourceNatIpv6Prefix: 'auto_assigned' }, dualstack), /^InvalidConfigurationRequest: A source NAT IPv6 prefix can only be specified/);
  t.regex(await create({ SourceNatIpv6Prefix: '2001:db8:42:4200::/64' }, { ...dualstack, EnablePrefixForIpv6SourceNat: 'on' }), /^ValidationError: The source NAT IPv6 prefix .* must be 'auto_assigned' or a \/80 prefix/);
  const made = await world.api.CreateLoadBalancer({
    Name: 'six', Type: 'network', IpAddressType: 'dualstack', EnablePrefixForIpv6SourceNat: 'on', SubnetMappings: [{ SubnetId, IPv6Address: '2001:db8:42:4200::9', SourceNatIpv6Prefix: 'auto_assigned' }],
  });
  t.like(made.LoadBalancers?.[0], {
    IpAddressType: 'dualstack', EnablePrefixForIpv6SourceNat: 'on',
    AvailabilityZones: [{ LoadBalancerAddresses: [{ IPv6Address: '2001:db8:42:4200::9' }], SourceNatIpv6Prefixes: ['2001:db8:42:4200:1::/80'] }],
  });
});

test('function: the same create call answers the same load balancer, another one is refused', async (t) => {
  const world = await createWorld();
  const arn = await createLoadBalancer(world);
  t.is(await createLoadBalancer(world), arn);
  for (const change of [{ Subnets: publicSubnets(world, 2) }, { Scheme: 'internal' as const }, { IpAddressType: 'dualstack' as const }, { SecurityGroups: await createGroups(world, 'sg-1') }]) {
    const other = new CreateLoadBalancerCommand({ Name: 'my-nlb', Type: 'network', Subnets: publicSubnets(world), ...change });
    const error = await t.throwsAsync(world.sdk.send(other));
    t.true(error instanceof DuplicateLoadBalancerNameException, JSON.stringify(change));
    t.is(error.message, 'A load balancer with the same name \'my-nlb\' exists, but with different settings');
  }
});

test('function: addresses come from the lowest free slot, and there is a quota', async (t) => {
  const world = await createWorld({ quotas: { 'network-load-balancers': 2 } });
  const first = await createLoadBalancer(world, 'one');
  await createLoadBalancer(world, 'two');
  t.is(await refusal(createLoadBalancer(world, 'three')), 'TooManyLoadBalancers: The maximum number of load balancers has been reached');
  await world.api.DeleteLoadBalancer({ LoadBalancerArn: first });
  const third = await createLoadBalancer(world, 'three');
  const addresses = world.store.partition(account, 'us-west-2').read.get('loadBalancers', third)?.AvailabilityZones.map((zone) => zone.address);
  t.deepEqual(addresses, ['127.43.0.1', '127.43.0.2', '127.43.0.3']);
});
