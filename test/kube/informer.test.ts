import test, { type ExecutionContext } from 'ava';
import { manualClock, systemClock } from '../../emulator/clock.js';
import { silentLog } from '../../emulator/log.js';
import { createKubeClient } from '../../emulator/kube/client.js';
import { createInformer } from '../../emulator/kube/informer.js';
import { indexBy } from '../../emulator/kube/lookup.js';
import { services } from '../../emulator/kube/resources.js';
import type { Service } from '../../emulator/kube/types.js';
import { timedOut, waitFor } from '../../emulator/kube/wait.js';
import { collections, startServer, type Script } from './server.js';

const service = (name: string) => ({ metadata: { namespace: 'ns', name }, spec: { ports: [] } });

const setUp = async (t: ExecutionContext, options: { script?: Script } = {}) => {
  const server = await startServer();
  if (options.script) server.script(options.script);
  const client = await createKubeClient(server.kubeconfig);
  const clock = manualClock();
  const informer = createInformer<Service>({ client, resource: services, clock, log: silentLog, random: () => 0 });
  const changes: string[] = [];
  informer.on((old, now) => changes.push(`${old?.metadata.name ?? '-'}>${now?.metadata.name ?? '-'}`));
  t.teardown(async () => {
    await informer.stop();
    client.close();
    await server.close();
  });
  const seen = async (what: () => boolean): Promise<void> => {
    const limit = systemClock.now() + 10_000;
    while (!what() && systemClock.now() < limit) {
      await clock.advance(0);
      await systemClock.sleep(2);
    }
    t.true(what());
  };
  const count = (request: string): number => server.requests.filter((one) => one === request).length;
  return { server, client, clock, informer, changes, seen, lists: () => count('GET /api/v1/services'), watches: () => count('GET /api/v1/services watch') };
};

test('lists, then follows: handlers get the old and the new object', async (t) => {
  const { server, informer, changes, seen, watches } = await setUp(t);
  const first = server.create(collections.services, service('a'));
  informer.start();
  await informer.synced;
  t.true(informer.hasSynced());
  await seen(() => watches() === 1);
  server.put(collections.services, first);
  server.create(collections.services, service('b'));
  server.delete(collections.services, 'ns', 'a');
  await seen(() => informer.get('ns', 'a') === undefined && informer.list().length === 1);
  t.deepEqual(changes, ['->a', 'a>a', '->b', 'a>-']);
});

test('an event is a line, whatever stands in it', async (t) => {
  const { server, informer, seen } = await setUp(t);
  informer.start();
  await seen(() => server.watchers() === 1);
  const text = 'one\u2028two\u2029three\r\n한국어';
  server.create(collections.services, { metadata: { namespace: 'ns', name: 'a', annotations: { text } }, spec: { ports: [] } });
  await seen(() => informer.get('ns', 'a')?.metadata.annotations?.['text'] === text);
});

test('a watch that ends cleanly goes on from where it was, and not in a hot loop', async (t) => {
  const { server, clock, informer, changes, seen, lists, watches } = await setUp(t);
  informer.start();
  await seen(() => server.watchers() === 1);
  server.endWatches('clean');
  await seen(() => server.watchers() === 0 && clock.pending() === 1);
  server.create(collections.services, service('a'));
  await clock.advance(999);
  t.is(watches(), 1);
  await clock.advance(1);
  await seen(() => informer.list().length === 1);
  t.deepEqual([lists(), watches(), changes], [1, 2, ['->a']]);
});

test('a server that ends every watch at once is asked once a second', async (t) => {
  const { clock, informer, seen, watches } = await setUp(t, {
    script: ({ query }, response) => {
      if (query.get('watch')) response.end();
      return query.get('watch') !== null;
    },
  });
  informer.start();
  await seen(() => watches() === 1 && clock.pending() === 1);
  for (let second = 2; second <= 4; second += 1) {
    await clock.advance(1000);
    await seen(() => watches() === second && clock.pending() === 1);
  }
  t.is(watches(), 4);
});

test('a cut watch lists again after a back-off, and what was missed is told', async (t) => {
  const { server, clock, informer, changes, seen, lists } = await setUp(t);
  server.create(collections.services, service('a'));
  informer.start();
  await seen(() => server.watchers() === 1);
  server.endWatches('cut');
  await seen(() => server.watchers() === 0 && clock.pending() === 1);
  server.delete(collections.services, 'ns', 'a');
  server.create(collections.services, service('b'));
  await clock.advance(250);
  await seen(() => informer.get('ns', 'b') !== undefined);
  t.deepEqual([lists(), changes], [2, ['->a', 'a>-', '->b']]);
});

test('410 in the stream lists again', async (t) => {
  let gone = true;
  const { clock, informer, seen, lists, server } = await setUp(t, {
    script: ({ query }, response) => {
      if (!query.get('watch') || !gone) return false;
      gone = false;
      response.end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' } })}\n`);
      return true;
    },
  });
  informer.start();
  await seen(() => clock.pending() === 1);
  await clock.advance(250);
  await seen(() => server.watchers() === 1);
  t.is(lists(), 2);
});

test('a server that refuses is asked 250 ms to 30 s apart', async (t) => {
  const { clock, informer, seen, lists } = await setUp(t, {
    script: (_, response) => {
      response.writeHead(503).end('busy');
      return true;
    },
  });
  informer.start();
  const at: number[] = [];
  for (let request = 1; request <= 10; request += 1) {
    await seen(() => lists() === request && clock.pending() === 1);
    at.push(clock.now());
    await clock.advance([125, 250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000][request - 1] ?? 0);
  }
  t.is(at.length, 10);
});

test('learn shows one\'s own write at once, and never an object that is gone', async (t) => {
  const { server, client, informer, changes, seen } = await setUp(t);
  const made = server.create(collections.services, service('a')) as unknown as Service;
  informer.start();
  await seen(() => server.watchers() === 1);
  server.script(({ query }) => query.get('watch') !== null);
  const patched = await client.patch<Service>(services, 'ns', 'a', { metadata: { labels: { x: '1' } } });
  informer.learn(patched);
  t.is(informer.get('ns', 'a')?.metadata.labels?.['x'], '1');
  informer.learn(made);
  t.is(informer.get('ns', 'a')?.metadata.labels?.['x'], '1');
  server.delete(collections.services, 'ns', 'a');
  await seen(() => informer.get('ns', 'a') === undefined);
  informer.learn(patched);
  t.is(informer.get('ns', 'a'), undefined);
  t.deepEqual(changes.filter((one) => one !== 'a>a'), ['->a', 'a>-']);
});

test('an index follows the cache; waitFor is woken by it and gives up in time', async (t) => {
  const { server, clock, informer, seen } = await setUp(t);
  const byLabel = indexBy(informer, ({ metadata }) => Object.values(metadata.labels ?? {}));
  informer.start();
  await seen(() => server.watchers() === 1);
  const shown = waitFor(informer, () => byLabel('x').length === 1, { clock, ms: 60_000 });
  server.create(collections.services, { metadata: { namespace: 'ns', name: 'a', labels: { app: 'x' } } });
  await t.notThrowsAsync(shown);
  const late = t.throwsAsync(waitFor(informer, () => false, { clock, ms: 60_000 }), { message: timedOut });
  await clock.advance(60_000);
  await late;
  t.is(clock.pending(), 0);
});
