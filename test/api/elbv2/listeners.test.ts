// Listeners and their rules: shape of actions, checks, idempotency, use of target groups.
import test from 'ava';
import { CreateListenerCommand, DescribeListenersCommand, DescribeRulesCommand, DuplicateListenerException } from '@aws-sdk/client-elastic-load-balancing-v2';
import { account, createListener, createLoadBalancer, createTargetGroup, createWorld, refusal } from './fixture.js';

const setUp = async () => {
  const world = await createWorld();
  const LoadBalancerArn = await createLoadBalancer(world);
  const TargetGroupArn = await createTargetGroup(world);
  const create = (input: object) =>
    world.api.CreateListener({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn }], ...input });
  const group = (arn: string) => world.store.partition(account, 'us-west-2').read.get('targetGroups', arn);
  return { world, LoadBalancerArn, TargetGroupArn, create, group };
};

test('shape: both forms of the forward action are filled in, TLS fields are absent', async (t) => {
  const { world, LoadBalancerArn, TargetGroupArn } = await setUp();
  const sent = { LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn, Order: 1 }] } as const;
  await world.sdk.send(new CreateListenerCommand({ ...sent, DefaultActions: [...sent.DefaultActions] }));
  const { Listeners } = await world.sdk.send(new DescribeListenersCommand({ LoadBalancerArn }));
  const ListenerArn = `${LoadBalancerArn.replace(':loadbalancer/', ':listener/')}/0000000000000003`;
  const ForwardConfig = { TargetGroups: [{ TargetGroupArn }], TargetGroupStickinessConfig: { Enabled: false } };
  t.deepEqual(Listeners, [{ ListenerArn, LoadBalancerArn, Port: 80, Protocol: 'TCP', DefaultActions: [{ Type: 'forward', TargetGroupArn, Order: 1, ForwardConfig }] }]);
  const { Rules } = await world.sdk.send(new DescribeRulesCommand({ ListenerArn }));
  t.like(Rules?.[0], { Priority: 'default', IsDefault: true, Conditions: [] });
  t.deepEqual((await world.api.DescribeRules({ RuleArns: [Rules?.[0]?.RuleArn ?? ''] })).Rules, Rules);
  t.deepEqual((await world.api.DescribeTags({ ResourceArns: [Rules?.[0]?.RuleArn ?? ''] })).TagDescriptions?.[0]?.Tags, []);
  t.deepEqual((await world.api.DescribeListenerCertificates({ ListenerArn })).Certificates, []);
});

test('shape: several weighted groups have no TargetGroupArn', async (t) => {
  const { world, TargetGroupArn, create } = await setUp();
  const second = await createTargetGroup(world, 'second');
  const TargetGroups = [{ TargetGroupArn, Weight: 10 }, { TargetGroupArn: second }];
  const { Listeners } = await create({ DefaultActions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }] });
  t.deepEqual(Listeners?.[0]?.DefaultActions, [{
    Type: 'forward',
    ForwardConfig: { TargetGroups: [{ TargetGroupArn, Weight: 10 }, { TargetGroupArn: second, Weight: 1 }], TargetGroupStickinessConfig: { Enabled: false } },
  }]);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const { world, LoadBalancerArn, TargetGroupArn, create } = await setUp();
  const no = (input: object) => refusal(create(input));
  t.is(await no({ Protocol: undefined }), 'ValidationError: A listener protocol must be specified');
  t.is(await no({ Port: undefined }), 'ValidationError: A listener port must be specified');
  t.is(await no({ Port: 70_000 }), 'ValidationError: 1 validation error detected: Value \'70000\' at \'port\' failed to satisfy constraint: Member must have value less than or equal to 65535');
  t.is(await no({ Protocol: 'HTTP' }), 'ValidationError: Listener protocol \'HTTP\' must be one of \'TCP, TLS, UDP, TCP_UDP, QUIC, TCP_QUIC\'');
  t.is(await no({ Protocol: 'UDP' }), `IncompatibleProtocols: The listener and the following target groups have incompatible protocols: '${TargetGroupArn}'`);
  t.is(await no({ SslPolicy: 'x' }), 'ValidationError: An SSL policy cannot be specifed for TCP listeners');
  t.is(await no({ DefaultActions: [] }), 'ValidationError: An action must be specified');
  t.is(
    await no({ DefaultActions: [{ TargetGroupArn }] }),
    'ValidationError: 1 validation error detected: Value null at \'defaultActions.1.member.type\' failed to satisfy constraint: Member must not be null',
  );
  t.regex(await no({ DefaultActions: [{ Type: 'fixed-response' }] }), /^InvalidLoadBalancerAction: /);
  const unknown = TargetGroupArn.replace(/.{16}$/, 'ffffffffffffffff');
  t.is(await no({ DefaultActions: [{ Type: 'forward', TargetGroupArn: unknown }] }), `TargetGroupNotFound: Target groups '${unknown}' not found`);
  t.is(await no({ DefaultActions: [{ Type: 'forward', TargetGroupArn: 'null' }] }), 'ValidationError: \'null\' is not a valid target group ARN');
  const { TargetGroups } = await world.api.CreateTargetGroup({ Name: 'udp', Protocol: 'UDP', Port: 53, VpcId: world.vpc.VpcId });
  const udp = TargetGroups?.[0]?.TargetGroupArn ?? '';
  t.is(await no({ DefaultActions: [{ Type: 'forward', TargetGroupArn: udp }] }), `IncompatibleProtocols: The listener and the following target groups have incompatible protocols: '${udp}'`);
  const missing = LoadBalancerArn.replace(/.{16}$/, 'ffffffffffffffff');
  t.is(await no({ LoadBalancerArn: missing }), `LoadBalancerNotFound: Load balancer '${missing}' not found`);
  t.deepEqual((await world.api.DescribeListeners({ LoadBalancerArn })).Listeners, []);
  t.is(await refusal(world.api.DescribeListeners({})), 'ValidationError: You must specify either listener ARNs or a load balancer ARN');
  t.is(await refusal(world.api.DeleteListener({ ListenerArn: 'null' })), 'ValidationError: \'null\' is not a valid listener ARN');
});

