// ModifyListenerAttributes: what AWS answers, refuses and does.
import test from 'ava';
import { ModifyListenerAttributesCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import { pairOf } from '../certificates.js';
import { createService, createTls, createWorld, refusal } from './fixture.js';

const pair = await pairOf('one.example.com');
const key = 'tcp.idle_timeout.seconds';

test('shape: the complete set is answered', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  t.deepEqual((await world.sdk.send(new ModifyListenerAttributesCommand({ ListenerArn, Attributes: [{ Key: key, Value: '6000' }] }))).Attributes, [{ Key: key, Value: '6000' }]);
});

test('checks: each in AWS\'s code and words', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  const no = (Key: string, Value: string) => refusal(world.api.ModifyListenerAttributes({ ListenerArn, Attributes: [{ Key, Value }] }));
  for (const value of ['59', '6001', 'x']) t.is(await no(key, value), `ValidationError: '${key}' value '${value}' must be between '60-6000' inclusive`);
  t.is(await no('nope', '1'), 'ValidationError: Listener attribute key \'nope\' is not recognized');
  t.is(await no('routing.http.response.server.enabled', 'true'), 'InvalidConfigurationRequest: Listener attribute key \'routing.http.response.server.enabled\' is not supported on listeners with protocol \'TCP\'');
  const other = await createWorld();
  const tls = (await (await createTls(other, pair)).create({})).Listeners?.[0]?.ListenerArn;
  t.is(await refusal(other.api.ModifyListenerAttributes({ ListenerArn: tls, Attributes: [{ Key: key, Value: '60' }] })), `InvalidConfigurationRequest: Listener attribute key '${key}' is not supported on listeners with protocol 'TLS'`);
});

test('function: it stays', async (t) => {
  const world = await createWorld();
  const { ListenerArn } = await createService(world);
  await world.api.ModifyListenerAttributes({ ListenerArn, Attributes: [{ Key: key, Value: '60' }] });
  t.deepEqual((await world.api.DescribeListenerAttributes({ ListenerArn })).Attributes, [{ Key: key, Value: '60' }]);
});
