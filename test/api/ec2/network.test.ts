// What the pretended VPC looks like through EC2, and how lists are narrowed, paged and refused.
import test from 'ava';
import { createWorld, loadBalancer, region } from './world.js';

test('subnets carry the tags and fields that the controller reads', async (t) => {
  const { client, vpc } = await createWorld();
  const { Subnets } = await client.DescribeSubnets({ Filters: [{ Name: 'vpc-id', Values: [vpc.VpcId] }, { Name: 'tag:kubernetes.io/role/elb', Values: ['', '1'] }] });
  t.is(Subnets.length, 3);
  t.true(Subnets.every((subnet) => subnet.MapPublicIpOnLaunch && subnet.AvailableIpAddressCount === 8192 - 5 && subnet.State === 'available'));
  const inner = await client.DescribeSubnets({ Filters: [{ Name: 'tag-key', Values: ['kubernetes.io/role/internal-elb'] }] });
  t.deepEqual(inner.Subnets.map((subnet) => subnet.AvailabilityZone), [`${region}a`, `${region}b`, `${region}c`]);
  const zone = await client.DescribeSubnets({ Filters: [{ Name: 'availability-zone', Values: ['*2b'] }] });
  t.is(zone.Subnets.length, 2);
});

test('an unknown id, an unknown filter and an unknown parameter are refused', async (t) => {
  const { client, call } = await createWorld();
  await t.throwsAsync(client.DescribeSubnets({ SubnetIds: ['subnet-nope'] }), { message: "The subnet ID 'subnet-nope' does not exist" });
  await t.throwsAsync(client.DescribeSubnets({ Filters: [{ Name: 'colour', Values: ['x'] }] }), { message: "The filter 'colour' is invalid" });
  const answer = await call('Action=DescribeSubnets&Colour=red');
  t.is(answer.status, 400);
  t.is(answer.body, '<Response><Errors><Error><Code>UnknownParameter</Code><Message>The parameter Colour is not recognized; it does not exist or is not modelled here</Message></Error></Errors><RequestID>r-1</RequestID></Response>');
  t.regex((await call('Action=DescribeSubnets&MaxResults=many')).body, /Value \(many\) for parameter MaxResults is invalid/);
  t.regex((await call('Action=DescribeSubnets&Filter.Name=x')).body, /The parameter Filter\.Name is not recognized/);
  t.regex((await call('Action=DescribeSubnets&Filter.1.Value.1=x')).body, /must contain the parameter Filter\.1\.Name/);
});

test('public subnets route to an internet gateway, private ones to a NAT gateway', async (t) => {
  const { client, call, publicSubnet, privateSubnet, vpc } = await createWorld();
  const way = async (SubnetId: string) => {
    const { RouteTables } = await client.DescribeRouteTables({ Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }] });
    return RouteTables[0]?.Routes.find((route) => route.DestinationCidrBlock === '0.0.0.0/0');
  };
  t.regex((await way(publicSubnet))?.GatewayId ?? '', /^igw-[0-9a-f]{17}$/);
  t.regex((await way(privateSubnet))?.NatGatewayId ?? '', /^nat-[0-9a-f]{17}$/);
  t.regex((await call('Action=DescribeInternetGateways')).body, new RegExp(`<attachmentSet><item><vpcId>${vpc.VpcId}</vpcId><state>available</state>`));
  t.regex((await call('Action=DescribeNatGateways&Filter.1.Name=state&Filter.1.Value.1=available')).body, /<natGatewayId>nat-/);
});

test('nodes are instances with the cluster security group on their primary interface', async (t) => {
  const { client, call, vpc } = await createWorld();
  const { Reservations } = await client.DescribeInstances({ InstanceIds: ['i-0ccccccccccccccc1'] });
  const [instance] = Reservations[0]?.Instances ?? [];
  t.is(instance?.Placement.AvailabilityZone, `${region}b`);
  t.is(vpc.subnets.find((one) => one.SubnetId === instance?.SubnetId)?.AvailabilityZone, `${region}b`);
  t.is(instance?.PrivateDnsName, 'ip-10-42-128-10.us-west-2.compute.internal');
  const { SecurityGroups } = await client.DescribeSecurityGroups({ Filters: [{ Name: 'tag:kubernetes.io/cluster/eks-workshop', Values: ['owned'] }] });
  t.deepEqual(instance?.SecurityGroups.map((group) => group.GroupId), SecurityGroups.map((group) => group.GroupId));
  t.regex(SecurityGroups[0]?.GroupName ?? '', /^eks-cluster-sg-eks-workshop-\d+$/);
  t.regex((await call('Action=DescribeInstances&Version=2016-11-15&X-Amz-Date=1')).body, /<attachment>.*<deviceIndex>0<\/deviceIndex>/);
  await t.throwsAsync(client.DescribeInstances({ InstanceIds: ['null'] }), { message: 'Invalid id: "null"' });
});

