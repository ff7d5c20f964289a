// DescribeListeners: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeListenersCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { pairOf } from '../certificates.js';
import { createListener, createService, createTls, createWorld, nowhere, refusal } from './fixture.js';

const pair = await pairOf('one.example.com');

test('shape: TLS fields of TLS listeners, the default certificate only and without IsDefault', async (t) => {
  const world = await createWorld();
  const { create, imported, CertificateArn, LoadBalancerArn } = await createTls(world, pair);
  const ListenerArn = (await create({ AlpnPolicy: ['HTTP2Preferred'] })).Listeners?.[0]?.ListenerArn;
  await world.api.AddListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn: await imported() }] });
  const [described] = (await world.sdk.send(new DescribeListenersCommand({ LoadBalancerArn }))).Listeners ?? [];
  t.like(described, { AlpnPolicy: ['HTTP2Preferred'], SslPolicy: 'ELBSecurityPolicy-2016-08' });
  t.deepEqual(described?.Certificates, [{ CertificateArn }]);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const { LoadBalancerArn, ListenerArn } = await createService(world);
  const no = (input: object) => refusal(world.api.DescribeListeners(input));
  t.is(await no({}), 'ValidationError: You must specify either listener ARNs or a load balancer ARN');
  t.is(await no({ LoadBalancerArn, ListenerArns: [ListenerArn] }), 'ValidationError: Listener ARNs and a load balancer ARN cannot be specified at the same time');
  t.is(await no({ ListenerArns: ['null'] }), 'ValidationError: \'null\' is not a valid listener ARN');
  t.is(await no({ ListenerArns: [nowhere(ListenerArn)] }), 'ListenerNotFound: One or more listeners not found');
  t.is(await no({ LoadBalancerArn: nowhere(LoadBalancerArn) }), `LoadBalancerNotFound: Load balancer '${nowhere(LoadBalancerArn)}' not found`);
});

test('function: of one load balancer in pages, of ARNs at once', async (t) => {
  const world = await createWorld();
  const { LoadBalancerArn, TargetGroupArn, ListenerArn } = await createService(world);
  const second = await createListener(world, LoadBalancerArn, TargetGroupArn, 81);
  const page = await world.api.DescribeListeners({ LoadBalancerArn, PageSize: 1 });
  t.deepEqual(page.Listeners?.map((one) => one.Port), [80]);
  const rest = await world.api.DescribeListeners({ LoadBalancerArn, Marker: page.NextMarker });
  t.deepEqual([rest.Listeners?.map((one) => one.Port), rest.NextMarker], [[81], undefined]);
  t.deepEqual((await world.api.DescribeListeners({ ListenerArns: [second, ListenerArn], PageSize: 1 })).Listeners?.map((one) => one.Port), [81, 80]);
});
