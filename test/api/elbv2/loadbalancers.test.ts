// Load balancers: the shape of answers, the checks in AWS's words, and what the operations do.
import test from 'ava';
import {
  CreateLoadBalancerCommand, DescribeLoadBalancersCommand, DuplicateLoadBalancerNameException, LoadBalancerNotFoundException, paginateDescribeLoadBalancers,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { account, createListener, createLoadBalancer, createTargetGroup, createWorld, publicSubnets, refusal } from './fixture.js';

const arnHead = `arn:aws:elasticloadbalancing:us-west-2:${account}:loadbalancer/net`;

test('shape: the SDK reads back every field that AWS prints', async (t) => {
  const world = await createWorld();
  const Subnets = publicSubnets(world);
  await world.sdk.send(new CreateLoadBalancerCommand({ Name: 'my-nlb', Type: 'network', Subnets, Tags: [{ Key: 'env', Value: '' }] }));
  const { LoadBalancers, $metadata } = await world.sdk.send(new DescribeLoadBalancersCommand({}));
  t.is($metadata.requestId, '00000000-0000-4000-8000-000000000000');
  t.deepEqual(LoadBalancers, [{
    LoadBalancerArn: `${arnHead}/my-nlb/0000000000000001`,
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
});

test('shape: XML with empty address lists, milliseconds, and nothing for what is absent', async (t) => {
  const world = await createWorld();
  const { text, headers } = await world.post(
    `Action=CreateLoadBalancer&Version=2015-12-01&Name=my-nlb&Type=network&Subnets.member.1=${publicSubnets(world)[0]}`,
  );
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
  t.is(await create({ Type: undefined }), 'UnsupportedOperation: nlbox does not model load balancers of type \'application\' yet; pass the type \'network\'');
  t.is(await create({ Type: 'bogus' }), 'ValidationError: 1 validation error detected: Value \'bogus\' at \'type\' failed to satisfy constraint: Member must satisfy enum value set: [application, network, gateway]');
  t.is(await create({ Name: undefined }), 'ValidationError: 1 validation error detected: Value null at \'name\' failed to satisfy constraint: Member must not be null');
  t.is(await create({ Name: 'a_b' }), 'ValidationError: The load balancer name \'a_b\' can only contain characters that are alphanumeric characters and hyphens(-)');
  t.is(await create({ Name: 'a'.repeat(33) }), `ValidationError: The load balancer name '${'a'.repeat(33)}' cannot be longer than '32' characters`);
  t.is(await create({ Name: 'internal-x' }), 'ValidationError: The load balancer name \'internal-x\' cannot begin with \'internal-\'');
  t.is(await create({ Subnets: [] }), 'ValidationError: At least one subnet must be specified');
  t.is(await create({ SubnetMappings: [{ SubnetId: second }] }), 'ValidationError: You cannot specify both subnets and subnet mappings');
  t.is(await create({ Subnets: ['subnet-nope'] }), 'SubnetNotFound: The subnet ID \'subnet-nope\' does not exist');
  t.is(await create({ Subnets: [first, otherOfA] }), 'InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone');
  t.regex(await create({ SecurityGroups: ['sg-0'] }), /^InvalidSecurityGroup: The security group 'sg-0' does not exist \(Service: AmazonEC2; Status Code: 400; Error Code: InvalidGroup\.NotFound; Request ID: [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}; Proxy: null\)$/);
  t.is(await create({ SecurityGroups: ['nope'] }), 'ValidationError: Security group \'nope\' is not valid');
  t.is(await create({ Tags: [{ Key: 'aws:x', Value: '' }] }), 'ValidationError: Tag key \'aws:x\' cannot start with \'aws:\'');
  t.is(await create({ Tags: [{ Key: 'x' }, { Key: 'x' }] }), 'DuplicateTagKeys: Duplicate Tag Keys found in the request. Tag keys should be unique.');
  t.is(await create({ Subnets: undefined, SubnetMappings: [{ SubnetId: first, AllocationId: 'eipalloc-1' }] }), 'AllocationIdNotFound: The allocation IDs \'eipalloc-1\' do not exist');
  t.deepEqual((await world.api.DescribeLoadBalancers({})).LoadBalancers, [], 'nothing is half made');
});

test('checks: lookups of what is not there', async (t) => {
  const world = await createWorld();
  const describe = (input: object) => refusal(world.api.DescribeLoadBalancers(input));
  t.is(await describe({ Names: ['nope'] }), 'LoadBalancerNotFound: Load balancers \'[nope]\' not found');
  t.is(await describe({ LoadBalancerArns: ['null'] }), 'ValidationError: \'null\' is not a valid load balancer ARN');
  t.is(await describe({ LoadBalancerArns: [`${arnHead}/x/0123456789abcdef`] }), 'LoadBalancerNotFound: One or more load balancers not found');
  t.is(await describe({ Names: ['a'], LoadBalancerArns: ['b'] }), 'ValidationError: Load balancer names and load balancer ARNs cannot be specified at the same time');
  t.is(await describe({ PageSize: 401 }), 'ValidationError: 1 validation error detected: Value \'401\' at \'pageSize\' failed to satisfy constraint: Member must have value less than or equal to 400');
  const error = await t.throwsAsync(world.sdk.send(new DescribeLoadBalancersCommand({ Names: ['nope'] })));
  t.true(error instanceof LoadBalancerNotFoundException);
});

test('function: provisioning becomes active with time, also in a kept answer', async (t) => {
  const world = await createWorld();
  await createLoadBalancer(world);
  const describe = async () => (await world.post('Action=DescribeLoadBalancers&Version=2015-12-01')).text;
  t.regex(await describe(), /<Code>provisioning</);
  t.regex(await describe(), /<Code>provisioning</);
  await world.clock.advance(1500);
  t.regex(await describe(), /<Code>active</);
});

test('function: the same create call answers the same load balancer, another one is refused', async (t) => {
  const world = await createWorld();
  const arn = await createLoadBalancer(world);
  t.is(await createLoadBalancer(world), arn);
  const other = new CreateLoadBalancerCommand({ Name: 'my-nlb', Type: 'network', Subnets: publicSubnets(world, 2) });
  const error = await t.throwsAsync(world.sdk.send(other));
  t.true(error instanceof DuplicateLoadBalancerNameException);
  t.is(error.message, 'A load balancer with the same name \'my-nlb\' exists, but with different settings');
});

test('function: addresses come from the lowest free slot', async (t) => {
  const world = await createWorld();
  const first = await createLoadBalancer(world, 'one');
  await createLoadBalancer(world, 'two');
  await world.api.DeleteLoadBalancer({ LoadBalancerArn: first });
  const third = await createLoadBalancer(world, 'three');
  const addresses = (arn: string) => world.store.partition(account, 'us-west-2').read.get('loadBalancers', arn)?.AvailabilityZones.map((zone) => zone.address);
  t.deepEqual(addresses(third), ['127.43.0.1', '127.43.0.2', '127.43.0.3']);
});

test('function: quota and paging', async (t) => {
  const world = await createWorld({ quotas: { 'network-load-balancers': 5 } });
  for (const name of ['a', 'b', 'c', 'd', 'e']) await createLoadBalancer(world, name);
  t.is(await refusal(createLoadBalancer(world, 'f')), 'TooManyLoadBalancers: The maximum number of load balancers has been reached');
  const pages: (string | undefined)[][] = [];
  for await (const page of paginateDescribeLoadBalancers({ client: world.sdk }, { PageSize: 2 })) pages.push((page.LoadBalancers ?? []).map((one) => one.LoadBalancerName));
  t.deepEqual(pages, [['a', 'b'], ['c', 'd'], ['e']]);
  t.is(await refusal(world.api.DescribeLoadBalancers({ Marker: 'nope' })), 'ValidationError: The marker \'nope\' is not valid');
});

test('function: delete takes the listeners along, frees the groups, and is repeatable', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const group = await createTargetGroup(world);
  const listener = await createListener(world, LoadBalancerArn, group);
  await world.api.ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }] });
  t.is(await refusal(world.api.DeleteLoadBalancer({ LoadBalancerArn })), `OperationNotPermitted: Load balancer '${LoadBalancerArn}' cannot be deleted because deletion protection is enabled`);
  await world.api.ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }] });
  await world.api.DeleteLoadBalancer({ LoadBalancerArn });
  await world.api.DeleteLoadBalancer({ LoadBalancerArn });
  t.is(await refusal(world.api.DescribeListeners({ ListenerArns: [listener] })), 'ListenerNotFound: One or more listeners not found');
  t.deepEqual((await world.api.DescribeTargetGroups({})).TargetGroups?.[0]?.LoadBalancerArns, []);
  await world.api.DeleteTargetGroup({ TargetGroupArn: group });
  t.is(await refusal(world.api.DeleteLoadBalancer({ LoadBalancerArn: '$ALB_ARN' })), 'ValidationError: \'$ALB_ARN\' is not a valid load balancer ARN');
});

