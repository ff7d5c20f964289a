// ModifyListener: what AWS answers, refuses and does.
import test from 'ava';
import { ModifyListenerCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { pairOf } from '../certificates.js';
import { account, createListener, createService, createTargetGroup, createTls, createWorld, nowhere, refusal } from './fixture.js';

const pair = await pairOf('one.example.com');

test('shape: the listener as it is now', async (t) => {
  const world = await createWorld();
  const { ListenerArn, TargetGroupArn } = await createService(world);
  const { Listeners } = await world.sdk.send(new ModifyListenerCommand({ ListenerArn, Port: 82 }));
  t.like(Listeners?.[0], { ListenerArn, Port: 82, Protocol: 'TCP', DefaultActions: [{ Type: 'forward', TargetGroupArn }] });
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const { ListenerArn, LoadBalancerArn, TargetGroupArn } = await createService(world);
  await createListener(world, LoadBalancerArn, TargetGroupArn, 81);
  const no = (input: object) => refusal(world.api.ModifyListener({ ListenerArn, ...input }));
  t.is(await no({}), 'ValidationError: An action must be specified');
  t.is(await no({ ListenerArn: 'x' }), 'ValidationError: \'x\' is not a valid listener ARN');
  t.is(await no({ ListenerArn: nowhere(ListenerArn), Port: 1 }), 'ListenerNotFound: One or more listeners not found');
  t.is(await no({ Port: 81 }), `DuplicateListener: A listener already exists on this port for this load balancer '${LoadBalancerArn}'`);
  t.is(await no({ Protocol: 'UDP' }), `IncompatibleProtocols: The listener and the following target groups have incompatible protocols: '${TargetGroupArn}'`);
  t.is(await no({ Protocol: 'TLS' }), 'ValidationError: A certificate must be specified for TLS listeners');
  t.is(await no({ DefaultActions: [] }), 'ValidationError: An action must be specified');
});

test('function: TCP and TLS turn into each other; absent fields stay', async (t) => {
  const world = await createWorld();
  const { CertificateArn, create } = await createTls(world, pair);
  const ListenerArn = (await create({ Protocol: 'TCP', Certificates: [] })).Listeners?.[0]?.ListenerArn;
  const tls = await world.api.ModifyListener({ ListenerArn, Protocol: 'TLS', Certificates: [{ CertificateArn }], AlpnPolicy: ['HTTP2Preferred'] });
  t.like(tls.Listeners?.[0], { Protocol: 'TLS', SslPolicy: 'ELBSecurityPolicy-2016-08', AlpnPolicy: ['HTTP2Preferred'] });
  const policy = await world.api.ModifyListener({ ListenerArn, SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' });
  t.like(policy.Listeners?.[0], { SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06', AlpnPolicy: ['HTTP2Preferred'], Certificates: [{ CertificateArn }] });
  const tcp = await world.api.ModifyListener({ ListenerArn, Protocol: 'TCP' });
  t.like(tcp.Listeners?.[0], { Protocol: 'TCP', SslPolicy: undefined, Certificates: undefined, AlpnPolicy: undefined });
});

test('function: another group is in use from now on, and the one before no more', async (t) => {
  const world = await createWorld();
  const { ListenerArn, TargetGroupArn } = await createService(world);
  const other = await createTargetGroup(world, 'other');
  await world.clock.advance(1000);
  await world.api.ModifyListener({ ListenerArn, DefaultActions: [{ Type: 'forward', TargetGroupArn: other }] });
  const since = (arn: string) => world.store.partition(account, 'us-west-2').read.get('targetGroups', arn)?.InUseSince;
  t.deepEqual([since(TargetGroupArn), since(other)], [undefined, world.clock.now()]);
});
