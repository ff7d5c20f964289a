// What Terraform's AWS provider calls for a network load balancer, in its order: apply, a second plan that sees what was asked for, destroy.
import test from 'ava';
import { ElasticLoadBalancingV2, type LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import { inProcessHandler } from '../../sdk-shim/in-process.js';
import { emulatorConfig } from '../../sdk-shim/index.js';
import { createWorld, region, type World } from '../api/ec2/world.js';

const ec2 = (world: World) => async (action: string, parameters: Record<string, string>): Promise<string> =>
  (await world.call(new URLSearchParams({ Action: action, Version: '2016-11-15', ...parameters }).toString())).body;

const tagged = (xml: string, name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
const codeOf = (error: unknown): string => (error as Error).name.replace(/Exception$/, '');
const values = (attributes: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): Record<string, string | undefined> =>
  Object.fromEntries(attributes.map(({ Key = '', Value }) => [Key, Value]));

const everywhere = { 'IpPermissions.1.IpProtocol': '-1', 'IpPermissions.1.FromPort': '0', 'IpPermissions.1.ToPort': '0' };

/** aws_security_group: the rule that a group is born with goes, then come those of the configuration. */
const createGroup = async (call: ReturnType<typeof ec2>, VpcId: string): Promise<string> => {
  const GroupId = tagged(await call('CreateSecurityGroup', { GroupName: 'nlb', GroupDescription: 'Managed by Terraform', VpcId }), 'groupId');
  await call('RevokeSecurityGroupEgress', { GroupId, ...everywhere, 'IpPermissions.1.IpRanges.1.CidrIp': '0.0.0.0/0' });
  // The provider expects exactly this refusal where a group has no rule for IPv6.
  const none = await call('RevokeSecurityGroupEgress', { GroupId, ...everywhere, 'IpPermissions.1.Ipv6Ranges.1.CidrIpv6': '::/0' });
  if (tagged(none, 'Code') !== 'InvalidPermission.NotFound') throw new Error(none);
  await call('AuthorizeSecurityGroupEgress', { GroupId, ...everywhere, 'IpPermissions.1.IpRanges.1.CidrIp': '0.0.0.0/0' });
  return GroupId;
};

/** aws_eip */
const createAddress = async (call: ReturnType<typeof ec2>): Promise<string> => {
  const AllocationId = tagged(await call('AllocateAddress', { Domain: 'vpc' }), 'allocationId');
  const named = await call('DescribeAddressesAttribute', { 'AllocationId.1': AllocationId, Attribute: 'domain-name' });
  if (!named.includes('<addressSet/>')) throw new Error(named);
  return AllocationId;
};

const attributes = [
  { Key: 'access_logs.s3.enabled', Value: 'false' }, { Key: 'deletion_protection.enabled', Value: 'false' }, { Key: 'load_balancing.cross_zone.enabled', Value: 'true' },
  { Key: 'dns_record.client_routing_policy', Value: 'any_availability_zone' }, { Key: 'zonal_shift.config.enabled', Value: 'false' },
];

test('apply, plan again, destroy', async (t) => {
  const world = await createWorld();
  const call = ec2(world);
  const elb = new ElasticLoadBalancingV2({ ...emulatorConfig({ region }), maxAttempts: 1, requestHandler: inProcessHandler(world.dispatch) });
  const group = await createGroup(call, world.vpc.VpcId);
  const AllocationId = await createAddress(call);

  t.is(codeOf(await t.throwsAsync(elb.describeTargetGroups({ Names: ['web'] }))), 'TargetGroupNotFound');
  const health = { HealthCheckEnabled: true, HealthCheckIntervalSeconds: 10, HealthCheckPort: 'traffic-port', HealthCheckProtocol: 'TCP' as const, HealthyThresholdCount: 3, UnhealthyThresholdCount: 3 };
  const { TargetGroups } = await elb.createTargetGroup({ Name: 'web', Port: 8080, Protocol: 'TCP', TargetType: 'ip', VpcId: world.vpc.VpcId, ...health, Tags: [{ Key: 'env', Value: 'dev' }] });
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn;
  await elb.modifyTargetGroupAttributes({ TargetGroupArn, Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '0' }] });

  t.is(codeOf(await t.throwsAsync(elb.describeLoadBalancers({ Names: ['web'] }))), 'LoadBalancerNotFound');
  const SubnetMappings = [{ SubnetId: world.publicSubnet, AllocationId }];
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'web', Type: 'network', SubnetMappings, SecurityGroups: [group], Tags: [{ Key: 'env', Value: 'dev' }] });
  const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn;
  await elb.modifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: attributes });

  const TargetGroupStickinessConfig = { Enabled: false, DurationSeconds: 600 };
  const DefaultActions = [{ Type: 'forward' as const, Order: 1, ForwardConfig: { TargetGroups: [{ TargetGroupArn, Weight: 1 }], TargetGroupStickinessConfig } }];
  const { Listeners } = await elb.createListener({ LoadBalancerArn, Port: 80, Protocol: 'TCP', DefaultActions });
  const ListenerArn = Listeners?.[0]?.ListenerArn;
  await elb.modifyListenerAttributes({ ListenerArn, Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '400' }] });
  const Targets = [{ Id: '10.42.96.77', Port: 8080 }];
  await elb.registerTargets({ TargetGroupArn, Targets });

  const balancer = (await elb.describeLoadBalancers({ LoadBalancerArns: [LoadBalancerArn ?? ''] })).LoadBalancers?.[0] as LoadBalancer;
  t.deepEqual(balancer.AvailabilityZones?.map(({ SubnetId, LoadBalancerAddresses }) => ({ SubnetId, AllocationId: LoadBalancerAddresses?.[0]?.AllocationId })), SubnetMappings);
  t.like(balancer, { SecurityGroups: [group], Scheme: 'internet-facing', IpAddressType: 'ipv4', State: { Code: 'active' } });
  t.like(values((await elb.describeLoadBalancerAttributes({ LoadBalancerArn })).Attributes), values(attributes));
  t.is((await elb.describeCapacityReservation({ LoadBalancerArn })).MinimumLoadBalancerCapacity, undefined);
  t.like((await elb.describeTargetGroups({ TargetGroupArns: [TargetGroupArn ?? ''] })).TargetGroups?.[0], { ...health, LoadBalancerArns: [LoadBalancerArn] });
  t.is(values((await elb.describeTargetGroupAttributes({ TargetGroupArn })).Attributes)['deregistration_delay.timeout_seconds'], '0');
  t.like((await elb.describeListeners({ ListenerArns: [ListenerArn ?? ''] })).Listeners?.[0]?.DefaultActions?.[0], DefaultActions[0] ?? {});
  t.is(values((await elb.describeListenerAttributes({ ListenerArn })).Attributes)['tcp.idle_timeout.seconds'], '400');
  const { TargetHealthDescriptions = [] } = await elb.describeTargetHealth({ TargetGroupArn, Targets });
  t.deepEqual(TargetHealthDescriptions.map(({ Target }) => Target?.Id), ['10.42.96.77']);
  t.false(['Target.NotRegistered', 'Target.DeregistrationInProgress'].includes(TargetHealthDescriptions[0]?.TargetHealth?.Reason ?? ''));
  const { TagDescriptions = [] } = await elb.describeTags({ ResourceArns: [LoadBalancerArn ?? '', TargetGroupArn ?? '', ListenerArn ?? ''] });
  t.deepEqual(TagDescriptions.map(({ Tags }) => Tags), [[{ Key: 'env', Value: 'dev' }], [{ Key: 'env', Value: 'dev' }], []]);

  await elb.deregisterTargets({ TargetGroupArn, Targets });
  const used = await t.throwsAsync(elb.deleteTargetGroup({ TargetGroupArn }));
  t.regex(`${codeOf(used)}: ${used.message}`, /^ResourceInUse: .* is currently in use by a listener or a rule$/);
  await elb.deleteListener({ ListenerArn });
  await elb.deleteLoadBalancer({ LoadBalancerArn });
  for (const owner of ['amazon-elb', 'amazon-aws']) {
    const filters = { 'Filter.1.Name': 'attachment.instance-owner-id', 'Filter.1.Value.1': owner, 'Filter.2.Name': 'description', 'Filter.2.Value.1': `ELB ${LoadBalancerArn?.split(':loadbalancer/')[1]}` };
    t.true((await call('DescribeNetworkInterfaces', filters)).includes('<networkInterfaceSet/>'));
  }
  await elb.deleteTargetGroup({ TargetGroupArn });
  t.is(tagged(await call('ReleaseAddress', { AllocationId }), 'return'), 'true');
  t.is(tagged(await call('DeleteSecurityGroup', { GroupId: group }), 'return'), 'true');
  t.is(codeOf(await t.throwsAsync(elb.describeLoadBalancers({ LoadBalancerArns: [LoadBalancerArn ?? ''] }))), 'LoadBalancerNotFound');
});
