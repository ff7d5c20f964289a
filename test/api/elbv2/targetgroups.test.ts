// Target groups: shape, defaults and checks of the health check, immutability, attributes.
import test from 'ava';
import { CreateTargetGroupCommand, DescribeTargetGroupsCommand, ModifyTargetGroupCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { account, createListener, createLoadBalancer, createTargetGroup, createWorld, refusal, type World } from './fixture.js';

const arnHead = `arn:aws:elasticloadbalancing:us-west-2:${account}:targetgroup`;
const create = (world: World, input: object) =>
  world.api.CreateTargetGroup({ Name: 'g', Protocol: 'TCP', Port: 80, VpcId: world.vpc.VpcId, ...input });

test('shape: a TCP check has neither path nor matcher, an HTTP check both', async (t) => {
  const world = await createWorld();
  const common = { Protocol: 'TCP', Port: 8080, VpcId: world.vpc.VpcId } as const;
  const expected = {
    ...common,
    HealthCheckPort: 'traffic-port', HealthCheckEnabled: true, HealthCheckIntervalSeconds: 30, HealthyThresholdCount: 5, UnhealthyThresholdCount: 2,
    TargetType: 'ip', IpAddressType: 'ipv4',
  };
  const tcp = await world.sdk.send(new CreateTargetGroupCommand({ Name: 'tcp', ...common, TargetType: 'ip' }));
  t.deepEqual(tcp.TargetGroups, [{ ...expected, TargetGroupArn: `${arnHead}/tcp/0000000000000001`, TargetGroupName: 'tcp', HealthCheckProtocol: 'TCP', HealthCheckTimeoutSeconds: 10 } as never]);
  const http = await world.sdk.send(new CreateTargetGroupCommand({ Name: 'http', ...common, TargetType: 'ip', HealthCheckProtocol: 'HTTP' }));
  t.deepEqual(http.TargetGroups, [{
    ...expected, TargetGroupArn: `${arnHead}/http/0000000000000002`, TargetGroupName: 'http', HealthCheckProtocol: 'HTTP',
    HealthCheckTimeoutSeconds: 6, HealthCheckPath: '/', Matcher: { HttpCode: '200-399' },
  } as never]);
  const described = await world.sdk.send(new DescribeTargetGroupsCommand({ Names: ['tcp'] }));
  t.deepEqual(described.TargetGroups?.[0]?.LoadBalancerArns, []);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const no = (input: object) => refusal(create(world, input));
  t.is(await no({ Name: 'under_score' }), 'ValidationError: Target group name \'under_score\' can only contain characters that are alphanumeric characters or hyphens(-)');
  t.is(await no({ Name: '-x' }), 'ValidationError: 1 validation error detected: Value \'-x\' at \'targetGroupName\' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^-)(?!.*-$)^[A-Za-z0-9-]+$');
  t.is(await no({ Port: undefined }), 'ValidationError: A port must be specified');
  t.is(await no({ Protocol: undefined }), 'ValidationError: A protocol must be specified');
  t.is(await no({ VpcId: undefined }), 'ValidationError: A VPC ID must be specified');
  t.is(await no({ VpcId: 'vpc-1' }), 'ValidationError: The VPC ID \'vpc-1\' is not found');
  t.regex(await no({ Protocol: 'HTTP' }), /^UnsupportedOperation: /);
  t.regex(await no({ TargetType: 'lambda' }), /^UnsupportedOperation: /);
  t.is(await no({ HealthCheckProtocol: 'UDP' }), 'ValidationError: 1 validation error detected: Value \'UDP\' at \'healthCheckProtocol\' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, HTTPS, TCP]');
  t.is(await no({ HealthCheckProtocol: 'HTTP', HealthCheckPath: 'health' }), 'ValidationError: Health check path \'health\' must begin with \'/\'');
  t.regex(await no({ HealthCheckProtocol: 'HTTP', Matcher: { HttpCode: '100-700' } }), /^ValidationError: /);
  t.is(await no({ HealthCheckIntervalSeconds: 5 }), 'ValidationError: Health check timeout \'10\' must be smaller than or equal to the interval \'5\'');
  t.is(
    await no({ HealthCheckIntervalSeconds: 3, HealthyThresholdCount: 11 }),
    'ValidationError: 2 validation errors detected: Value \'3\' at \'healthCheckIntervalSeconds\' failed to satisfy constraint: Member must have value greater than or equal to 5; '
    + 'Value \'11\' at \'healthyThresholdCount\' failed to satisfy constraint: Member must have value less than or equal to 10',
  );
  t.is(await no({ HealthCheckEnabled: false }), 'ValidationError: Health check enabled must be true for target groups with target type \'instance\'');
  t.regex(await no({ HealthCheckPort: 'http' }), /^ValidationError: Health check port 'http'/);
  t.deepEqual((await world.api.DescribeTargetGroups({})).TargetGroups, []);
});

test('checks: lookups of what is not there', async (t) => {
  const world = await createWorld();
  const describe = (input: object) => refusal(world.api.DescribeTargetGroups(input));
  const unknown = `${arnHead}/x/0123456789abcdef`;
  t.is(await describe({ Names: ['nope'] }), 'TargetGroupNotFound: One or more target groups not found');
  t.is(await describe({ TargetGroupArns: ['null'] }), 'ValidationError: \'null\' is not a valid target group ARN');
  t.is(await describe({ LoadBalancerArn: 'null' }), 'ValidationError: \'null\' is not a valid load balancer ARN');
  t.is(await describe({ TargetGroupArns: Array.from({ length: 21 }, () => unknown) }), 'ValidationError: You cannot describe more than \'20\' target groups at a time');
  t.is(await describe({ Names: ['a'], TargetGroupArns: ['b'] }), 'ValidationError: Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time');
  t.is(await refusal(world.api.DescribeTargetGroupAttributes({ TargetGroupArn: unknown })), `TargetGroupNotFound: Target groups '${unknown}' not found`);
});

test('function: the same create call answers the same group, another one is refused', async (t) => {
  const world = await createWorld();
  const first = await create(world, { Tags: [{ Key: 'a', Value: '1' }] });
  const again = await create(world, {});
  t.is(again.TargetGroups?.[0]?.TargetGroupArn, first.TargetGroups?.[0]?.TargetGroupArn);
  t.is(await refusal(create(world, { Port: 81 })), 'DuplicateTargetGroupName: A target group with the same name \'g\' exists, but with different settings');
  const limited = await createWorld({ quotas: { 'target-groups': 0 } });
  t.regex(await refusal(create(limited, {})), /^TooManyTargetGroups: /);
});

test('function: groups of a load balancer are those its listeners forward to, at that moment, listener by listener', async (t) => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const [one, two, three] = [await createTargetGroup(world, 'one'), await createTargetGroup(world, 'two'), await createTargetGroup(world, 'three')];
  const of = async () => (await world.api.DescribeTargetGroups({ LoadBalancerArn })).TargetGroups?.map((group) => group.TargetGroupName);
  t.deepEqual(await of(), []);
  const ListenerArn = await createListener(world, LoadBalancerArn, two);
  await createListener(world, LoadBalancerArn, one, 81);
  t.deepEqual(await of(), ['two', 'one']);
  await world.api.ModifyListener({ ListenerArn, DefaultActions: [{ Type: 'forward', TargetGroupArn: three }] });
  t.deepEqual(await of(), ['three', 'one']);
  await world.api.DeleteTargetGroup({ TargetGroupArn: two });
  t.is(await refusal(world.api.DeleteTargetGroup({ TargetGroupArn: three })), `ResourceInUse: Target group '${three}' is currently in use by a listener or a rule`);
  await world.api.DeleteTargetGroup({ TargetGroupArn: two });
});

