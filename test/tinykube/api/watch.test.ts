import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { manualClock } from '../../../emulator/clock.js';
import { openJournal } from '../../../emulator/journal.js';
import { silentLog } from '../../../emulator/log.js';
import { createStore } from '../../../emulator/tinykube/api/store.js';
import type { KubeObject } from '../../../emulator/tinykube/types.js';
import { scratch } from '../../support/scratch.js';
import { startServer, type Line, type TestServer } from './server.js';

const newFolder = scratch('nlbox-watch');

const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, labels = {}): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels } });

const started = async (t: ExecutionContext, options = {}): Promise<TestServer> => {
  const server = await startServer(options);
  t.teardown(() => server.server.close());
  return server;
};

const nameOf = (line: Line | undefined): string => `${line?.type} ${String((line?.object.metadata as { name?: string } | undefined)?.name)}`;
const versionOf = (body: Record<string, unknown>): string => String((body.metadata as { resourceVersion: string }).resourceVersion);

test('a watch without a version tells what is there and then what changes', async (t) => {
  const { call, watch } = await started(t);
  await call('POST', configMaps, configMap('a'));
  const stream = await watch(`${configMaps}?watch=true`);
  t.is(nameOf(await stream.next()), 'ADDED a');
  await call('POST', configMaps, configMap('b'));
  await call('DELETE', `${configMaps}/a`);
  t.is(nameOf(await stream.next()), 'ADDED b');
  t.is(nameOf(await stream.next()), 'DELETED a');
  stream.stop();
});

test('a watch from a version misses nothing that happened since', async (t) => {
  const { call, watch } = await started(t);
  const list = await call('GET', configMaps);
  await call('POST', configMaps, configMap('a'));
  await call('POST', configMaps, configMap('b'));
  const stream = await watch(`${configMaps}?watch=true&resourceVersion=${versionOf(list.body)}`);
  t.is(nameOf(await stream.next()), 'ADDED a');
  t.is(nameOf(await stream.next()), 'ADDED b');
  stream.stop();
});

test('an object that enters or leaves a selector is added or deleted', async (t) => {
  const { call, watch } = await started(t);
  await call('POST', configMaps, configMap('a', { x: '1' }));
  const stream = await watch(`${configMaps}?watch=true&labelSelector=x%3D1`);
  t.is(nameOf(await stream.next()), 'ADDED a');
  const merge = { 'content-type': 'application/merge-patch+json' };
  await call('PATCH', `${configMaps}/a`, { metadata: { labels: { x: '2' } } }, merge);
  t.is(nameOf(await stream.next()), 'DELETED a');
  await call('PATCH', `${configMaps}/a`, { metadata: { labels: { x: '1' } } }, merge);
  t.is(nameOf(await stream.next()), 'ADDED a');
  stream.stop();
});

test('a WatchList ends its initial events with an annotated bookmark', async (t) => {
  const { call, watch } = await started(t);
  await call('POST', configMaps, configMap('a'));
  const stream = await watch(`${configMaps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`);
  t.is(nameOf(await stream.next()), 'ADDED a');
  const bookmark = await stream.next();
  t.like(bookmark, { type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } } });
  stream.stop();
});

test('bookmarks come by the clock, and only while somebody watches', async (t) => {
  const clock = manualClock();
  const { watch } = await started(t, { clock });
  t.is(clock.pending(), 0);
  const stream = await watch(`${configMaps}?watch=true&allowWatchBookmarks=true&resourceVersion=0`);
  t.is(clock.pending(), 1);
  await clock.advance(60_000);
  t.like(await stream.next(), { type: 'BOOKMARK' });
  stream.stop();
});

test('timeoutSeconds ends a watch normally', async (t) => {
  const clock = manualClock();
  const { watch } = await started(t, { clock });
  const stream = await watch(`${configMaps}?watch=true&timeoutSeconds=5`);
  await clock.advance(5000);
  t.is(await stream.next(), undefined);
});

test('a version that the history no longer has is answered with Expired', async (t) => {
  const base = path.join(newFolder(), 'cluster');
  const first = await started(t, { journal: openJournal(base) });
  await first.call('POST', configMaps, configMap('a'));
  await first.server.close();
  const { watch } = await started(t, { journal: openJournal(base) });
  const stream = await watch(`${configMaps}?watch=true&resourceVersion=1`);
  t.like(await stream.next(), { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
  t.is(await stream.next(), undefined);
});

test('what was answered is there after a restart, with versions that go on', async (t) => {
  const base = path.join(newFolder(), 'cluster');
  const first = await started(t, { journal: openJournal(base) });
  const { body } = await first.call('POST', configMaps, configMap('kept'));
  await first.call('POST', configMaps, configMap('dropped'));
  await first.call('DELETE', `${configMaps}/dropped`);
  const last = versionOf((await first.call('GET', configMaps)).body);
  // No close: only what had been appended before the answer counts.
  const second = await started(t, { journal: openJournal(base) });
  t.deepEqual((await second.call('GET', `${configMaps}/kept`)).body, body);
  t.is((await second.call('GET', `${configMaps}/dropped`)).code, 404);
  const next = await second.call('POST', configMaps, configMap('next'));
  t.true(Number(versionOf(next.body)) > Number(last));
});

test('pages carry on where the last one ended, and a broken token is refused', async (t) => {
  const { call } = await started(t);
  for (const name of ['a', 'b', 'c']) await call('POST', configMaps, configMap(name));
  const first = await call('GET', `${configMaps}?limit=2`);
  const { continue: token, remainingItemCount } = first.body.metadata as { continue: string; remainingItemCount: number };
  t.is(remainingItemCount, 1);
  const second = await call('GET', `${configMaps}?limit=2&continue=${token}`);
  t.deepEqual((second.body.items as { metadata: { name: string } }[]).map((item) => item.metadata.name), ['c']);
  t.is((await call('GET', `${configMaps}?continue=nonsense`)).code, 400);
  t.is((await call('GET', `${configMaps}?resourceVersion=99999999`)).code, 504);
});

test('listeners inside are told in order, also of changes which they make themselves', (t) => {
  const store = createStore({ journal: undefined, log: silentLog });
  const object = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'n', uid: name, resourceVersion: '', creationTimestamp: '' } });
  const heard: string[] = [];
  store.watch('configmaps', ({ object: { metadata } }) => {
    if (metadata.name === 'first') store.put('configmaps', object('second'));
  });
  store.watch('configmaps', ({ object: { metadata } }) => void heard.push(metadata.name));
  store.put('configmaps', object('first'));
  t.deepEqual(heard, ['first', 'second']);
});
