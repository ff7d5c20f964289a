// Targets: who may be registered, and what DescribeTargetHealth tells at each moment of a target's life.
import test from 'ava';
import { DescribeTargetHealthCommand, RegisterTargetsCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { sweep } from '../../../emulator/api/elbv2/targets.js';
import { timingProfiles } from '../../../emulator/config.js';
import { account, createListener, createLoadBalancer, createTargetGroup, createWorld, refusal, type World } from './fixture.js';

const noOverride = { State: 'no_override', Reason: 'AdministrativeOverride.NoOverride', Description: 'No override is currently active on target' };
const states = async (world: World, TargetGroupArn: string) =>
  ((await world.api.DescribeTargetHealth({ TargetGroupArn })).TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) =>
    `${Target?.Id}:${Target?.Port} ${TargetHealth?.State}${TargetHealth?.Reason ? ` ${TargetHealth.Reason}` : ''}`);

const inUse = async (type: 'ip' | 'instance' = 'ip') => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const TargetGroupArn = await createTargetGroup(world, 'my-group', type);
  const ListenerArn = await createListener(world, LoadBalancerArn, TargetGroupArn);
  const register = (...Targets: { Id: string; Port?: number; AvailabilityZone?: string }[]) => world.api.RegisterTargets({ TargetGroupArn, Targets });
  return { world, LoadBalancerArn, TargetGroupArn, ListenerArn, register };
};

test('shape: an ip target has its zone, an instance target has none; the check port is a number', async (t) => {
  const { world, TargetGroupArn } = await inUse();
  await world.sdk.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: '10.42.96.7' }] }));
  const ip = await world.sdk.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
  t.deepEqual(ip.TargetHealthDescriptions, [{
    Target: { Id: '10.42.96.7', Port: 8080, AvailabilityZone: 'us-west-2a' },
    HealthCheckPort: '8080',
    TargetHealth: { State: 'initial', Reason: 'Elb.RegistrationInProgress', Description: 'Target registration is in progress' },
    AdministrativeOverride: noOverride,
  } as never]);
  const nodes = await inUse('instance');
  const id = nodes.world.nodes[0]?.InstanceId ?? '';
  await nodes.register({ Id: id, Port: 31005 });
  const instance = await nodes.world.sdk.send(new DescribeTargetHealthCommand({ TargetGroupArn: nodes.TargetGroupArn }));
  t.like(instance.TargetHealthDescriptions?.[0], { Target: { Id: id, Port: 31005 }, HealthCheckPort: '31005' });
  t.false('AvailabilityZone' in (instance.TargetHealthDescriptions?.[0]?.Target ?? {}));
});

test('checks: what cannot be registered, and that nothing of a bad call is', async (t) => {
  const { world, TargetGroupArn, register } = await inUse();
  const outside = 'You must specify a valid Availability Zone or select \'all\' for all enabled Availability zones, since the IP address \'10.9.0.1\' is outside the VPC: you must specify an Availability Zone';
  t.is(await refusal(register({ Id: '10.42.0.1' }, { Id: '10.9.0.1' })), `ValidationError: ${outside}`);
  t.is(await refusal(register({ Id: '10.42.0.1', AvailabilityZone: 'all' })), 'ValidationError: The IP address \'10.42.0.1\' is within the VPC, and cannot have its Availability Zone overridden to \'all\' from \'us-west-2a\'');
  t.regex(await refusal(register({ Id: '8.8.8.8', AvailabilityZone: 'all' })), /^ValidationError: /);
  t.regex(await refusal(register({ Id: 'not-an-ip' })), /^ValidationError: /);
  t.regex(await refusal(register({ Id: '0x0a.1' })), /^ValidationError: /);
  t.is(await refusal(register({ Id: '10.42.0.1', Port: 0 })), 'ValidationError: 1 validation error detected: Value \'0\' at \'targets.1.member.port\' failed to satisfy constraint: Member must have value greater than or equal to 1');
  t.is(await refusal(world.api.RegisterTargets({ TargetGroupArn: 'null', Targets: [{ Id: '10.42.0.1' }] })), 'ValidationError: \'null\' is not a valid target group ARN');
  t.deepEqual(await states(world, TargetGroupArn), []);
  await register({ Id: '10.9.0.1', AvailabilityZone: 'all' });
  t.is((await world.api.DescribeTargetHealth({ TargetGroupArn })).TargetHealthDescriptions?.[0]?.Target?.AvailabilityZone, 'all');

  const nodes = await inUse('instance');
  t.regex(await refusal(nodes.register({ Id: '10.42.0.1' })), /^ValidationError: /);
  t.regex(await refusal(nodes.register({ Id: 'i-0123456789abcdef0' })), /^InvalidTarget: .*'i-0123456789abcdef0'/);
  const [stopped] = nodes.world.nodes;
  if (stopped) stopped.running = false;
  t.is(await refusal(nodes.register({ Id: stopped?.InstanceId ?? '' })), `InvalidTarget: The following targets are not in a running state and cannot be registered: '${stopped?.InstanceId}'`);
});

