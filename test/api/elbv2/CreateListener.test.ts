// CreateListener: what AWS answers, refuses and does.
import test from 'ava';
import { CreateListenerCommand, DuplicateListenerException } from '@aws-sdk/client-elastic-load-balancing-v2';
import { pairOf } from '../certificates.js';
import { account, createGroups, createListener, createLoadBalancer, createTargetGroup, createTls, createWorld, nowhere, publicSubnets, refusal } from './fixture.js';

const pair = await pairOf('one.example.com');

const setUp = async (quotas: Record<string, number> = {}) => {
  const world = await createWorld({ quotas });
  const LoadBalancerArn = await createLoadBalancer(world);
  const TargetGroupArn = await createTargetGroup(world);
  const create = (input: object) =>
    world.api.CreateListener({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn }], ...input });
  const group = (arn: string) => world.store.partition(account, 'us-west-2').read.get('targetGroups', arn);
  return { world, LoadBalancerArn, TargetGroupArn, create, group };
};

test('shape: both forms of the forward action are filled in, TLS fields are absent', async (t) => {
  const { world, LoadBalancerArn, TargetGroupArn } = await setUp();
  const { Listeners } = await world.sdk.send(new CreateListenerCommand({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn, Order: 1 }] }));
  const ListenerArn = `${LoadBalancerArn.replace(':loadbalancer/', ':listener/')}/0000000000000003`;
  const ForwardConfig = { TargetGroups: [{ TargetGroupArn }], TargetGroupStickinessConfig: { Enabled: false } };
  t.deepEqual(Listeners, [{ ListenerArn, LoadBalancerArn, Port: 80, Protocol: 'TCP', DefaultActions: [{ Type: 'forward', TargetGroupArn, Order: 1, ForwardConfig }] }]);
});

test('shape: several weighted groups have no TargetGroupArn', async (t) => {
  const { world, TargetGroupArn, create } = await setUp();
  const second = await createTargetGroup(world, 'second');
  const { Listeners } = await create({ DefaultActions: [{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn, Weight: 10 }, { TargetGroupArn: second }] } }] });
  t.deepEqual(Listeners?.[0]?.DefaultActions, [{
    Type: 'forward',
    ForwardConfig: { TargetGroups: [{ TargetGroupArn, Weight: 10 }, { TargetGroupArn: second, Weight: 1 }], TargetGroupStickinessConfig: { Enabled: false } },
  }]);
});

test('shape: a TLS listener has a policy and its default certificate, an ALPN policy only when set', async (t) => {
  const { CertificateArn, create } = await createTls(await createWorld(), pair);
  const { Listeners } = await create({});
  t.like(Listeners?.[0], { SslPolicy: 'ELBSecurityPolicy-2016-08', Certificates: [{ CertificateArn }], Protocol: 'TLS' });
  t.false('AlpnPolicy' in (Listeners?.[0] ?? {}));
});

test('checks: each in AWS\'s code and words', async (t) => {
  const { world, LoadBalancerArn, TargetGroupArn, create } = await setUp();
  const no = (input: object) => refusal(create(input));
  const forward = (action: object) => no({ DefaultActions: [{ Type: 'forward', ...action }] });
  t.is(await no({ Protocol: undefined }), 'ValidationError: A listener protocol must be specified');
  t.is(await no({ Port: undefined }), 'ValidationError: A listener port must be specified');
  t.is(await no({ Port: 70_000 }), 'ValidationError: 1 validation error detected: Value \'70000\' at \'port\' failed to satisfy constraint: Member must have value less than or equal to 65535');
  t.is(await no({ Protocol: 'HTTP' }), 'ValidationError: Listener protocol \'HTTP\' must be one of \'TCP, TLS, UDP, TCP_UDP, QUIC, TCP_QUIC\'');
  t.is(await no({ Protocol: 'UDP' }), `IncompatibleProtocols: The listener and the following target groups have incompatible protocols: '${TargetGroupArn}'`);
  t.is(await no({ DefaultActions: [] }), 'ValidationError: An action must be specified');
  t.is(
    await no({ DefaultActions: [{ TargetGroupArn }] }),
    'ValidationError: 1 validation error detected: Value null at \'defaultActions.1.member.type\' failed to satisfy constraint: Member must not be null',
  );
  t.is(await no({ DefaultActions: [{ Type: 'fixed-response' }] }), 'InvalidLoadBalancerAction: Action type \'fixed-response\' is not supported on load balancers of type \'network\'');
  t.is(await forward({}), 'ValidationError: A target group ARN must be specified');
  t.is(await forward({ TargetGroupArn: 'null' }), 'ValidationError: \'null\' is not a valid target group ARN');
  t.is(await forward({ TargetGroupArn: nowhere(TargetGroupArn) }), `TargetGroupNotFound: Target groups '${nowhere(TargetGroupArn)}' not found`);
  t.regex(await forward({ ForwardConfig: { TargetGroups: [{ TargetGroupArn, Weight: 1000 }] } }), /Member must have value less than or equal to 999/);
  t.is(await forward({ ForwardConfig: { TargetGroups: [{ TargetGroupArn }, { TargetGroupArn }] } }), 'ValidationError: A target group can only be specified once in an action');
  t.is(await forward({ TargetGroupArn, ForwardConfig: { TargetGroupStickinessConfig: { Enabled: true } } }), 'UnsupportedOperation: nlbox does not model stickiness between target groups yet');
  t.is(await no({ DefaultActions: [{ Type: 'forward', TargetGroupArn }, { Type: 'forward', TargetGroupArn }] }), 'TooManyActions: You cannot specify more than one action on load balancers of type \'network\'');
  const missing = nowhere(LoadBalancerArn);
  t.is(await no({ LoadBalancerArn: missing }), `LoadBalancerNotFound: Load balancer '${missing}' not found`);
  t.deepEqual((await world.api.DescribeListeners({ LoadBalancerArn })).Listeners, []);
});

