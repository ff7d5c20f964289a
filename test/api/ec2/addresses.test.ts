// Elastic IPs, the interfaces of load balancers, and what else tools ask of a VPC.
import test from 'ava';
import { AwsFault } from '../../../emulator/wire/fault.js';
import { createWorld, type World } from './world.js';

const refusal = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'no refusal';
  } catch (error) {
    return error instanceof AwsFault ? `${error.code}: ${error.message}` : String(error);
  }
};

const all = (xml: string, tag: string): string[] => [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))].map((match) => match[1] ?? '');
const ask = async (world: World, body: string): Promise<string> => (await world.call(`Version=2016-11-15&Action=${body}`)).body;

const allocate = async (world: World): Promise<{ id: string; ip: string }> => {
  const xml = await ask(world, 'AllocateAddress&Domain=vpc&TagSpecification.1.ResourceType=elastic-ip&TagSpecification.1.Tag.1.Key=a&TagSpecification.1.Tag.1.Value=b');
  return { id: all(xml, 'allocationId')[0] ?? '', ip: all(xml, 'publicIp')[0] ?? '' };
};

test('an Elastic IP is where its load balancer listens, and stays in use until the load balancer is gone', async (t) => {
  const world = await createWorld();
  const api = world.dispatch.elbv2Api();
  const { id, ip } = await allocate(world);
  t.is(ip, '127.43.254.1');
  const create = (input: object) => api.CreateLoadBalancer({ Name: 'one', Type: 'network', SubnetMappings: [{ SubnetId: world.publicSubnet, AllocationId: id }], ...input });
  const { LoadBalancers } = await create({});
  t.deepEqual(LoadBalancers?.[0]?.AvailabilityZones?.[0]?.LoadBalancerAddresses, [{ IpAddress: ip, AllocationId: id }]);
  t.is([...world.partition.read.list('loadBalancers')][0]?.AvailabilityZones[0]?.address, ip);
  t.is(await refusal(create({})), 'no refusal', 'the same call again');
  t.is(await refusal(create({ Name: 'two' })), 'ResourceInUse: The allocation IDs are not available for use');
  t.is(await refusal(create({ Name: 'two', SubnetMappings: [{ SubnetId: world.publicSubnet, AllocationId: 'eipalloc-0' }] })), 'AllocationIdNotFound: The allocation IDs \'eipalloc-0\' do not exist');
  t.regex(await refusal(create({ Name: 'two', Scheme: 'internal' })), /^InvalidConfigurationRequest: An Elastic IP/);
  const kept = await api.SetSubnets({ LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn, Subnets: [world.publicSubnet] });
  t.is(kept.AvailabilityZones?.[0]?.LoadBalancerAddresses?.[0]?.AllocationId, id);
  const described = await ask(world, `DescribeAddresses&Filter.1.Name=tag:a&Filter.1.Value.1=b`);
  t.deepEqual([all(described, 'allocationId'), all(described, 'publicIp'), all(described, 'domain')], [[id], [ip], ['vpc']]);
  t.is(all(described, 'networkInterfaceId').length, 1);
  const reverse = await ask(world, `DescribeAddressesAttribute&AllocationId.1=${id}&Attribute=domain-name`);
  t.true(reverse.includes('<addressSet/>'), reverse);
  t.true((await ask(world, 'DescribeAddressesAttribute&AllocationId.1=eipalloc-0')).includes('InvalidAllocationID.NotFound'));
  t.true((await ask(world, `ReleaseAddress&AllocationId=${id}`)).includes('InvalidIPAddress.InUse'));
  await api.DeleteLoadBalancer({ LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn });
  t.true((await ask(world, `ReleaseAddress&AllocationId=${id}`)).includes('<return>true</return>'));
  t.true((await ask(world, `DescribeAddresses&AllocationId.1=${id}`)).includes('InvalidAllocationID.NotFound'));
  for (let count = 0; count < 5; count++) await allocate(world);
  t.true((await ask(world, 'AllocateAddress')).includes('AddressLimitExceeded'));
});

