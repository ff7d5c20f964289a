// The life of a security group: create, rules with their descriptions, refusals, delete.
import test from 'ava';
import fc from 'fast-check';
import { authorized, revoked } from '../../../emulator/api/ec2/permissions.js';
import { AwsFault } from '../../../emulator/wire/fault.js';
import { createWorld, loadBalancer, type World } from './world.js';

const rule = (CidrIp: string, port = 80, Description?: string) => ({
  IpProtocol: 'tcp', FromPort: port, ToPort: port, IpRanges: [{ CidrIp, ...(Description ? { Description } : {}) }],
});
const refused = (code: string, message?: string | RegExp) => ({ instanceOf: AwsFault, code, ...(message ? { message } : {}) });
const group = ({ vpc }: World, GroupName: string) => ({ GroupName, Description: 'for a test', VpcId: vpc.VpcId });

test('a group keeps its tags, its rules and each description', async (t) => {
  const world = await createWorld();
  const { client } = world;
  const TagSpecifications = [{ ResourceType: 'security-group', Tags: [{ Key: 'elbv2.k8s.aws/cluster', Value: 'eks-workshop' }] }];
  const { GroupId } = await client.CreateSecurityGroup({ ...group(world, 'k8s-one'), TagSpecifications });
  await client.AuthorizeSecurityGroupIngress({ GroupId, IpPermissions: [rule('10.0.0.9/8', 80, 'one'), rule('192.0.2.0/24')] });
  const { SecurityGroups } = await client.DescribeSecurityGroups({ GroupIds: [GroupId] });
  t.deepEqual(SecurityGroups[0]?.IpPermissions, [{
    IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'one' }, { CidrIp: '192.0.2.0/24' }],
    Ipv6Ranges: [], UserIdGroupPairs: [], PrefixListIds: [],
  }]);
  t.deepEqual(SecurityGroups[0]?.Tags, TagSpecifications[0]?.Tags);
  await client.RevokeSecurityGroupIngress({ GroupId, IpPermissions: [rule('10.0.0.0/8')] });
  const after = await client.DescribeSecurityGroups({ Filters: [{ Name: 'group-name', Values: ['k8s-*'] }] });
  t.deepEqual(after.SecurityGroups[0]?.IpPermissions[0]?.IpRanges, [{ CidrIp: '192.0.2.0/24' }]);
});

test('rules can be added to the group of the nodes and survive as a record', async (t) => {
  const world = await createWorld();
  const { client } = world;
  const node = async () => (await client.DescribeSecurityGroups({ Filters: [{ Name: 'group-name', Values: ['eks-cluster-sg-*'] }] })).SecurityGroups[0];
  const { GroupId } = await client.CreateSecurityGroup(group(world, 'k8s-two'));
  const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 0, ToPort: 65535, UserIdGroupPairs: [{ GroupId, Description: 'elbv2.k8s.aws/targetGroupBinding=shared' }] }];
  await client.AuthorizeSecurityGroupIngress({ GroupId: (await node())?.GroupId ?? '', IpPermissions });
  t.is((await node())?.IpPermissions.length, 2);
  await t.throwsAsync(client.DeleteSecurityGroup({ GroupId }), refused('DependencyViolation', `resource ${GroupId} has a dependent object`));
  await client.RevokeSecurityGroupIngress({ GroupId: (await node())?.GroupId ?? '', IpPermissions });
  await client.DeleteSecurityGroup({ GroupId });
  await t.throwsAsync(client.DescribeSecurityGroups({ GroupIds: [GroupId] }), refused('InvalidGroup.NotFound', `The security group '${GroupId}' does not exist`));
});

test('each rule has one id wherever it is shown', async (t) => {
  const world = await createWorld();
  const { GroupId } = await world.client.CreateSecurityGroup(group(world, 'k8s-rules'));
  const added = await world.call(`Action=AuthorizeSecurityGroupIngress&GroupId=${GroupId}&IpPermissions.1.IpProtocol=6&IpPermissions.1.FromPort=80&IpPermissions.1.ToPort=80&IpPermissions.1.IpRanges.1.CidrIp=192.0.2.0/24&IpPermissions.1.IpRanges.1.Description=why`);
  const id = /<securityGroupRuleId>(sgr-[0-9a-f]{17})</.exec(added.body)?.[1];
  const shown = await world.call(`Action=DescribeSecurityGroupRules&SecurityGroupRuleId.1=${id}`);
  t.regex(shown.body, /<isEgress>false<\/isEgress><ipProtocol>tcp<\/ipProtocol><fromPort>80<\/fromPort><toPort>80<\/toPort><cidrIpv4>192\.0\.2\.0\/24<\/cidrIpv4><description>why<\/description>/);
  const all = await world.call(`Action=DescribeSecurityGroupRules&Filter.1.Name=group-id&Filter.1.Value.1=${GroupId}`);
  t.is(all.body.match(/<securityGroupRuleId>/g)?.length, 2);
});

