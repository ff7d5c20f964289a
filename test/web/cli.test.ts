// The real AWS CLI through the door: EC2, STS and ELBv2 on one port, as a user types them.
import test, { type ExecutionContext } from 'ava';
import { account, createWorld, region } from '../api/ec2/world.js';
import { awsAt, openAws } from '../support/aws.js';
import { missingTool } from '../support/nlbox.js';
import { warmAws } from '../support/warm-aws.js';

const missing = missingTool('aws');
const reason = missing === undefined ? undefined : `${missing} is not installed: nothing of this file was tested`;
const withCli = reason === undefined ? test : test.skip;
if (reason !== undefined) test(reason, (t) => t.pass());

const open = async (t: ExecutionContext) => {
  const world = await createWorld();
  const run = awsAt(await openAws(t, world.dispatch), region, await warmAws(t));
  const json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await run(...args);
    t.is(code, 0, `aws ${args.join(' ')}: ${stderr}`);
    return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
  };
  return { world, run, json };
};

withCli('the network reads like an EKS cluster of AWS', async (t) => {
  const { json, world } = await open(t);
  const [subnets, vpcs, instances, zones, groups] = await Promise.all([
    json('ec2', 'describe-subnets', '--filters', `Name=vpc-id,Values=${world.vpc.VpcId}`, 'Name=tag:kubernetes.io/role/elb,Values=1'),
    json('ec2', 'describe-vpcs', '--vpc-ids', world.vpc.VpcId),
    json('ec2', 'describe-instances', '--query', 'Reservations[].Instances[].[InstanceId,State.Name,Placement.AvailabilityZone,NetworkInterfaces[0].Attachment.DeviceIndex]'),
    json('ec2', 'describe-availability-zones', '--query', 'AvailabilityZones[].ZoneName'),
    json('ec2', 'describe-security-groups', '--query', 'SecurityGroups[].[GroupName,IpPermissions[0].UserIdGroupPairs[0].UserId]'),
  ]);
  const [subnet] = subnets['Subnets'] as Record<string, unknown>[];
  t.like(subnet, { State: 'available', MapPublicIpOnLaunch: true, AvailableIpAddressCount: 8187, CidrBlock: '10.42.0.0/19', AvailabilityZoneId: 'usw2-az1' });
  t.like((subnet?.['Ipv6CidrBlockAssociationSet'] as object[])[0], { Ipv6CidrBlock: '2001:db8:42:4200::/64', Ipv6CidrBlockState: { State: 'associated' } });
  t.like((vpcs['Vpcs'] as Record<string, unknown>[])[0], { CidrBlock: '10.42.0.0/16', IsDefault: false, InstanceTenancy: 'default', OwnerId: account });
  t.deepEqual<unknown, unknown>(instances, ['a', 'b', 'c'].map((zone, index) => [`i-0ccccccccccccccc${index}`, 'running', `${region}${zone}`, 0]));
  t.deepEqual<unknown, unknown>(zones, ['a', 'b', 'c'].map((zone) => `${region}${zone}`));
  t.like(groups, { 0: ['default', account] });
});

withCli('a security group lives and dies as on AWS', async (t) => {
  const { json, run, world } = await open(t);
  const { GroupId } = await json('ec2', 'create-security-group', '--group-name', 'web', '--description', 'for a test', '--vpc-id', world.vpc.VpcId,
    '--tag-specifications', 'ResourceType=security-group,Tags=[{Key=team,Value="<a & b>"}]');
  const id = String(GroupId);
  t.like(await json('ec2', 'authorize-security-group-ingress', '--group-id', id, '--protocol', 'tcp', '--port', '80', '--cidr', '0.0.0.0/0'), { Return: true });
  const again = await run('ec2', 'authorize-security-group-ingress', '--group-id', id, '--protocol', 'tcp', '--port', '80', '--cidr', '0.0.0.0/0');
  t.regex(again.stderr, /\(InvalidPermission\.Duplicate\) when calling the AuthorizeSecurityGroupIngress operation: the specified rule "peer: 0\.0\.0\.0\/0, TCP, from port: 80, to port: 80, ALLOW" already exists/);
  const { SecurityGroups } = await json('ec2', 'describe-security-groups', '--group-ids', id);
  t.like((SecurityGroups as object[])[0], { GroupName: 'web', Tags: [{ Key: 'team', Value: '<a & b>' }], IpPermissions: [{ FromPort: 80, ToPort: 80, IpProtocol: 'tcp', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }] });
  await json('ec2', 'delete-security-group', '--group-id', id);
  t.regex((await run('ec2', 'describe-security-groups', '--group-ids', id)).stderr, /\(InvalidGroup\.NotFound\).*The security group 'sg-[0-9a-f]+' does not exist/);
});

withCli('STS and ELBv2 answer on the same port', async (t) => {
  const { json, run } = await open(t);
  t.deepEqual(await json('sts', 'get-caller-identity'), { UserId: 'AIDANLBOXNLBOXNLBOXNL', Account: account, Arn: `arn:aws:iam::${account}:user/nlbox` });
  t.deepEqual(await json('elbv2', 'describe-load-balancers'), { LoadBalancers: [] });
  t.regex((await run('ec2', 'describe-images')).stderr, /\(InvalidAction\) when calling the DescribeImages operation/);
});