test('function: subnets, security groups and address type', async (t) => {
  const world = await createWorld();
  const [first = '', second = ''] = publicSubnets(world);
  const LoadBalancerArn = await createLoadBalancer(world);
  const { AvailabilityZones } = await world.api.SetSubnets({ LoadBalancerArn, Subnets: [second, first] });
  t.deepEqual(AvailabilityZones?.map((zone) => zone.SubnetId), [second, first]);
  const record = world.store.partition(account, 'us-west-2').read.get('loadBalancers', LoadBalancerArn);
  t.deepEqual(record?.AvailabilityZones.map((zone) => zone.address), ['127.43.0.2', '127.43.0.1'], 'a zone keeps its address');
  const groups = { sg: 'sg-0123456789abcdef0', other: 'sg-0123456789abcdef1' };
  await world.store.partition(account, 'us-west-2').update((tx) => {
    for (const GroupId of Object.values(groups)) tx.put('securityGroups', GroupId, { GroupId, GroupName: GroupId, Description: '', VpcId: world.vpc.VpcId, IpPermissions: [], tags: {} });
  });
  t.regex(await refusal(world.api.SetSecurityGroups({ LoadBalancerArn, SecurityGroups: [groups.sg] })), /^InvalidConfigurationRequest: /);
  const guarded = await world.api.CreateLoadBalancer({ Name: 'guarded', Type: 'network', Subnets: [first], SecurityGroups: [groups.sg] });
  const guardedArn = guarded.LoadBalancers?.[0]?.LoadBalancerArn ?? '';
  t.deepEqual(guarded.LoadBalancers?.[0]?.SecurityGroups, [groups.sg]);
  t.deepEqual(await world.api.SetSecurityGroups({ LoadBalancerArn: guardedArn, SecurityGroups: [groups.other] }), { SecurityGroupIds: [groups.other] });
  t.regex(await refusal(world.api.SetSecurityGroups({ LoadBalancerArn: guardedArn, SecurityGroups: [] })), /^ValidationError: /);
  t.deepEqual(await world.api.SetIpAddressType({ LoadBalancerArn, IpAddressType: 'ipv4' }), { IpAddressType: 'ipv4' });
  t.deepEqual(await world.api.DescribeCapacityReservation({ LoadBalancerArn }), { DecreaseRequestsRemaining: 2 });
});

