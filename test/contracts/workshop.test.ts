// One suite of the workshop's operations for every door: the same calls, the same answers and the same refusals.
import test from 'ava';
import { createWorld, nowhere, publicSubnets } from '../api/elbv2/fixture.js';
import { missingTool } from '../support/nlbox.js';
import { doors, type Door, type Told } from './doors.js';

type Fields = Record<string, unknown>;
const first = (told: Told, list: string): Fields => ('output' in told ? ((told.output[list] as Fields[])[0] ?? {}) : {});

/** The life of a service as the workshop lives it, with what goes wrong on the way; every answer in order. */
const live = async (call: Door, world: Awaited<ReturnType<typeof createWorld>>): Promise<[string, Told][]> => {
  const told: [string, Told][] = [];
  const say = async (operation: string, input: object = {}): Promise<Told> => {
    const answer = await call(operation, input);
    told.push([operation, answer]);
    return answer;
  };
  const Tags = [{ Key: 'elbv2.k8s.aws/cluster', Value: 'é = a/b @ +c' }, { Key: 'empty', Value: '' }];
  const lb = first(await say('CreateLoadBalancer', { Name: 'ui', Type: 'network', Subnets: publicSubnets(world), Tags }), 'LoadBalancers')['LoadBalancerArn'] as string;
  await say('CreateLoadBalancer', { Name: 'ui', Type: 'network', Subnets: publicSubnets(world, 1) });
  await say('DescribeLoadBalancers', { Names: ['ui'] });
  await say('DescribeLoadBalancers', { Names: ['nope'] });
  const group = { Name: 'ui', Protocol: 'TCP', Port: 8080, VpcId: world.vpc.VpcId, TargetType: 'ip', HealthCheckProtocol: 'HTTP', HealthCheckPath: '/up' };
  const tg = first(await say('CreateTargetGroup', group), 'TargetGroups')['TargetGroupArn'] as string;
  await say('CreateTargetGroup', { ...group, Name: 'other', HealthCheckTimeoutSeconds: 120, HealthyThresholdCount: 10, HealthCheckPath: 'up' });
  const listener = { LoadBalancerArn: lb, Protocol: 'TCP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn: tg }] };
  const li = first(await say('CreateListener', listener), 'Listeners')['ListenerArn'] as string;
  await say('CreateListener', { ...listener, Protocol: 'UDP' });
  await say('RegisterTargets', { TargetGroupArn: tg, Targets: [{ Id: '10.42.0.9' }, { Id: '10.42.32.9', Port: 9000 }] });
  await say('RegisterTargets', { TargetGroupArn: tg, Targets: [{ Id: '10.9.0.1' }] });
  world.health.set(tg, '10.42.0.9|8080', 'healthy');
  await say('DescribeTargetHealth', { TargetGroupArn: tg });
  await say('DescribeTargetHealth', { TargetGroupArn: tg, Targets: [{ Id: '10.42.0.77' }] });
  await say('DescribeTargetHealth', { TargetGroupArn: nowhere(tg) });
  await say('DescribeTargetGroups', { LoadBalancerArn: lb });
  await say('ModifyTargetGroupAttributes', { TargetGroupArn: tg, Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '30' }] });
  await say('ModifyLoadBalancerAttributes', { LoadBalancerArn: lb, Attributes: [{ Key: 'deletion_protection.enabled', Value: 'true' }] });
  await say('DeleteLoadBalancer', { LoadBalancerArn: lb });
  await say('DescribeTags', { ResourceArns: [lb, tg] });
  await say('AddTags', { ResourceArns: [tg], Tags: [{ Key: 'aws:x', Value: '' }] });
  await say('RemoveTags', { ResourceArns: [lb], TagKeys: ['empty'] });
  await say('ModifyListener', { ListenerArn: li, Port: 81 });
  await say('DeregisterTargets', { TargetGroupArn: tg, Targets: [{ Id: '10.42.0.9' }] });
  await say('DeleteTargetGroup', { TargetGroupArn: tg });
  await say('DeleteListener', { ListenerArn: li });
  await say('DeleteTargetGroup', { TargetGroupArn: tg });
  await say('CreateRule', { ListenerArn: li, Priority: 1, Conditions: [{ Field: 'path-pattern', Values: ['/*'] }], Actions: [{ Type: 'forward', TargetGroupArn: tg }] });
  return told;
};

const refusals = [
  'CreateLoadBalancer DuplicateLoadBalancerName', 'DescribeLoadBalancers LoadBalancerNotFound', 'CreateTargetGroup ValidationError', 'CreateListener IncompatibleProtocols', 'RegisterTargets ValidationError',
  'DescribeTargetHealth TargetGroupNotFound', 'DeleteLoadBalancer OperationNotPermitted', 'AddTags ValidationError', 'DeleteTargetGroup ResourceInUse', 'CreateRule UnsupportedOperation',
];

const reference = async (): Promise<[string, Told][]> => {
  const world = await createWorld({ timing: 'instant' });
  const direct: Door = async (operation, input) => {
    try {
      const output = await world.dispatch.call({ account: '123456789012', region: 'us-west-2' }, operation, input);
      return { output: JSON.parse(JSON.stringify(output)) as Fields };
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return { code, message };
    }
  };
  return live(direct, world);
};

const missing = missingTool('aws');
for (const [name, open] of Object.entries(doors)) {
  const skipped = name === 'the aws CLI' && missing !== undefined;
  (skipped ? test.skip : test)(`through ${name}${skipped ? ` (skipped: ${missing} is not installed)` : ''}`, async (t) => {
    const world = await createWorld({ timing: 'instant' });
    const told = await live(await open(t, world.dispatch), world);
    t.deepEqual(told.flatMap(([operation, answer]) => ('code' in answer ? [`${operation} ${answer.code}`] : [])), refusals);
    t.deepEqual(told, await reference(), 'as the operation itself said it');
  });
}