test('outbound rules come and go like inbound ones, each rule also by its id', async (t) => {
  const world = await createWorld();
  const { GroupId } = await world.client.CreateSecurityGroup(group(world, 'k8s-out'));
  const ask = async (action: string, parameters: string) => (await world.call(`Action=${action}&GroupId=${GroupId}&${parameters}`)).body;
  const all = 'IpPermissions.1.IpProtocol=-1&IpPermissions.1.FromPort=0&IpPermissions.1.ToPort=0';
  const outbound = async () => /<ipPermissionsEgress>(.*)<\/ipPermissionsEgress>|<ipPermissionsEgress\/>/.exec((await world.call(`Action=DescribeSecurityGroups&GroupId.1=${GroupId}`)).body)?.[1] ?? '';
  t.regex(await outbound(), /<ipProtocol>-1<.*<cidrIp>0\.0\.0\.0\/0</);
  t.true((await ask('RevokeSecurityGroupEgress', `${all}&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0`)).includes('<return>true</return>'));
  t.is(await outbound(), '');
  t.regex(await ask('RevokeSecurityGroupEgress', `${all}&IpPermissions.1.Ipv6Ranges.1.CidrIpv6=::/0`), /<Code>InvalidPermission\.NotFound</);
  const https = 'IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8';
  const added = await ask('AuthorizeSecurityGroupEgress', https);
  t.true(added.includes('<isEgress>true</isEgress>'), added);
  t.regex(await ask('AuthorizeSecurityGroupEgress', https), /<Code>InvalidPermission\.Duplicate</);
  const id = /<securityGroupRuleId>(sgr-[0-9a-f]{17})</.exec(added)?.[1];
  t.regex(await ask('RevokeSecurityGroupIngress', `SecurityGroupRuleId.1=${id}`), /<Code>InvalidSecurityGroupRuleId\.NotFound</);
  t.true((await ask('RevokeSecurityGroupEgress', `SecurityGroupRuleId.1=${id}`)).includes('<return>true</return>'));
  t.regex(await ask('RevokeSecurityGroupEgress', ''), /<Code>MissingParameter</);
  t.is(await outbound(), '');
});

test('a rule keeps its tags as long as it is there', async (t) => {
  const world = await createWorld();
  const { GroupId } = await world.client.CreateSecurityGroup(group(world, 'k8s-tags'));
  const rules = `GroupId=${GroupId}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=80&IpPermissions.1.ToPort=80&IpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8`;
  const ask = async (parameters: string) => (await world.call(parameters)).body;
  const tag = (type: string) => `TagSpecification.1.ResourceType=${type}&TagSpecification.1.Tag.1.Key=env&TagSpecification.1.Tag.1.Value=dev`;
  t.regex(await ask(`Action=AuthorizeSecurityGroupIngress&${rules}&${tag('security-group')}`), /<Code>InvalidParameterValue</);
  const added = await ask(`Action=AuthorizeSecurityGroupIngress&${rules}&${tag('security-group-rule')}`);
  const id = /<securityGroupRuleId>(sgr-[0-9a-f]{17})</.exec(added)?.[1];
  const tagged = /<tagSet><item><key>env<\/key><value>dev<\/value><\/item><\/tagSet>/;
  t.regex(added, tagged);
  t.regex(await ask(`Action=DescribeSecurityGroupRules&Filter.1.Name=tag:env&Filter.1.Value.1=dev`), tagged);
  t.regex(await ask('Action=DescribeTags'), new RegExp(`<resourceId>${id}</resourceId><resourceType>security-group-rule<`));
  await ask(`Action=CreateTags&ResourceId.1=${id}&Tag.1.Key=env&Tag.1.Value=prod`);
  t.regex(await ask(`Action=DescribeSecurityGroupRules&SecurityGroupRuleId.1=${id}`), /<value>prod</);
  await ask(`Action=RevokeSecurityGroupIngress&GroupId=${GroupId}&SecurityGroupRuleId.1=${id}`);
  t.notRegex(await ask(`Action=AuthorizeSecurityGroupIngress&${rules}`), /<key>/);
});