test('accounts have load balancers and addresses of their own, none of them the same address of this machine', async (t) => {
  const world = await createWorld();
  const accounts = ['111122223333', '444455556666', 'AKID'];
  const ask = async (key: string, service: string, action: string): Promise<string> => {
    const authorization = `AWS4-HMAC-SHA256 Credential=${key}/20260101/us-west-2/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    return (await world.dispatch.answer({ body: `Action=${action}`, authorization })).body.toString();
  };
  const own = await Promise.all(accounts.map((key) => ask(key, 'sts', 'GetCallerIdentity')));
  t.deepEqual(own.flatMap((xml) => all(xml, 'Account')), ['111122223333', '444455556666', '123456789012']);
  // In one turn, so that none sees what the others have stored.
  await Promise.all(accounts.map((key) => ask(key, 'elasticloadbalancing', `CreateLoadBalancer&Name=one&Type=network&Subnets.member.1=${world.publicSubnet}`)));
  const seen = await Promise.all(accounts.map((key) => ask(key, 'elasticloadbalancing', 'DescribeLoadBalancers')));
  t.deepEqual(seen.map((xml) => all(xml, 'LoadBalancerArn').map((arn) => arn.split(':')[4])), [['111122223333'], ['444455556666'], ['123456789012']]);
  const interfaces = await Promise.all(accounts.map((key) => ask(key, 'ec2', 'DescribeNetworkInterfaces&Filter.1.Name=description&Filter.1.Value.1=ELB*')));
  t.is(new Set(interfaces.flatMap((xml) => all(xml, 'publicIp'))).size, 3);
  const allocated: string[] = [];
  for (const key of accounts) allocated.push(...all(await ask(key, 'ec2', 'AllocateAddress'), 'publicIp'));
  t.is(new Set(allocated).size, 3);
});

test('a load balancer has an interface in each zone, with an address of its subnet', async (t) => {
  const world = await createWorld();
  const api = world.dispatch.elbv2Api();
  const { LoadBalancers } = await api.CreateLoadBalancer({ Name: 'one', Type: 'network', Subnets: [world.publicSubnet] });
  const name = LoadBalancers?.[0]?.LoadBalancerArn?.split(':loadbalancer/')[1];
  const xml = await ask(world, `DescribeNetworkInterfaces&Filter.1.Name=description&Filter.1.Value.1=ELB%20${encodeURIComponent(name ?? '')}&Filter.2.Name=attachment.instance-owner-id&Filter.2.Value.1=amazon-elb`);
  t.deepEqual(all(xml, 'interfaceType'), ['network_load_balancer']);
  t.is(all(xml, 'privateIpAddress')[0], '10.42.31.254');
  t.is(all(xml, 'publicIp')[0], '127.43.0.1');
  t.is(all(xml, 'requesterId')[0], 'amazon-elb');
  const fixed = (Name: string) => api.CreateLoadBalancer({ Name, Type: 'network', Scheme: 'internal', SubnetMappings: [{ SubnetId: world.privateSubnet, PrivateIPv4Address: '10.42.96.50' }] });
  await fixed('two');
  t.regex(await refusal(fixed('three')), /^InvalidConfigurationRequest: The private IPv4 address '10.42.96.50' is already in use/);
});

test('the groups that a VPC has from the start can be put on a load balancer', async (t) => {
  const world = await createWorld();
  const api = world.dispatch.elbv2Api();
  const { SecurityGroups } = await world.client.DescribeSecurityGroups({});
  const ids = SecurityGroups.map(({ GroupId }) => GroupId);
  const { LoadBalancers } = await api.CreateLoadBalancer({ Name: 'one', Type: 'network', Subnets: [world.publicSubnet], SecurityGroups: ids });
  t.deepEqual(LoadBalancers?.[0]?.SecurityGroups, ids);
  t.deepEqual((await api.SetSecurityGroups({ LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn, SecurityGroups: ids.slice(0, 1) })).SecurityGroupIds, ids.slice(0, 1));
  const listed = await ask(world, `GetSecurityGroupsForVpc&VpcId=${world.vpc.VpcId}`);
  t.deepEqual(all(listed, 'groupId'), ids);
});

test('network ACLs, account attributes, and lists that are always empty', async (t) => {
  const world = await createWorld();
  const acl = await ask(world, 'DescribeNetworkAcls&Filter.1.Name=default&Filter.1.Value.1=true');
  t.is(all(acl, 'networkAclAssociationId').length, 6);
  t.deepEqual(all(acl, 'ruleAction'), ['allow', 'deny', 'allow', 'deny']);
  t.deepEqual(all(await ask(world, 'DescribeAccountAttributes&AttributeName.1=max-elastic-ips'), 'attributeValue'), ['5']);
  for (const [action, set] of [['DescribeVpcPeeringConnections', 'vpcPeeringConnectionSet'], ['DescribeCoipPools', 'coipPoolSet'], ['DescribeIpamPools', 'ipamPoolSet']]) {
    t.true((await ask(world, action ?? '')).includes(`<${set}/>`), action);
  }
});
