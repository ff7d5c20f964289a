// DescribeTargetHealth: what AWS answers, refuses and tells at each moment of a target's life.
import test from 'ava';
import { DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { timingProfiles } from '../../../emulator/config.js';
import { createListener, createService, createWorld, nowhere, refusal, states } from './fixture.js';

const noOverride = { State: 'no_override', Reason: 'AdministrativeOverride.NoOverride', Description: 'No override is currently active on target' };

test('shape: an ip target has its zone, an instance target has none; the check port is a number', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, register } = await createService(world);
  await register({ Id: '10.42.96.7' }, { Id: '10.9.0.1', AvailabilityZone: 'all' });
  const ip = await world.sdk.send(new DescribeTargetHealthCommand({ TargetGroupArn, Include: ['All'] }));
  t.deepEqual(ip.TargetHealthDescriptions?.[0], {
    Target: { Id: '10.42.96.7', Port: 8080, AvailabilityZone: 'us-west-2a' },
    HealthCheckPort: '8080',
    TargetHealth: { State: 'initial', Reason: 'Elb.RegistrationInProgress', Description: 'Target registration is in progress' },
    AdministrativeOverride: noOverride,
  } as never);
  t.is(ip.TargetHealthDescriptions?.[1]?.Target?.AvailabilityZone, 'all');
  const nodes = await createWorld();
  const service = await createService(nodes, 'instance');
  const id = nodes.nodes[0]?.InstanceId ?? '';
  await service.register({ Id: id, Port: 31005 });
  const instance = await nodes.sdk.send(new DescribeTargetHealthCommand({ TargetGroupArn: service.TargetGroupArn }));
  t.like(instance.TargetHealthDescriptions?.[0], { Target: { Id: id, Port: 31005 }, HealthCheckPort: '31005' });
  t.false('AvailabilityZone' in (instance.TargetHealthDescriptions?.[0]?.Target ?? {}));
});

test('shape: targets are answered in the order asked; one that is not registered has no override', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, register } = await createService(world);
  await register({ Id: '10.42.0.9' });
  const { TargetHealthDescriptions } = await world.api.DescribeTargetHealth({ TargetGroupArn, Targets: [{ Id: '10.42.0.10' }, { Id: '10.42.0.9' }] });
  t.deepEqual(TargetHealthDescriptions?.[0], {
    Target: { Id: '10.42.0.10', Port: 8080 },
    HealthCheckPort: '8080',
    TargetHealth: { State: 'unused', Reason: 'Target.NotRegistered', Description: 'Target is not registered to the target group' },
  });
  t.is(TargetHealthDescriptions?.[1]?.Target?.Id, '10.42.0.9');
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn } = await createService(world);
  const no = (input: object) => refusal(world.api.DescribeTargetHealth({ TargetGroupArn, ...input }));
  t.is(await no({ TargetGroupArn: 'x' }), 'ValidationError: \'x\' is not a valid target group ARN');
  t.is(await no({ TargetGroupArn: nowhere(TargetGroupArn) }), `TargetGroupNotFound: Target groups '${nowhere(TargetGroupArn)}' not found`);
  t.is(await no({ Include: ['x'] }), 'ValidationError: 1 validation error detected: Value \'x\' at \'include.1.member\' failed to satisfy constraint: Member must satisfy enum value set: [AnomalyDetection, All]');
  t.is(await no({ Targets: [{ Id: 'i-0123456789abcdef0' }] }), 'ValidationError: The IP address \'i-0123456789abcdef0\' is not a valid IPv4 address');
});

test('function: initial, healthy, unhealthy as time and the data plane say', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, register } = await createService(world);
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
  const world = await createWorld();
  const { TargetGroupArn, ListenerArn, LoadBalancerArn, register } = await createService(world);
  await register({ Id: '10.42.0.9' });
  await world.clock.advance(60_000);
  await world.api.DeleteListener({ ListenerArn });
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.0.9:8080 unused Target.NotInUse']);
  await createListener(world, LoadBalancerArn, TargetGroupArn);
  t.deepEqual(await states(world, TargetGroupArn), ['10.42.0.9:8080 initial Elb.RegistrationInProgress']);
});

test('function: a stopped node and a zone that is not enabled are unused; a node that left is deregistered by AWS', async (t) => {
  const world = await createWorld();
  const { LoadBalancerArn, TargetGroupArn, register } = await createService(world, 'instance');
  const [a, b, c] = world.nodes;
  await register({ Id: a?.InstanceId ?? '' }, { Id: b?.InstanceId ?? '' }, { Id: c?.InstanceId ?? '' });
  await world.clock.advance(4000);
  if (a) a.running = false;
  await world.api.SetSubnets({ LoadBalancerArn, Subnets: world.vpc.subnets.slice(0, 2).map((subnet) => subnet.SubnetId) });
  const reasons = async () => (await states(world, TargetGroupArn)).map((line) => line.split(' ').slice(1).join(' '));
  t.deepEqual(await reasons(), ['unused Target.InvalidState', 'initial Elb.InitialHealthChecking', 'unused Target.NotInUse']);
  await world.api.ModifyTargetGroupAttributes({ TargetGroupArn, Attributes: [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }] });
  t.is((await reasons())[2], 'initial Elb.InitialHealthChecking');
  world.nodes.shift();
  t.deepEqual(await reasons(), ['initial Elb.InitialHealthChecking', 'initial Elb.InitialHealthChecking']);
  const asked = await world.api.DescribeTargetHealth({ TargetGroupArn, Targets: [{ Id: a?.InstanceId }] });
  t.like(asked.TargetHealthDescriptions?.[0], { TargetHealth: { State: 'draining', Reason: 'Target.DeregistrationInProgress' } });
});

test('function: the address of a load balancer is no target', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, register } = await createService(world);
  await register({ Id: '10.42.31.254' }, { Id: '10.42.31.253' });
  const { TargetHealthDescriptions } = await world.api.DescribeTargetHealth({ TargetGroupArn });
  t.deepEqual(TargetHealthDescriptions?.[0]?.TargetHealth, { State: 'unused', Reason: 'Target.IpUnusable', Description: 'The IP address cannot be used as a target, as it is in use by a load balancer' });
  t.is(TargetHealthDescriptions?.[1]?.TargetHealth?.State, 'initial');
});

test('function: unhealthy targets may drain first', async (t) => {
  const world = await createWorld();
  const { TargetGroupArn, register } = await createService(world);
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