test('interfaces are found by the address of a pod and of a load balancer', async (t) => {
  const world = await createWorld();
  const { call, partition } = world;
  await partition.update((tx) => tx.put('loadBalancers', 'one', loadBalancer(world, [])));
  const find = (address: string) => call(`Action=DescribeNetworkInterfaces&Filter.1.Name=addresses.private-ip-address&Filter.1.Value.1=${address}`);
  t.regex((await find('10.42.128.77')).body, /<privateIpAddress>10\.42\.128\.77<.*<instanceId>i-0ccccccccccccccc1<\/instanceId>/);
  t.regex((await find('10.42.31.254')).body, /<description>ELB net\/one\/0123456789abcdef<\/description>/);
  t.regex((await find('192.0.2.1')).body, /<networkInterfaceSet\/>/);
});

test('the VPC resolves names, as EKS requires', async (t) => {
  const { call, vpc } = await createWorld();
  t.regex((await call(`Action=DescribeVpcAttribute&VpcId=${vpc.VpcId}&Attribute=enableDnsSupport`)).body, /<enableDnsSupport><value>true<\/value>/);
  t.regex((await call(`Action=DescribeVpcAttribute&VpcId=${vpc.VpcId}&Attribute=constructor`)).body, /InvalidParameterValue/);
});

test('MaxResults and NextToken page through a list', async (t) => {
  const { call } = await createWorld();
  const first = await call('Action=DescribeSubnets&MaxResults=5');
  const token = /<nextToken>(.+)<\/nextToken>/.exec(first.body)?.[1];
  t.is(first.body.match(/<subnetId>/g)?.length, 5);
  const second = await call(`Action=DescribeSubnets&MaxResults=5&NextToken=${token}`);
  t.is(second.body.match(/<subnetId>/g)?.length, 1);
  t.notRegex(second.body, /nextToken/);
  t.regex((await call('Action=DescribeSubnets&NextToken=zzz')).body, /InvalidNextToken/);
});

test('tags of views can be set and removed, on all resources or none', async (t) => {
  const { client, call, publicSubnet: id } = await createWorld();
  await client.CreateTags({ Resources: [id], Tags: [{ Key: 'team', Value: '<a&b>' }] });
  t.regex((await call(`Action=DescribeSubnets&SubnetId.1=${id}`)).body, /<key>team<\/key><value>&lt;a&amp;b&gt;<\/value>/);
  await t.throwsAsync(client.CreateTags({ Resources: [id], Tags: [{ Value: 'b' }] as never }), { message: 'The request must contain the parameter Tag.1.Key' });
  await t.throwsAsync(client.CreateTags({ Resources: [id, 'subnet-nope'], Tags: [{ Key: 'x', Value: '' }] }), { message: "The ID 'subnet-nope' does not exist" });
  await client.DeleteTags({ Resources: [id], Tags: [{ Key: 'team', Value: 'other' }, { Key: 'kubernetes.io/role/elb' }] });
  const { Subnets } = await client.DescribeSubnets({ SubnetIds: [id] });
  t.deepEqual(Subnets[0]?.Tags.map((tag) => tag.Key).sort(), ['Name', 'team']);
  t.regex((await call(`Action=DescribeTags&Filter.1.Name=resource-id&Filter.1.Value.1=${id}`)).body, /<resourceType>subnet<\/resourceType><key>Name<\/key>/);
});

test('another region has no VPC, and says so with empty lists', async (t) => {
  const { call } = await createWorld();
  for (const [action, set] of [['DescribeVpcs', 'vpcSet'], ['DescribeSubnets', 'subnetSet'], ['DescribeInstances', 'reservationSet'], ['DescribeSecurityGroups', 'securityGroupInfo'], ['DescribeRouteTables', 'routeTableSet'], ['DescribeInternetGateways', 'internetGatewaySet'], ['DescribeNatGateways', 'natGatewaySet'], ['DescribeNetworkInterfaces', 'networkInterfaceSet'], ['DescribeTags', 'tagSet']])
    t.true((await call(`Action=${action}`, 'eu-central-1')).body.includes(`<${set}/>`), action);
});

test('an action that EC2 lacks here is refused in the shape of EC2', async (t) => {
  const { call } = await createWorld();
  for (const action of ['RunInstances', '__proto__']) t.regex((await call(`Action=${action}`)).body, /^<Response><Errors><Error><Code>InvalidAction<\/Code>/);
  t.is((await call('Action=DescribeVpcs&DryRun=true')).status, 412);
});

test('a signature that names something of JavaScript is a service that nobody models', async (t) => {
  const { dispatch } = await createWorld();
  const authorization = 'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-west-2/constructor/aws4_request, SignedHeaders=host, Signature=0';
  const answer = await dispatch.answer({ body: 'Action=X', authorization });
  t.is(answer.status, 400);
  t.regex(answer.body.toString(), /does not model the service 'constructor'/);
  t.is(dispatch.refuse({ status: 403, code: 'AccessDenied', message: 'no' }, { authorization }).status, 403);
});

test('STS says whose account it is', async (t) => {
  const { dispatch } = await createWorld();
  const { body } = await dispatch.answer({ body: 'Action=GetCallerIdentity&Version=2011-06-15' });
  t.is(body.toString(), '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/nlbox</Arn><UserId>AIDANLBOXNLBOXNLBOXNL</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>');
});
