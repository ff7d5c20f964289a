// QUIC server ids: read from pods, put into pods that ask, and never given twice.
import test from 'ava';
import { manualClock } from '../../emulator/clock.js';
import { createServerIds, serverIdOf, serverIdPatch } from '../../emulator/controller/quic.js';
import type { Pod } from '../../emulator/kube/types.js';

const variable = 'AWS_LBC_QUIC_SERVER_ID';
const id = Buffer.from('0123456789abcdef', 'hex').toString('base64');

const pod = (asks: string | undefined, containers: NonNullable<NonNullable<Pod['spec']>['containers']>): Pod => ({
  metadata: {
    name: 'p', namespace: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z',
    ...(asks === undefined ? {} : { annotations: { 'service.beta.kubernetes.io/aws-load-balancer-quic-enabled-containers': asks } }),
  },
  spec: { containers },
});

test('a pod has the id of the container that its annotation names, if that is eight bytes', (t) => {
  const app = { name: 'app', env: [{ name: variable, value: id }] };
  t.is(serverIdOf(pod('app', [{ name: 'other' }, app]), variable), '0x0123456789abcdef');
  t.is(serverIdOf(pod('x, app', [app]), variable), '0x0123456789abcdef');
  t.is(serverIdOf(pod(undefined, [app]), variable), undefined);
  t.is(serverIdOf(pod('other', [app]), variable), undefined);
  t.is(serverIdOf(pod('app', [{ name: 'app', env: [{ name: variable, value: 'c2hvcnQ=' }] }]), variable), undefined);
});

test('each container that asks and has none gets one, beside the variables that it has', async (t) => {
  const asked = pod('app,side', [{ name: 'app', env: [{ name: 'A', value: '1' }] }, { name: 'other' }, { name: 'side', env: [{ name: variable, value: id }] }]);
  t.deepEqual(await serverIdPatch(asked, variable, async () => 'new'), [{ op: 'add', path: '/spec/containers/0/env', value: [{ name: 'A', value: '1' }, { name: variable, value: 'new' }] }]);
  t.deepEqual(await serverIdPatch(pod(undefined, [{ name: 'app' }]), variable, async () => 'new'), []);
});

test('ids hold time, worker and sequence, and never repeat, however fast they are asked for', async (t) => {
  const clock = manualClock();
  await clock.advance(Date.UTC(2026, 0, 1) - clock.now());
  const next = createServerIds(clock, async () => 5);
  const first = Buffer.from(await next(), 'base64').readBigUInt64BE();
  t.is(Number(first >> 24n) + Date.UTC(2020, 0, 1), clock.now());
  t.is(Number((first >> 7n) & 0x1ffffn), 5);
  const many = await Promise.all(Array.from({ length: 1000 }, next));
  t.is(new Set([...many, first]).size, 1001);
});

test('a worker number that could not be had is asked for again', async (t) => {
  let asked = 0;
  const next = createServerIds(manualClock(), async () => {
    asked += 1;
    if (asked === 1) throw new Error('gone');
    return 1;
  });
  await t.throwsAsync(next(), { message: 'gone' });
  t.is(Buffer.from(await next(), 'base64').length, 8);
});
