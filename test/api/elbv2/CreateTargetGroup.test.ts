// CreateTargetGroup: what AWS answers, refuses and does.
import test from 'ava';
import { CreateTargetGroupCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { account, createWorld, refusal, type World } from './fixture.js';

const create = (world: World, input: object) =>
  world.api.CreateTargetGroup({ Name: 'g', Protocol: 'TCP', Port: 80, VpcId: world.vpc.VpcId, ...input });

test('shape: a TCP check has neither path nor matcher, an HTTP check both', async (t) => {
  const world = await createWorld();
  const common = { Protocol: 'TCP', Port: 8080, VpcId: world.vpc.VpcId } as const;
  const arn = (name: string, id: number) => `arn:aws:elasticloadbalancing:us-west-2:${account}:targetgroup/${name}/000000000000000${id}`;
  const expected = {
    ...common,
    HealthCheckPort: 'traffic-port', HealthCheckEnabled: true, HealthCheckIntervalSeconds: 30, HealthyThresholdCount: 5, UnhealthyThresholdCount: 2,
    TargetType: 'ip', IpAddressType: 'ipv4',
  };
  const tcp = await world.sdk.send(new CreateTargetGroupCommand({ Name: 'tcp', ...common, TargetType: 'ip' }));
  t.deepEqual(tcp.TargetGroups, [{ ...expected, TargetGroupArn: arn('tcp', 1), TargetGroupName: 'tcp', HealthCheckProtocol: 'TCP', HealthCheckTimeoutSeconds: 10 } as never]);
  const http = await world.sdk.send(new CreateTargetGroupCommand({ Name: 'http', ...common, TargetType: 'ip', HealthCheckProtocol: 'HTTP' }));
  t.deepEqual(http.TargetGroups, [{
    ...expected, TargetGroupArn: arn('http', 2), TargetGroupName: 'http', HealthCheckProtocol: 'HTTP', HealthCheckTimeoutSeconds: 6, HealthCheckPath: '/', Matcher: { HttpCode: '200-399' },
  } as never]);
  t.like((await create(world, { HealthCheckProtocol: 'HTTPS' })).TargetGroups?.[0], { HealthCheckTimeoutSeconds: 10, TargetType: 'instance', HealthCheckPath: '/' });
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const no = (input: object) => refusal(create(world, input));
  t.is(await no({ Name: 'under_score' }), 'ValidationError: Target group name \'under_score\' can only contain characters that are alphanumeric characters or hyphens(-)');
  t.is(await no({ Name: 'a'.repeat(33) }), `ValidationError: Target group name '${'a'.repeat(33)}' cannot be longer than '32' characters`);
  t.is(await no({ Name: '-x' }), 'ValidationError: 1 validation error detected: Value \'-x\' at \'targetGroupName\' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^-)(?!.*-$)^[A-Za-z0-9-]+$');
  t.is(await no({ Port: undefined }), 'ValidationError: A port must be specified');
  t.is(await no({ Protocol: undefined }), 'ValidationError: A protocol must be specified');
  t.is(await no({ VpcId: undefined }), 'ValidationError: A VPC ID must be specified');
  t.is(await no({ VpcId: 'vpc-1' }), 'ValidationError: The VPC ID \'vpc-1\' is not found');
  t.is(await no({ Protocol: 'HTTP' }), 'UnsupportedOperation: nlbox does not model target groups with protocol \'HTTP\' yet');
  t.is(await no({ TargetType: 'lambda' }), 'UnsupportedOperation: nlbox does not model target groups with target type \'lambda\' yet');
  t.is(await no({ TargetControlPort: 80 }), 'UnsupportedOperation: nlbox does not model the parameter TargetControlPort yet');
  t.is(await no({ ProtocolVersion: 'HTTP2' }), 'ValidationError: A protocol version cannot be specified for target groups with the TCP protocol');
  t.is(await no({ HealthCheckProtocol: 'UDP' }), 'ValidationError: 1 validation error detected: Value \'UDP\' at \'healthCheckProtocol\' failed to satisfy constraint: Member must satisfy enum value set: [HTTP, HTTPS, TCP]');
  t.is(await no({ HealthCheckProtocol: 'HTTP', HealthCheckPath: 'health' }), 'ValidationError: Health check path \'health\' must begin with \'/\'');
  t.is(await no({ HealthCheckProtocol: 'HTTP', Matcher: { HttpCode: '100-700' } }), 'ValidationError: Health check matcher HTTP code \'100-700\' must be within \'200-599\' inclusive');
  t.regex(await no({ HealthCheckProtocol: 'HTTP', Matcher: { GrpcCode: '12' } }), /^ValidationError: A gRPC code can only/);
  t.regex(await no({ HealthCheckPath: '/' }), /^ValidationError: Health check paths are not supported/);
  t.regex(await no({ Matcher: { HttpCode: '200' } }), /^ValidationError: Custom health check matchers are not supported/);
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

test('function: the same create call answers the same group, another one is refused', async (t) => {
  const world = await createWorld();
  const first = await create(world, { Tags: [{ Key: 'a', Value: '1' }] });
  const again = await create(world, {});
  t.is(again.TargetGroups?.[0]?.TargetGroupArn, first.TargetGroups?.[0]?.TargetGroupArn);
  for (const change of [{ Port: 81 }, { IpAddressType: 'ipv6' }, { TargetType: 'ip' }]) {
    t.is(await refusal(create(world, change)), 'DuplicateTargetGroupName: A target group with the same name \'g\' exists, but with different settings');
  }
  const limited = await createWorld({ quotas: { 'target-groups': 0 } });
  t.is(await refusal(create(limited, {})), 'TooManyTargetGroups: The maximum number of target groups has been reached');
});
