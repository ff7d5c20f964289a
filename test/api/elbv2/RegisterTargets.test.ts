// RegisterTargets: what AWS answers, refuses and does.
import test from 'ava';
import { RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createListener, createLoadBalancer, createService, createTargetGroup, createWorld, nowhere, refusal, states } from './fixture.js';

test('shape: an empty result', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn } = await createService(world);
  const { $metadata, ...output } = await world.sdk.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: '10.42.96.7' }] }));
  t.deepEqual([$metadata.httpStatusCode, output], [200, {}]);
});

test('checks: addresses, and that nothing of a bad call is registered', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, register } = await createService(world);
  const outside = 'You must specify a valid Availability Zone or select \'all\' for all enabled Availability zones, since the IP address \'10.9.0.1\' is outside the VPC: you must specify an Availability Zone';
  t.is(await refusal(register({ Id: '10.42.0.1' }, { Id: '10.9.0.1' })), `ValidationError: ${outside}`);
  t.is(await refusal(register({ Id: '10.9.0.1', AvailabilityZone: 'us-west-2z' })), `ValidationError: ${outside}`);
  t.is(await refusal(register({ Id: '10.42.0.1', AvailabilityZone: 'all' })), 'ValidationError: The IP address \'10.42.0.1\' is within the VPC, and cannot have its Availability Zone overridden to \'all\' from \'us-west-2a\'');
  t.is(await refusal(register({ Id: '8.8.8.8', AvailabilityZone: 'all' })), 'ValidationError: The IP address \'8.8.8.8\' is not within a valid range for a target');
  t.is(await refusal(register({ Id: 'not-an-ip' })), 'ValidationError: The IP address \'not-an-ip\' is not a valid IPv4 address');
  t.regex(await refusal(register({ Id: '0x0a.1' })), /^ValidationError: /);
  t.is(await refusal(register()), 'ValidationError: At least one target must be specified');
  t.is(await refusal(register({ Id: '10.42.0.1', Port: 0 })), 'ValidationError: 1 validation error detected: Value \'0\' at \'targets.1.member.port\' failed to satisfy constraint: Member must have value greater than or equal to 1');
  t.is(await refusal(world.api.RegisterTargets({ TargetGroupArn: 'null', Targets: [{ Id: '10.42.0.1' }] })), 'ValidationError: \'null\' is not a valid target group ARN');
  t.is(await refusal(world.api.RegisterTargets({ TargetGroupArn: nowhere(TargetGroupArn), Targets: [{ Id: 'x' }] })), `TargetGroupNotFound: Target groups '${nowhere(TargetGroupArn)}' not found`);
  t.deepEqual(await states(world, TargetGroupArn), []);
  const six = (await world.api.CreateTargetGroup({ Name: 'six', Protocol: 'TCP', Port: 80, VpcId: world.vpc.VpcId, TargetType: 'ip', IpAddressType: 'ipv6' })).TargetGroups?.[0]?.TargetGroupArn;
  const registerSix = (Id: string) => world.api.RegisterTargets({ TargetGroupArn: six, Targets: [{ Id }] });
  t.is(await refusal(registerSix('10.42.0.1')), 'ValidationError: The IP address \'10.42.0.1\' is not a valid IPv6 address');
  t.is(await refusal(registerSix('2001:db8::1')), 'ValidationError: The IP address \'2001:db8::1\' is not within a valid range for a target');
  await registerSix('2001:db8:42:4201::1');
  t.is((await world.api.DescribeTargetHealth({ TargetGroupArn: six })).TargetHealthDescriptions?.[0]?.Target?.AvailabilityZone, 'us-west-2b');
});

test('checks: instances', async (t) => {
  const world = await createWorld();
  const { register } = await createService(world, 'instance');
  t.is(await refusal(register({ Id: '10.42.0.1' })), 'ValidationError: Instance ID \'10.42.0.1\' is not valid');
  t.is(await refusal(register({ Id: 'i-0123456789abcdef0' })), 'InvalidTarget: The following targets do not exist and cannot be registered: \'i-0123456789abcdef0\'');
  const [stopped] = world.nodes;
  if (stopped) stopped.running = false;
  t.is(await refusal(register({ Id: stopped?.InstanceId ?? '' })), `InvalidTarget: The following targets are not in a running state and cannot be registered: '${stopped?.InstanceId}'`);
});