test('checks: certificates and policies', async (t) => {
  const { create, CertificateArn, unknown } = await createTls(await createWorld(), pair);
  const no = (input: object) => refusal(create(input));
  for (const Certificates of [[], undefined]) t.is(await no({ Certificates }), 'ValidationError: A certificate must be specified for TLS listeners');
  t.is(await no({ Certificates: [{ CertificateArn }, { CertificateArn }] }), 'TooManyCertificates: Up to \'1\' certificate ARNs can be specified, but \'2\' were specified');
  t.is(await no({ Certificates: [{ CertificateArn: 'x' }] }), 'ValidationError: Certificate ARN \'x\' is not valid');
  t.is(await no({ Certificates: [{ CertificateArn: unknown }] }), `CertificateNotFound: Certificate '${unknown}' not found`);
  t.is(await no({ SslPolicy: 'x' }), 'SSLPolicyNotFound: SSL policy \'x\' not found');
  t.is(await no({ AlpnPolicy: ['x'] }), 'ALPNPolicyNotFound: ALPN policy \'x\' not found');
  t.is(await no({ AlpnPolicy: ['None', 'None'] }), 'ValidationError: You can specify only one ALPN policy');
  t.is(await no({ Protocol: 'TCP' }), 'ValidationError: A certificate cannot be specified for TCP listeners');
  t.is(await no({ Protocol: 'TCP', Certificates: [], SslPolicy: 'ELBSecurityPolicy-2016-08' }), 'ValidationError: An SSL policy cannot be specifed for TCP listeners');
  t.is(await no({ Protocol: 'TCP', Certificates: [], AlpnPolicy: ['None'] }), 'ValidationError: An ALPN policy cannot be specified for TCP listeners');
  t.is(await no({ MutualAuthentication: { Mode: 'off' } }), 'UnsupportedOperation: nlbox does not model the parameter MutualAuthentication yet');
});

test('checks: which target groups fit which listener', async (t) => {
  const world = await createWorld();
  const { CertificateArn, LoadBalancerArn, create } = await createTls(world, pair);
  const protocols = ['TCP', 'TLS', 'UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'] as const;
  const fits: Record<string, string[]> = { TCP: ['TCP', 'TCP_UDP'], TLS: ['TCP', 'TLS'], UDP: ['UDP', 'TCP_UDP'], TCP_UDP: ['TCP_UDP'], QUIC: ['QUIC', 'TCP_QUIC'], TCP_QUIC: ['TCP_QUIC'] };
  for (const group of protocols) {
    const TargetGroupArn = await createTargetGroup(world, group.replace('_', '-'), 'ip', 8080, group);
    for (const Protocol of protocols) {
      const said = await refusal(create({ Protocol, Certificates: Protocol === 'TLS' ? [{ CertificateArn }] : [], DefaultActions: [{ Type: 'forward', TargetGroupArn }] }));
      t.is(said.split(':')[0], fits[Protocol]?.includes(group) ? 'no refusal' : 'IncompatibleProtocols', `${Protocol} -> ${group}`);
      for (const { ListenerArn } of (await world.api.DescribeListeners({ LoadBalancerArn })).Listeners ?? []) await world.api.DeleteListener({ ListenerArn });
    }
  }
});

