// TLS, UDP and QUIC listeners: certificates, SSL and ALPN policies, and what a protocol allows.
import test from 'ava';
import { DescribeListenersCommand, DescribeSSLPoliciesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { blob, pairOf } from '../certificates.js';
import { account, createLoadBalancer, createTargetGroup, createWorld, refusal } from './fixture.js';

const first = await pairOf('one.example.com');
const unknown = `arn:aws:acm:us-west-2:${account}:certificate/nowhere`;

const setUp = async () => {
  const world = await createWorld({ quotas: { 'certificates-per-network-load-balancer': 2 } });
  const LoadBalancerArn = await createLoadBalancer(world);
  const TargetGroupArn = await createTargetGroup(world);
  const imported = async (pair = first): Promise<string> =>
    (await world.json<{ CertificateArn: string }>('CertificateManager.ImportCertificate', { Certificate: blob(pair.cert), PrivateKey: blob(pair.key) })).output.CertificateArn;
  const CertificateArn = await imported();
  const create = (input: object) =>
    world.api.CreateListener({ LoadBalancerArn, Protocol: 'TLS', Port: 443, Certificates: [{ CertificateArn }], DefaultActions: [{ Type: 'forward', TargetGroupArn }], ...input });
  return { world, LoadBalancerArn, TargetGroupArn, CertificateArn, imported, create };
};

test('shape: a TLS listener has a policy and its default certificate, an ALPN policy only when set', async (t) => {
  const { world, LoadBalancerArn, CertificateArn, create } = await setUp();
  const { Listeners } = await create({});
  const ListenerArn = Listeners?.[0]?.ListenerArn;
  t.like(Listeners?.[0], { SslPolicy: 'ELBSecurityPolicy-2016-08', Certificates: [{ CertificateArn }], Protocol: 'TLS' });
  t.false('AlpnPolicy' in (Listeners?.[0] ?? {}));
  await world.api.ModifyListener({ ListenerArn, AlpnPolicy: ['HTTP2Preferred'], SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' });
  const [described] = (await world.sdk.send(new DescribeListenersCommand({ LoadBalancerArn }))).Listeners ?? [];
  t.like(described, { AlpnPolicy: ['HTTP2Preferred'], SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06', Certificates: [{ CertificateArn }] });
  t.deepEqual((await world.api.DescribeListenerAttributes({ ListenerArn })).Attributes, []);
  t.regex(await refusal(world.api.ModifyListenerAttributes({ ListenerArn, Attributes: [{ Key: 'tcp.idle_timeout.seconds', Value: '60' }] })), /^InvalidConfigurationRequest: /);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const { create, CertificateArn } = await setUp();
  const no = (input: object) => refusal(create(input));
  t.is(await no({ Certificates: [] }), 'ValidationError: A certificate must be specified for TLS listeners');
  t.is(await no({ Certificates: undefined }), 'ValidationError: A certificate must be specified for TLS listeners');
  t.is(await no({ Certificates: [{ CertificateArn }, { CertificateArn }] }), 'TooManyCertificates: Up to \'1\' certificate ARNs can be specified, but \'2\' were specified');
  t.is(await no({ Certificates: [{ CertificateArn: 'x' }] }), 'ValidationError: Certificate ARN \'x\' is not valid');
  t.is(await no({ Certificates: [{ CertificateArn: unknown }] }), `CertificateNotFound: Certificate '${unknown}' not found`);
  t.is(await no({ SslPolicy: 'x' }), 'SSLPolicyNotFound: SSL policy \'x\' not found');
  t.is(await no({ AlpnPolicy: ['x'] }), 'ALPNPolicyNotFound: ALPN policy \'x\' not found');
  t.is(await no({ Protocol: 'TCP', Certificates: [{ CertificateArn }] }), 'ValidationError: A certificate cannot be specified for TCP listeners');
  t.is(await no({ Protocol: 'TCP', Certificates: [], SslPolicy: 'ELBSecurityPolicy-2016-08' }), 'ValidationError: An SSL policy cannot be specifed for TCP listeners');
  t.is(await no({ Protocol: 'TCP', Certificates: [], AlpnPolicy: ['None'] }), 'ValidationError: An ALPN policy cannot be specified for TCP listeners');
});

test('checks: which target groups fit which listener', async (t) => {
  const { world, CertificateArn, create } = await setUp();
  const protocols = ['TCP', 'TLS', 'UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'] as const;
  const fits: Record<string, string[]> = { TCP: ['TCP', 'TCP_UDP'], TLS: ['TCP', 'TLS'], UDP: ['UDP', 'TCP_UDP'], TCP_UDP: ['TCP_UDP'], QUIC: ['QUIC', 'TCP_QUIC'], TCP_QUIC: ['TCP_QUIC'] };
  for (const group of protocols) {
    const TargetGroupArn = await createTargetGroup(world, group.replace('_', '-'), 'ip', 8080, group);
    for (const Protocol of protocols) {
      const said = await refusal(create({ Protocol, Certificates: Protocol === 'TLS' ? [{ CertificateArn }] : [], DefaultActions: [{ Type: 'forward', TargetGroupArn }] }));
      t.is(said.split(':')[0], fits[Protocol]?.includes(group) ? 'no refusal' : 'IncompatibleProtocols', `${Protocol} -> ${group}`);
      const [made] = (await world.api.DescribeListeners({ LoadBalancerArn: (await world.api.DescribeLoadBalancers({})).LoadBalancers?.[0]?.LoadBalancerArn })).Listeners ?? [];
      if (made) await world.api.DeleteListener({ ListenerArn: made.ListenerArn });
    }
  }
});

test('function: TCP and TLS turn into each other, and QUIC stands alone', async (t) => {
  const { world, CertificateArn, create } = await setUp();
  const { Listeners } = await create({ Protocol: 'TCP', Certificates: [] });
  const ListenerArn = Listeners?.[0]?.ListenerArn;
  t.is(await refusal(world.api.ModifyListener({ ListenerArn, Protocol: 'TLS' })), 'ValidationError: A certificate must be specified for TLS listeners');
  const tls = await world.api.ModifyListener({ ListenerArn, Protocol: 'TLS', Certificates: [{ CertificateArn }] });
  t.like(tls.Listeners?.[0], { Protocol: 'TLS', SslPolicy: 'ELBSecurityPolicy-2016-08' });
  const tcp = await world.api.ModifyListener({ ListenerArn, Protocol: 'TCP' });
  t.like(tcp.Listeners?.[0], { Protocol: 'TCP', SslPolicy: undefined, Certificates: undefined });
  const udp = await createTargetGroup(world, 'udp', 'ip', 53, 'UDP');
  const quic = await createTargetGroup(world, 'quic', 'ip', 443, 'QUIC');
  const on = (Protocol: string, Port: number, TargetGroupArn: string) => create({ Protocol, Port, Certificates: [], DefaultActions: [{ Type: 'forward', TargetGroupArn }] });
  await on('QUIC', 444, quic);
  t.regex(await refusal(on('UDP', 53, udp)), /^InvalidConfigurationRequest: A listener with protocol 'UDP'/);
  t.regex(await refusal(on('QUIC', 445, quic)), /^InvalidConfigurationRequest: /);
  const register = (QuicServerId?: string, Id = '10.42.0.10') => world.api.RegisterTargets({ TargetGroupArn: quic, Targets: [{ Id, QuicServerId }] });
  t.regex(await refusal(register()), /^ValidationError: A QUIC server ID must be specified/);
  t.regex(await refusal(register('0xABC')), /^ValidationError: QUIC server ID '0xABC' is not valid/);
  await register('0x0123456789abcdef');
  t.regex(await refusal(register('0x0123456789abcdef', '10.42.0.11')), /^InvalidTarget: /);
  t.is((await world.api.DescribeTargetHealth({ TargetGroupArn: quic })).TargetHealthDescriptions?.[0]?.Target?.QuicServerId, '0x0123456789abcdef');
});

test('function: certificates by server name: one per call, the default one stays', async (t) => {
  const { world, CertificateArn, imported, create } = await setUp();
  const ListenerArn = (await create({})).Listeners?.[0]?.ListenerArn;
  const add = (arn: string) => world.api.AddListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn: arn }] });
  const listed = async () => (await world.api.DescribeListenerCertificates({ ListenerArn })).Certificates;
  const second = await imported();
  t.deepEqual((await add(second)).Certificates, [{ CertificateArn: second, IsDefault: false }]);
  await add(second);
  await add(CertificateArn);
  t.deepEqual(await listed(), [{ CertificateArn, IsDefault: true }, { CertificateArn: second, IsDefault: false }, { CertificateArn, IsDefault: false }]);
  t.regex(await refusal(add(await imported())), /^TooManyCertificates: /);
  t.is(await refusal(add(unknown)), `CertificateNotFound: Certificate '${unknown}' not found`);
  const remove = (arn: string) => world.api.RemoveListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn: arn }] });
  await remove(CertificateArn);
  t.is(await refusal(remove(CertificateArn)), 'OperationNotPermitted: Default certificate cannot be removed');
  await remove(unknown);
  const inUse = await world.json('CertificateManager.DeleteCertificate', { CertificateArn: second });
  t.like(inUse, { status: 400, output: { __type: 'ResourceInUseException' } });
  await remove(second);
  t.is((await world.json('CertificateManager.DeleteCertificate', { CertificateArn: second })).status, 200);
  t.deepEqual(await listed(), [{ CertificateArn, IsDefault: true }]);
});