test('function: one listener on a port; the same call again is no mistake', async (t) => {
  const { world, LoadBalancerArn, TargetGroupArn, create } = await setUp();
  const first = await create({});
  t.deepEqual(await create({}), first);
  const other = await createTargetGroup(world, 'other');
  const command = new CreateListenerCommand({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn: other }] });
  const error = await t.throwsAsync(world.sdk.send(command));
  t.true(error instanceof DuplicateListenerException);
  const ListenerArn = await createListener(world, LoadBalancerArn, TargetGroupArn, 81);
  t.regex(await refusal(world.api.ModifyListener({ ListenerArn, Port: 80 })), /^DuplicateListener: /);
  t.is(await refusal(world.api.ModifyListener({ ListenerArn })), 'ValidationError: An action must be specified');
  t.is((await world.api.ModifyListener({ ListenerArn, Port: 82 })).Listeners?.[0]?.Port, 82);
});

test('function: a group belongs to one load balancer, and is in use while a listener refers to it', async (t) => {
  const { world, LoadBalancerArn, TargetGroupArn, create, group } = await setUp();
  t.is(group(TargetGroupArn)?.InUseSince, undefined);
  const { Listeners } = await create({});
  const since = world.clock.now();
  t.is(group(TargetGroupArn)?.InUseSince, since);
  await world.clock.advance(1000);
  const second = await createListener(world, LoadBalancerArn, TargetGroupArn, 81);
  t.is(group(TargetGroupArn)?.InUseSince, since, 'a second listener changes nothing');
  const elsewhere = await createLoadBalancer(world, 'elsewhere');
  t.is(await refusal(create({ LoadBalancerArn: elsewhere })), `TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load balancer: ${TargetGroupArn}`);
  const other = await createTargetGroup(world, 'other');
  await world.api.ModifyListener({ ListenerArn: second, DefaultActions: [{ Type: 'forward', TargetGroupArn: other }] });
  t.is(group(other)?.InUseSince, since + 1000);
  await world.api.DeleteListener({ ListenerArn: Listeners?.[0]?.ListenerArn });
  t.is(group(TargetGroupArn)?.InUseSince, undefined);
  t.is(await refusal(world.api.DeleteListener({ ListenerArn: Listeners?.[0]?.ListenerArn })), 'ListenerNotFound: One or more listeners not found');
});

test('function: attributes of a TCP listener', async (t) => {
  const { world, create } = await setUp();
  const ListenerArn = (await create({})).Listeners?.[0]?.ListenerArn;
  t.deepEqual((await world.api.DescribeListenerAttributes({ ListenerArn })).Attributes, [{ Key: 'tcp.idle_timeout.seconds', Value: '350' }]);
  const modify = (Key: string, Value: string) => world.api.ModifyListenerAttributes({ ListenerArn, Attributes: [{ Key, Value }] });
  t.deepEqual((await modify('tcp.idle_timeout.seconds', '6000')).Attributes, [{ Key: 'tcp.idle_timeout.seconds', Value: '6000' }]);
  t.is(await refusal(modify('tcp.idle_timeout.seconds', '59')), 'ValidationError: \'tcp.idle_timeout.seconds\' value \'59\' must be between \'60-6000\' inclusive');
  t.regex(await refusal(modify('nope', '1')), /^ValidationError: /);
});