test('a group that an outbound rule of another names is not deleted', async (t) => {
  const world = await createWorld();
  const [one, two] = await Promise.all(['k8s-a', 'k8s-b'].map((name) => world.client.CreateSecurityGroup(group(world, name))));
  const rules = `GroupId=${one?.GroupId}&IpPermissions.1.IpProtocol=-1&IpPermissions.1.Groups.1.GroupId=${two?.GroupId}`;
  t.true((await world.call(`Action=AuthorizeSecurityGroupEgress&${rules}`)).body.includes('<return>true</return>'));
  await t.throwsAsync(world.client.DeleteSecurityGroup({ GroupId: two?.GroupId ?? '' }), refused('DependencyViolation'));
});

test('a group that a load balancer wears is not deleted', async (t) => {
  const world = await createWorld();
  const { client, partition } = world;
  const { GroupId } = await client.CreateSecurityGroup(group(world, 'k8s-three'));
  await partition.update((tx) => tx.put('loadBalancers', 'one', loadBalancer(world, [GroupId])));
  await t.throwsAsync(client.DeleteSecurityGroup({ GroupId }), refused('DependencyViolation'));
});

test('refusals name what is wrong and change nothing', async (t) => {
  const world = await createWorld();
  const { client } = world;
  const { GroupId } = await client.CreateSecurityGroup(group(world, 'k8s-four'));
  await t.throwsAsync(client.CreateSecurityGroup(group(world, 'k8s-four')), refused('InvalidGroup.Duplicate', `The security group 'k8s-four' already exists for VPC '${world.vpc.VpcId}'`));
  await t.throwsAsync(client.CreateSecurityGroup(group(world, 'sg-x')), refused('InvalidParameterValue'));
  await t.throwsAsync(client.CreateSecurityGroup({ ...group(world, 'x'), VpcId: 'vpc-nope' }), refused('InvalidVpcID.NotFound', "The vpc ID 'vpc-nope' does not exist"));
  const authorize = (...IpPermissions: Parameters<typeof client.AuthorizeSecurityGroupIngress>[0]['IpPermissions']) => client.AuthorizeSecurityGroupIngress({ GroupId, IpPermissions });
  await authorize(rule('192.0.2.0/24'));
  await t.throwsAsync(authorize(rule('198.51.100.0/24'), rule('192.0.2.0/24')), refused('InvalidPermission.Duplicate', 'the specified rule "peer: 192.0.2.0/24, TCP, from port: 80, to port: 80, ALLOW" already exists'));
  await t.throwsAsync(authorize(rule('300.0.0.0/8')), refused('InvalidParameterValue', 'CIDR block 300.0.0.0/8 is malformed'));
  await t.throwsAsync(authorize(rule('10.0.0.0')), refused('InvalidParameterValue'));
  await t.throwsAsync(authorize(rule('10.0.0.0/8', 70_000)), refused('InvalidParameterValue'));
  await t.throwsAsync(authorize({ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: 'sg-00000000000000bad' }] }), refused('InvalidGroup.NotFound'));
  await t.throwsAsync(authorize(...Array.from({ length: 60 }, (_, index) => rule(`10.${index}.0.0/16`))), refused('RulesPerSecurityGroupLimitExceeded'));
  await t.throwsAsync(client.RevokeSecurityGroupIngress({ GroupId, IpPermissions: [rule('10.0.0.0/8')] }), refused('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.'));
  await t.throwsAsync(client.DeleteSecurityGroup({ GroupId: 'null' }), refused('InvalidGroupId.Malformed'));
  const { SecurityGroups } = await client.DescribeSecurityGroups({ GroupIds: [GroupId] });
  t.is(SecurityGroups[0]?.IpPermissions.flatMap((permission) => permission.IpRanges).length, 1);
});

test('authorize then revoke gives back what was there', (t) => {
  const anyRule = fc.record({ protocol: fc.constantFrom('tcp', 'udp', '-1'), port: fc.integer({ min: 0, max: 5 }), host: fc.integer({ min: 0, max: 255 }) });
  const key = (one: { protocol: string; port: number; host: number }) => `${one.protocol}|${one.protocol === '-1' ? '' : one.port}|${one.host}`;
  fc.assert(fc.property(fc.uniqueArray(anyRule, { selector: key, minLength: 2, maxLength: 30 }), fc.integer({ min: 1, max: 29 }), (rules, cut) => {
    const permissions = rules.map((one) => ({ IpProtocol: one.protocol, FromPort: one.port, ToPort: one.port, IpRanges: [{ CidrIp: `10.0.0.${one.host}/32` }] }));
    const kept = authorized([], permissions.slice(0, cut));
    const both = authorized(kept, permissions.slice(cut));
    const extra = permissions.slice(cut);
    t.deepEqual(extra.length > 0 ? revoked(both, extra) : both, kept);
  }));
});
