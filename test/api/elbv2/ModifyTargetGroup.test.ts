// ModifyTargetGroup: what AWS answers, refuses and does.
import test from 'ava';
import { ModifyTargetGroupCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { createTargetGroup, createWorld, nowhere, refusal } from './fixture.js';

test('shape: the group as it is now', async (t) => {
  const world = await createWorld();
  const TargetGroupArn = await createTargetGroup(world);
  const { TargetGroups } = await world.sdk.send(new ModifyTargetGroupCommand({ TargetGroupArn, HealthCheckProtocol: 'HTTP', HealthCheckPath: '/up', HealthCheckIntervalSeconds: 10 }));
  t.like(TargetGroups?.[0], { HealthCheckProtocol: 'HTTP', HealthCheckPath: '/up', Matcher: { HttpCode: '200-399' }, HealthCheckTimeoutSeconds: 10, LoadBalancerArns: [] });
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const TargetGroupArn = await createTargetGroup(world);
  const no = (input: object) => refusal(world.api.ModifyTargetGroup({ TargetGroupArn, ...input }));
  t.is(await no({ TargetGroupArn: nowhere(TargetGroupArn) }), `TargetGroupNotFound: Target groups '${nowhere(TargetGroupArn)}' not found`);
  t.is(await no({ TargetGroupArn: 'x' }), 'ValidationError: \'x\' is not a valid target group ARN');
  t.is(await no({ HealthCheckPath: '/up' }), 'ValidationError: Health check paths are not supported for health checks with the TCP protocol');
  t.is(await no({ HealthCheckTimeoutSeconds: 31 }), 'ValidationError: Health check timeout \'31\' must be smaller than or equal to the interval \'30\'');
  t.regex(await no({ UnhealthyThresholdCount: 1 }), /'unhealthyThresholdCount' failed to satisfy constraint: Member must have value greater than or equal to 2/);
});

test('function: it changes the health check and nothing else; back to TCP, path and matcher go', async (t) => {
  const world = await createWorld();
  const TargetGroupArn = await createTargetGroup(world);
  await world.api.ModifyTargetGroup({ TargetGroupArn, HealthCheckProtocol: 'HTTP', HealthCheckPath: '/up' });
  const tcp = await world.api.ModifyTargetGroup({ TargetGroupArn, HealthCheckProtocol: 'TCP', Port: 9 } as never);
  t.false('HealthCheckPath' in (tcp.TargetGroups?.[0] ?? {}));
  t.false('Matcher' in (tcp.TargetGroups?.[0] ?? {}));
  t.is(tcp.TargetGroups?.[0]?.Port, 8080);
});
