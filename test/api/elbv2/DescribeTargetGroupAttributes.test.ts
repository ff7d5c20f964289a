// DescribeTargetGroupAttributes: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeTargetGroupAttributesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { asObject, createTargetGroup, createWorld, nowhere, refusal } from './fixture.js';

test('shape: thirteen keys with their defaults', async (t) => {
  const world = await createWorld();
  const { Attributes } = await world.sdk.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: await createTargetGroup(world) }));
  t.deepEqual(asObject(Attributes), {
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
});

test('checks: malformed and unknown', async (t) => {
  const world = await createWorld();
  const unknown = nowhere(await createTargetGroup(world));
  t.is(await refusal(world.api.DescribeTargetGroupAttributes({ TargetGroupArn: 'null' })), 'ValidationError: \'null\' is not a valid target group ARN');
  t.is(await refusal(world.api.DescribeTargetGroupAttributes({ TargetGroupArn: unknown })), `TargetGroupNotFound: Target groups '${unknown}' not found`);
});

test('function: defaults by protocol and target type', async (t) => {
  const world = await createWorld();
  const of = async (name: string, type: 'ip' | 'instance', protocol: 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP' | 'QUIC') => {
    const all = asObject((await world.api.DescribeTargetGroupAttributes({ TargetGroupArn: await createTargetGroup(world, name, type, 80, protocol) })).Attributes);
    t.is('target_health_state.unhealthy.draining_interval_seconds' in all, protocol === 'TCP' || protocol === 'TLS', protocol);
    return [all['preserve_client_ip.enabled'], all['deregistration_delay.connection_termination.enabled']];
  };
  t.deepEqual(await of('a', 'ip', 'TLS'), ['false', 'false']);
  t.deepEqual(await of('b', 'instance', 'TCP'), ['true', 'false']);
  t.deepEqual(await of('c', 'ip', 'UDP'), ['true', 'true']);
  t.deepEqual(await of('d', 'ip', 'TCP_UDP'), ['true', 'true']);
  t.deepEqual(await of('e', 'ip', 'QUIC'), ['true', 'false']);
});