test('function: modify changes the health check and nothing else', async (t) => {
  const world = await createWorld();
  const TargetGroupArn = await createTargetGroup(world);
  const http = await world.sdk.send(new ModifyTargetGroupCommand({ TargetGroupArn, HealthCheckProtocol: 'HTTP', HealthCheckPath: '/up', HealthCheckIntervalSeconds: 10 }));
  const { HealthCheckProtocol, HealthCheckPath, Matcher, HealthCheckTimeoutSeconds } = http.TargetGroups?.[0] ?? {};
  t.deepEqual([HealthCheckProtocol, HealthCheckPath, Matcher?.HttpCode, HealthCheckTimeoutSeconds], ['HTTP', '/up', '200-399', 10]);
  const tcp = await world.api.ModifyTargetGroup({ TargetGroupArn, HealthCheckProtocol: 'TCP' });
  t.false('HealthCheckPath' in (tcp.TargetGroups?.[0] ?? {}));
  t.false('Matcher' in (tcp.TargetGroups?.[0] ?? {}));
  t.regex(await refusal(world.api.ModifyTargetGroup({ TargetGroupArn, HealthCheckPath: '/up' })), /^ValidationError: /);
});

test('function: attributes have 13 keys, defaults by protocol and target type, and are checked by key', async (t) => {
  const world = await createWorld();
  const attributesOf = async (TargetGroupArn: string) =>
    Object.fromEntries(((await world.api.DescribeTargetGroupAttributes({ TargetGroupArn })).Attributes ?? []).map(({ Key, Value }) => [Key, Value]));
  const ip = await createTargetGroup(world);
  t.deepEqual(await attributesOf(ip), {
    'deregistration_delay.timeout_seconds': '300',
    'deregistration_delay.connection_termination.enabled': 'false',
    'stickiness.enabled': 'false',
    'stickiness.type': 'source_ip',
    'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
    'preserve_client_ip.enabled': 'false',
    'proxy_protocol_v2.enabled': 'false',
    'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
    'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
    'target_health_state.unhealthy.connection_termination.enabled': 'true',
    'target_health_state.unhealthy.draining_interval_seconds': '0',
  });
  t.is((await attributesOf(await createTargetGroup(world, 'nodes', 'instance')))['preserve_client_ip.enabled'], 'true');
  const modify = (Key: string, Value: string) => world.api.ModifyTargetGroupAttributes({ TargetGroupArn: ip, Attributes: [{ Key, Value }] });
  t.is((await modify('deregistration_delay.timeout_seconds', '3600')).Attributes?.length, 13);
  t.is((await attributesOf(ip))['deregistration_delay.timeout_seconds'], '3600');
  t.is(await refusal(modify('deregistration_delay.timeout_seconds', '3601')), 'ValidationError: \'deregistration_delay.timeout_seconds\' value \'3601\' must be between \'0-3600\' inclusive');
  t.is(await refusal(modify('nope', '1')), 'ValidationError: Target group attribute key \'nope\' is not recognized');
  t.is(await refusal(modify('slow_start.duration_seconds', '30')), 'InvalidConfigurationRequest: The provided target group attribute is not supported');
  t.is(await refusal(modify('stickiness.type', 'lb_cookie')), 'InvalidConfigurationRequest: Stickiness type \'lb_cookie\' is not supported for target groups with the TCP protocol');
  const tls = await create(world, { Name: 'tls', Protocol: 'TLS' });
  const sticky = world.api.ModifyTargetGroupAttributes({ TargetGroupArn: tls.TargetGroups?.[0]?.TargetGroupArn, Attributes: [{ Key: 'stickiness.enabled', Value: 'true' }] });
  t.is(await refusal(sticky), 'InvalidConfigurationRequest: You cannot enable stickiness on target groups with the TLS protocol');
});