test('checks: QUIC targets have server ids, others have none', async (t) => {
  const world = await createWorld();
  const quic = await createTargetGroup(world, 'quic', 'ip', 443, 'QUIC');
  const register = (QuicServerId?: string, Id = '10.42.0.10', TargetGroupArn = quic) => world.api.RegisterTargets({ TargetGroupArn, Targets: [{ Id, QuicServerId }] });
  t.is(await refusal(register()), 'ValidationError: A QUIC server ID must be specified for target \'10.42.0.10\' of a target group with the QUIC protocol');
  t.is(await refusal(register('0xABC')), 'ValidationError: QUIC server ID \'0xABC\' is not valid');
  await register('0x0123456789abcdef');
  t.is(await refusal(register('0x0123456789abcdef', '10.42.0.11')), 'InvalidTarget: QUIC server ID \'0x0123456789abcdef\' is already used by another target of the target group');
  t.is(await refusal(register('0x0123456789abcdef', '10.42.0.11', await createTargetGroup(world))), 'ValidationError: A QUIC server ID cannot be specified for targets of a target group with the TCP protocol');
  t.is((await world.api.DescribeTargetHealth({ TargetGroupArn: quic })).TargetHealthDescriptions?.[0]?.Target?.QuicServerId, '0x0123456789abcdef');
});

test('function: one id with several ports is several targets, in the order of registration', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, register } = await createService(world);
  await register({ Id: '10.42.32.9', Port: 2 }, { Id: '10.42.0.9', Port: 1 });
  await register({ Id: '10.42.0.9', Port: 3 }, { Id: '10.42.32.9', Port: 2 });
  t.deepEqual((await states(world, TargetGroupArn)).map((line) => line.split(' ')[0]), ['10.42.32.9:2', '10.42.0.9:1', '10.42.0.9:3']);
});

test('function: an address outside the VPC is one target in each zone that it is registered for', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, register } = await createService(world);
  const zones = async (...Targets: { Id: string; AvailabilityZone?: string }[]) =>
    (await world.api.DescribeTargetHealth({ TargetGroupArn, ...(Targets.length > 0 ? { Targets } : {}) })).TargetHealthDescriptions?.map(({ Target }) => Target?.AvailabilityZone);
  await register({ Id: '10.9.0.1', AvailabilityZone: 'us-west-2a' }, { Id: '10.9.0.1', AvailabilityZone: 'us-west-2b' });
  await register({ Id: '10.9.0.1', AvailabilityZone: 'us-west-2b' });
  t.deepEqual(await zones(), ['us-west-2a', 'us-west-2b']);
  t.deepEqual(await zones({ Id: '10.9.0.1', AvailabilityZone: 'us-west-2b' }), ['us-west-2b']);
  t.deepEqual(await zones({ Id: '10.9.0.1' }), ['us-west-2a', 'us-west-2b']);
  await world.clock.advance(10_000);
  world.health.set(TargetGroupArn, '10.9.0.1|8080|us-west-2b', 'unhealthy');
  t.deepEqual((await states(world, TargetGroupArn)).map((line) => line.split(' ')[1]), ['initial', 'unhealthy']);
  await world.api.DeregisterTargets({ TargetGroupArn, Targets: [{ Id: '10.9.0.1', AvailabilityZone: 'us-west-2a' }] });
  t.deepEqual((await states(world, TargetGroupArn)).map((line) => line.split(' ')[1]), ['draining', 'unhealthy']);
  await world.api.DeregisterTargets({ TargetGroupArn, Targets: [{ Id: '10.9.0.1' }] });
  t.deepEqual((await states(world, TargetGroupArn)).map((line) => line.split(' ')[1]), ['draining', 'draining']);
});

const targets = (...last: number[]) => last.map((number) => ({ Id: `10.42.0.${number}` }));

test('function: quotas of the group and of the load balancer', async (t) => {
  const world = await createWorld({ quotas: { 'targets-per-target-group': 2 } });
  const TargetGroupArn = await createTargetGroup(world);
  t.regex(await refusal(world.api.RegisterTargets({ TargetGroupArn, Targets: targets(1, 2, 3) })), /^TooManyTargets: .*'2'/);
  await world.api.RegisterTargets({ TargetGroupArn, Targets: targets(1, 2) });
  t.is((await states(world, TargetGroupArn)).length, 2);
  const small = await createWorld({ quotas: { 'targets-per-network-load-balancer': 1 } });
  const service = await createService(small);
  t.is(await refusal(service.register(...targets(1, 2))), `TooManyTargets: The maximum number of targets per load balancer '1' has been reached on load balancer '${service.LoadBalancerArn}'`);
});

test('function: targets are counted by zone, in every zone when traffic crosses zones', async (t) => {
  const world = await createWorld({ quotas: { 'targets-per-availability-zone-per-network-load-balancer': 2 } });
  const TargetGroupArn = await createTargetGroup(world);
  await createListener(world, await createLoadBalancer(world), TargetGroupArn);
  const register = (...ids: string[]) => world.api.RegisterTargets({ TargetGroupArn, Targets: ids.map((Id) => ({ Id })) });
  await register('10.42.0.10', '10.42.0.11', '10.42.32.10');
  t.regex(await refusal(register('10.42.0.12')), /^TooManyTargets: .* per Availability Zone '2' has been reached in 'us-west-2a'/);
  await register('10.42.32.11');
  await world.api.ModifyTargetGroupAttributes({ TargetGroupArn, Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }] });
  t.regex(await refusal(register('10.42.64.10')), /^TooManyTargets: /);
});