test('function: attributes are answered in full and checked by key', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const modify = (Key: string, Value: string) => world.api.ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [{ Key, Value }] });
  const { Attributes } = await modify('load_balancing.cross_zone.enabled', 'true');
  t.deepEqual(Object.fromEntries((Attributes ?? []).map(({ Key, Value }) => [Key, Value])), {
    'access_logs.s3.enabled': 'false',
    'access_logs.s3.bucket': '',
    'access_logs.s3.prefix': '',
    'deletion_protection.enabled': 'false',
    'load_balancing.cross_zone.enabled': 'true',
    'zonal_shift.config.enabled': 'false',
    'dns_record.client_routing_policy': 'any_availability_zone',
    'secondary_ips.auto_assigned.per_subnet': '0',
  });
  t.is(await refusal(modify('nope', 'x')), 'ValidationError: Load balancer attribute key \'nope\' is not recognized');
  t.is(await refusal(modify('idle_timeout.timeout_seconds', '60')), 'InvalidConfigurationRequest: Load balancer attribute key \'idle_timeout.timeout_seconds\' is not supported on load balancers with type \'network\'');
  t.is(await refusal(modify('ipv6.deny_all_igw_traffic', 'true')), 'InvalidConfigurationRequest: Load balancer attribute key \'ipv6.deny_all_igw_traffic\' is not supported on load balancers with IP address type \'ipv4\'');
  t.regex(await refusal(modify('deletion_protection.enabled', 'yes')), /^ValidationError: /);
  t.is((await world.api.DescribeLoadBalancerAttributes({ LoadBalancerArn })).Attributes?.length, 8);
});