test('DescribeSSLPolicies: pages, names and types', async (t) => {
  const { world } = await setUp();
  const all = (await world.sdk.send(new DescribeSSLPoliciesCommand({}))).SslPolicies ?? [];
  t.true(all.length >= 30);
  t.deepEqual(all[0]?.SslProtocols, ['TLSv1.2', 'TLSv1.1', 'TLSv1']);
  t.deepEqual(all[0]?.Ciphers?.[0], { Name: 'ECDHE-ECDSA-AES128-GCM-SHA256', Priority: 1 });
  const page = await world.sdk.send(new DescribeSSLPoliciesCommand({ PageSize: 5 }));
  t.is(page.SslPolicies?.length, 5);
  const rest = await world.sdk.send(new DescribeSSLPoliciesCommand({ Marker: page.NextMarker }));
  t.deepEqual([...(page.SslPolicies ?? []), ...(rest.SslPolicies ?? [])].map(({ Name }) => Name), all.map(({ Name }) => Name));
  t.deepEqual((await world.sdk.send(new DescribeSSLPoliciesCommand({ LoadBalancerType: 'gateway' }))).SslPolicies, []);
  const error = await t.throwsAsync(world.sdk.send(new DescribeSSLPoliciesCommand({ Names: ['nope'] })));
  t.is(error.name, 'SSLPolicyNotFoundException');
});
