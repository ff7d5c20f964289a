// DescribeListenerAttributes: what AWS answers, refuses and does.
import test from 'ava';
import { DescribeListenerAttributesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { pairOf } from '../certificates.js';
import { createService, createTargetGroup, createTls, createWorld, nowhere, refusal } from './fixture.js';

const pair = await pairOf('one.example.com');
const idle = [{ Key: 'tcp.idle_timeout.seconds', Value: '350' }];

test('shape: one key on TCP', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  t.deepEqual((await world.sdk.send(new DescribeListenerAttributesCommand({ ListenerArn }))).Attributes, idle);
});

test('checks: malformed and unknown', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  t.is(await refusal(world.api.DescribeListenerAttributes({ ListenerArn: 'x' })), 'ValidationError: \'x\' is not a valid listener ARN');
  t.is(await refusal(world.api.DescribeListenerAttributes({ ListenerArn: nowhere(ListenerArn) })), 'ListenerNotFound: One or more listeners not found');
});

test('function: none on protocols with fixed timeouts', async (t) => {
  const world = await createWorld();
  const { create } = await createTls(world, pair);
  const attributes = async (input: object) => (await world.api.DescribeListenerAttributes({ ListenerArn: (await create(input)).Listeners?.[0]?.ListenerArn })).Attributes;
  t.deepEqual(await attributes({}), []);
  const both = await createTargetGroup(world, 'both', 'ip', 53, 'TCP_UDP');
  const to = { Certificates: [], DefaultActions: [{ Type: 'forward', TargetGroupArn: both }] };
  t.deepEqual(await attributes({ ...to, Protocol: 'UDP', Port: 53 }), []);
  t.deepEqual(await attributes({ ...to, Protocol: 'TCP_UDP', Port: 54 }), idle);
});