test('function: one id with several ports is several targets, in the order of registration', async (t) => {
  const { world, TargetGroupArn, register } = await inUse();
  await register({ Id: '10.42.32.9', Port: 2 }, { Id: '10.42.0.9', Port: 1 });
  await register({ Id: '10.42.0.9', Port: 3 }, { Id: '10.42.32.9', Port: 2 });
  t.deepEqual((await states(world, TargetGroupArn)).map((line) => line.split(' ')[0]), ['10.42.32.9:2', '10.42.0.9:1', '10.42.0.9:3']);
});

test('function: initial, healthy, unhealthy as time and the data plane say', async (t) => {
  const { world, TargetGroupArn, register } = await inUse();
  await register({ Id: '10.42.0.9' });
  const see = (status: 'healthy' | 'unhealthy') => world.health.set(TargetGroupArn, '10.42.0.9|8080', status, world.clock.now());
  const body = `Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=${encodeURIComponent(TargetGroupArn)}`;
  const onWire = async () => /<State>([^<]*)<\/State>(?:<Reason>([^<]*))?/.exec((await world.post(body)).text)?.slice(1).filter(Boolean).join(' ');
  t.is(await onWire(), 'initial Elb.RegistrationInProgress');
  await world.clock.advance(3999);
  t.is(await onWire(), 'initial Elb.RegistrationInProgress');
  await world.clock.advance(1);
  t.is(await onWire(), 'initial Elb.InitialHealthChecking');
  see('healthy');
  t.is(await onWire(), 'healthy');
  see('unhealthy');
  t.is(await onWire(), 'unhealthy Target.FailedHealthChecks');
});

test('function: a group without listener is unused; a listener starts its targets', async (t) => {
  const { world, TargetGroupArn, ListenerArn, LoadBalancerArn, register } = await inUse();
  await register({ Id: '10.42.0.9' });
  await world.clock.advance(60_000);
  await world.api.DeleteListener({ ListenerArn });
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.0.9:8080 unused Target.NotInUse']);
  await createListener(world, LoadBalancerArn, TargetGroupArn);
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.0.9:8080 initial Elb.RegistrationInProgress']);
});

test('function: a deregistered target drains, then is gone, and its record is swept', async (t) => {
  const { world, TargetGroupArn, register } = await inUse();
  await register({ Id: '10.42.0.9' }, { Id: '10.42.32.9' });
  await world.api.DeregisterTargets({ TargetGroupArn, Targets: [{ Id: '10.42.0.9' }, { Id: '10.42.0.77' }] });
  t.deepEqual((await states(world, TargetGroupArn))[0], '10.42.0.9:8080 draining Target.DeregistrationInProgress');
  await world.clock.advance(300_000 * timingProfiles.fast.drainFactor);
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.32.9:8080 initial Elb.InitialHealthChecking']);
  const asked = await world.api.DescribeTargetHealth({ TargetGroupArn, Targets: [{ Id: '10.42.0.9' }] });
  t.deepEqual(asked.TargetHealthDescriptions, [{
    Target: { Id: '10.42.0.9', Port: 8080 },
    HealthCheckPort: '8080',
    TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered', Description: 'Target is not registered to the target group' },
  }]);
  const partition = world.store.partition(account, 'us-west-2');
  t.is(partition.read.count('targets'), 2);
  await sweep(partition, timingProfiles.fast, world.clock.now());
  t.is(partition.read.count('targets'), 1);
});

