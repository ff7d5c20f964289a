// ModifyTargetGroupAttributes: what AWS answers, refuses and does.
import test from 'ava';
import { ModifyTargetGroupAttributesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { asObject, createTargetGroup, createWorld, refusal } from './fixture.js';

const setUp = async (protocol: 'TCP' | 'TLS' | 'UDP' = 'TCP') => {
  const world = await createWorld();
  const TargetGroupArn = await createTargetGroup(world, 'g', 'ip', 80, protocol);
  const modify = (...pairs: [string, string][]) => world.api.ModifyTargetGroupAttributes({ TargetGroupArn, Attributes: pairs.map(([Key, Value]) => ({ Key, Value })) });
  return { world, TargetGroupArn, modify, no: (key: string, value: string) => refusal(modify([key, value])) };
};

test('shape: the complete set is answered', async (t) => {
  const { world, TargetGroupArn } = await setUp();
  const { Attributes } = await world.sdk.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '3600' }] }));
  t.is(Attributes?.length, 13);
  t.is(asObject(Attributes)['deregistration_delay.timeout_seconds'], '3600');
});

test('checks: each in AWS\'s code and words', async (t) => {
  const { no } = await setUp();
  t.is(await no('deregistration_delay.timeout_seconds', '3601'), 'ValidationError: \'deregistration_delay.timeout_seconds\' value \'3601\' must be between \'0-3600\' inclusive');
  t.is(await no('target_health_state.unhealthy.draining_interval_seconds', '360001'), 'ValidationError: \'target_health_state.unhealthy.draining_interval_seconds\' value \'360001\' must be between \'0-360000\' inclusive');
  t.is(await no('nope', '1'), 'ValidationError: Target group attribute key \'nope\' is not recognized');
  t.is(await no('slow_start.duration_seconds', '30'), 'InvalidConfigurationRequest: The provided target group attribute is not supported');
  t.is(await no('stickiness.type', 'lb_cookie'), 'InvalidConfigurationRequest: Stickiness type \'lb_cookie\' is not supported for target groups with the TCP protocol');
  t.is(await no('proxy_protocol_v2.enabled', '1'), 'ValidationError: \'proxy_protocol_v2.enabled\' value \'1\' must be one of \'true, false\'');
  t.is(await (await setUp('TLS')).no('stickiness.enabled', 'true'), 'InvalidConfigurationRequest: You cannot enable stickiness on target groups with the TLS protocol');
  t.is(await (await setUp('UDP')).no('preserve_client_ip.enabled', 'false'), 'InvalidConfigurationRequest: You cannot disable client IP preservation on target groups with the UDP protocol');
});

test('function: a zone may not leave DNS later than it routes to all', async (t) => {
  const { modify, no } = await setUp();
  const [failover, routing] = ['dns_failover', 'unhealthy_state_routing'].map((way) => `target_group_health.${way}.minimum_healthy_targets.count`) as [string, string];
  t.regex(await no(routing, '2'), /^ValidationError: '.*dns_failover.*' must be greater than or equal to '.*unhealthy_state_routing.*'/);
  t.is(asObject((await modify([routing, '2'], [failover, '2'])).Attributes)[routing], '2');
  t.regex(await no(failover, '1'), /^ValidationError: /);
  t.is(asObject((await modify([failover, 'off'])).Attributes)[failover], 'off');
});