test('checks: IPv6 groups need dualstack, and UDP on dualstack needs source NAT and IPv6 groups', async (t) => {
  const { world, LoadBalancerArn, create } = await setUp();
  const six = async (Protocol: 'TCP' | 'UDP') =>
    (await world.api.CreateTargetGroup({ Name: `six-${Protocol}`, Protocol, Port: 80, VpcId: world.vpc.VpcId, TargetType: 'ip', IpAddressType: 'ipv6' })).TargetGroups?.[0]?.TargetGroupArn ?? '';
  const on = (Protocol: string, Port: number, TargetGroupArn: string) => refusal(create({ Protocol, Port, DefaultActions: [{ Type: 'forward', TargetGroupArn }] }));
  const [tcp6, udp6, udp4] = [await six('TCP'), await six('UDP'), await createTargetGroup(world, 'udp', 'ip', 53, 'UDP')];
  t.regex(await on('TCP', 81, tcp6), /^InvalidConfigurationRequest: Target group .* can only be used by load balancers with IP address type 'dualstack'/);
  await world.api.SetIpAddressType({ LoadBalancerArn, IpAddressType: 'dualstack' });
  t.is(await on('TCP', 81, tcp6), 'no refusal');
  t.regex(await on('QUIC', 443, await createTargetGroup(world, 'quic', 'ip', 443, 'QUIC')), /^InvalidConfigurationRequest: Listener protocol 'QUIC' is not supported on load balancers with IP address type 'dualstack'/);
  t.regex(await on('UDP', 53, udp6), /^InvalidConfigurationRequest: .* require EnablePrefixForIpv6SourceNat$/);
  await world.api.SetSubnets({ LoadBalancerArn, Subnets: publicSubnets(world), EnablePrefixForIpv6SourceNat: 'on' });
  t.regex(await on('UDP', 53, udp4), /^InvalidConfigurationRequest: .* require target groups with IP address type 'ipv6'/);
  t.is(await on('UDP', 53, udp6), 'no refusal');
});

test('function: one listener on a port; the same call again is no mistake; there is a quota', async (t) => {
  const { world, LoadBalancerArn, create } = await setUp({ 'listeners-per-network-load-balancer': 1 });
  const first = await create({});
  t.deepEqual(await create({}), first);
  const other = await createTargetGroup(world, 'other');
  const command = new CreateListenerCommand({ LoadBalancerArn, Protocol: 'TCP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn: other }] });
  const error = await t.throwsAsync(world.sdk.send(command));
  t.true(error instanceof DuplicateListenerException);
  t.is(error.message, `A listener already exists on this port for this load balancer '${LoadBalancerArn}'`);
  t.is(await refusal(create({ Port: 81 })), `TooManyListeners: The maximum number of listeners has been reached on load balancer '${LoadBalancerArn}'`);
});

test('function: a group belongs to one load balancer, and is in use from its first listener on', async (t) => {
  const { world, LoadBalancerArn, TargetGroupArn, create, group } = await setUp();
  t.is(group(TargetGroupArn)?.InUseSince, undefined);
  await create({});
  const since = world.clock.now();
  t.is(group(TargetGroupArn)?.InUseSince, since);
  await world.clock.advance(1000);
  await createListener(world, LoadBalancerArn, TargetGroupArn, 81);
  t.is(group(TargetGroupArn)?.InUseSince, since, 'a second listener changes nothing');
  const elsewhere = await createLoadBalancer(world, 'elsewhere');
  t.is(await refusal(create({ LoadBalancerArn: elsewhere })), `TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load balancer: ${TargetGroupArn}`);
});

test('function: QUIC stands alone', async (t) => {
  const { world, create } = await setUp();
  const udp = await createTargetGroup(world, 'udp', 'ip', 53, 'UDP');
  const quic = await createTargetGroup(world, 'quic', 'ip', 443, 'QUIC');
  const on = (Protocol: string, Port: number, TargetGroupArn: string, input: object = {}) => create({ Protocol, Port, DefaultActions: [{ Type: 'forward', TargetGroupArn }], ...input });
  await on('QUIC', 444, quic);
  t.is(await refusal(on('UDP', 53, udp)), 'InvalidConfigurationRequest: A listener with protocol \'UDP\' cannot be on the same load balancer as a listener with protocol \'QUIC\'');
  t.regex(await refusal(on('QUIC', 445, quic)), /^InvalidConfigurationRequest: /);
  const guarded = await world.api.CreateLoadBalancer({ Name: 'guarded', Type: 'network', Subnets: publicSubnets(world), SecurityGroups: await createGroups(world, 'sg-1') });
  const other = await createTargetGroup(world, 'other', 'ip', 443, 'QUIC');
  t.regex(await refusal(on('QUIC', 443, other, { LoadBalancerArn: guarded.LoadBalancers?.[0]?.LoadBalancerArn })), /^InvalidConfigurationRequest: .* with security groups$/);
});