test('function: registered again while draining it starts anew; deregistered while unused it is gone at once', async (t) => {
  const { world, TargetGroupArn, ListenerArn, register } = await inUse();
  const Targets = [{ Id: '10.42.0.9' }];
  await register(...Targets);
  await world.clock.advance(10_000);
  await world.api.DeregisterTargets({ TargetGroupArn, Targets });
  await register(...Targets);
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.0.9:8080 initial Elb.RegistrationInProgress']);
  await world.api.DeleteListener({ ListenerArn });
  await world.api.DeregisterTargets({ TargetGroupArn, Targets });
  t.deepEqual(await states(world, TargetGroupArn), []);
});

test('function: a stopped node and a zone that is not enabled are unused', async (t) => {
  const { world, LoadBalancerArn, TargetGroupArn, register } = await inUse('instance');
  const [a, b, c] = world.nodes;
  await register({ Id: a?.InstanceId ?? '' }, { Id: b?.InstanceId ?? '' }, { Id: c?.InstanceId ?? '' });
  await world.clock.advance(4000);
  if (a) a.running = false;
  await world.api.SetSubnets({ LoadBalancerArn, Subnets: world.vpc.subnets.slice(0, 2).map((subnet) => subnet.SubnetId) });
  const reasons = async () => (await states(world, TargetGroupArn)).map((line) => line.split(' ').slice(1).join(' '));
  t.deepEqual(await reasons(), ['unused Target.InvalidState', 'initial Elb.InitialHealthChecking', 'unused Target.NotInUse']);
  await world.api.ModifyTargetGroupAttributes({ TargetGroupArn, Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }] });
  t.is((await reasons())[2], 'initial Elb.InitialHealthChecking');
});

test('function: unhealthy targets may drain first', async (t) => {
  const { world, TargetGroupArn, register } = await inUse();
  await register({ Id: '10.42.0.9' });
  await world.clock.advance(4000);
  await world.api.ModifyTargetGroupAttributes({
    TargetGroupArn,
    Attributes: [
      { Key: 'target_health_state.unhealthy.connection_termination.enabled', Value: 'false' },
      { Key: 'target_health_state.unhealthy.draining_interval_seconds', Value: '20' },
    ],
  });
  world.health.set(TargetGroupArn, '10.42.0.9|8080', 'unhealthy', world.clock.now());
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.0.9:8080 unhealthy.draining Target.FailedHealthChecks']);
  await world.clock.advance(20_000 * timingProfiles.fast.drainFactor);
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.0.9:8080 unhealthy Target.FailedHealthChecks']);
});

test('function: quotas of the group and of the load balancer', async (t) => {
  const targets = (...last: number[]) => last.map((number) => ({ Id: `10.42.0.${number}` }));
  const world = await createWorld({ quotas: { 'targets-per-target-group': 2 } });
  const TargetGroupArn = await createTargetGroup(world);
  t.regex(await refusal(world.api.RegisterTargets({ TargetGroupArn, Targets: targets(1, 2, 3) })), /^TooManyTargets: .*'2'/);
  await world.api.RegisterTargets({ TargetGroupArn, Targets: targets(1, 2) });
  t.is((await states(world, TargetGroupArn)).length, 2);
  const small = await createWorld({ quotas: { 'targets-per-network-load-balancer': 1 } });
  const LoadBalancerArn = await createLoadBalancer(small);
  const group = await createTargetGroup(small);
  await createListener(small, LoadBalancerArn, group);
  t.is(
    await refusal(small.api.RegisterTargets({ TargetGroupArn: group, Targets: targets(1, 2) })),
    `TooManyTargets: The maximum number of targets per load balancer '1' has been reached on load balancer '${LoadBalancerArn}'`,
  );
});
