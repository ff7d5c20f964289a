// The store: transactions, lookups, group commit, and what is left after a crash.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { manualClock } from '../../emulator/clock.js';
import { UserError } from '../../emulator/errors.js';
import type { Change, Journal } from '../../emulator/journal.js';
import { silentLog } from '../../emulator/log.js';
import { memoryJournal } from '../../emulator/state/adapter.js';
import { createMemoryStore, createStore, type IndexedStore } from '../../emulator/state/store.js';
import type { Store, TargetRecord } from '../../emulator/state/types.js';

const directoryFor = (t: ExecutionContext): string => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-store-'));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
};
const open = (directory: string, clock = manualClock()): Promise<IndexedStore> => createStore({ directory, clock, log: silentLog });
const tags = (value: string) => ({ tags: { value } });
const target = (Id: string, TargetGroupArn = 'g'): TargetRecord => ({ TargetGroupArn, Id, Port: 1, RegisteredAt: 0 });
const values = (store: IndexedStore): string[] => [...store.partition('1', 'r').read.list('ec2Tags')].map((record) => record.tags['value'] ?? '');

/** A journal that counts its batches and can be told to fail. */
const spyJournal = (): Journal & { batches: Change[][]; fail: boolean } => {
  const spy = { ...memoryJournal(), batches: [] as Change[][], fail: false };
  spy.append = (changes) => {
    if (spy.fail) throw new Error('disk full');
    spy.batches.push([...changes]);
  };
  return spy;
};
const openSpied = async () => {
  const journal = spyJournal();
  const store = await createMemoryStore({ clock: manualClock(), log: silentLog, journal });
  return { journal, store, partition: store.partition('1', 'r') };
};

test('it is a Store, as other rooms know one', async (t) => {
  const store: Store = (await openSpied()).store;
  await store.partition('1', 'r').update((tx) => tx.put('ec2Tags', 'x', tags('1')));
  t.is([...store.partitions()].length, 1);
  await store.close();
  await t.throwsAsync(store.partition('1', 'r').update(() => {}));
});

test('a transaction reads its own writes, and nobody else does before it is done', async (t) => {
  const { store, partition } = await openSpied();
  const told: number[] = [];
  store.subscribe(() => told.push(store.revision()));
  await partition.update((tx) => {
    tx.put('targets', 'a', target('a'));
    tx.put('targets', 'b', target('b'));
    tx.delete('targets', 'a');
    t.deepEqual([...tx.list('targets')].map((one) => one.Id), ['b']);
    t.deepEqual(tx.by('targets', 'TargetGroupArn', 'g').map((one) => one.Id), ['b']);
    t.is(tx.count('targets'), 1);
    t.is(tx.get('targets', 'a'), undefined);
    t.is(partition.read.count('targets'), 0);
    t.is(store.revision(), 0);
  });
  t.deepEqual(told, [1]);
  t.is(partition.read.get('targets', 'b')?.Id, 'b');
});

test('lookups follow changes and removals, in order of insertion', async (t) => {
  const { partition } = await openSpied();
  await partition.update((tx) => ['c', 'a', 'b'].forEach((id) => tx.put('targets', id, target(id))));
  const ids = () => partition.read.by('targets', 'TargetGroupArn', 'g').map((one) => one.Id);
  t.deepEqual(ids(), ['c', 'a', 'b']);
  await partition.update((tx) => {
    tx.put('targets', 'c', { ...target('c'), RegisteredAt: 5 });
    tx.put('targets', 'a', target('a', 'other'));
    t.deepEqual(tx.by('targets', 'TargetGroupArn', 'g').map((one) => one.Id).sort(), ['b', 'c']);
    t.deepEqual(tx.by('targets', 'TargetGroupArn', 'other').map((one) => one.Id), ['a']);
  });
  t.deepEqual(ids(), ['c', 'b']);
  await partition.update((tx) => tx.delete('targets', 'c'));
  t.deepEqual(ids(), ['b']);
});

test('updates that arrive together are one append, run in order, and fail alone', async (t) => {
  const { journal, store, partition } = await openSpied();
  const results = await Promise.allSettled([
    partition.update((tx) => tx.put('ec2Tags', 'x', tags('1'))),
    partition.update((tx) => {
      tx.put('ec2Tags', 'x', tags('wrong'));
      tx.put('ec2Tags', 'y', tags('wrong'));
      throw new Error('no');
    }),
    partition.update((tx) => {
      t.is(tx.get('ec2Tags', 'x')?.tags['value'], '1');
      t.is(tx.get('ec2Tags', 'y'), undefined);
      tx.put('ec2Tags', 'z', tags('3'));
      return 'answer';
    }),
  ]);
  t.deepEqual(results.map((one) => one.status), ['fulfilled', 'rejected', 'fulfilled']);
  t.like(results[2], { value: 'answer' });
  t.is(journal.batches.length, 1);
  t.is(store.revision(), 1);
  t.deepEqual(values(store), ['1', '3']);
  await partition.update(() => 'nothing changed');
  t.is(store.revision(), 1);
});

test('a failed write changes nothing, tells nobody, and the next one works', async (t) => {
  const { journal, store, partition } = await openSpied();
  let told = 0;
  store.subscribe(() => told++);
  journal.fail = true;
  await t.throwsAsync(partition.update((tx) => tx.put('ec2Tags', 'x', tags('1'))), { message: 'disk full' });
  t.deepEqual([values(store), told, store.revision()], [[], 0, 0]);
  journal.fail = false;
  await partition.update((tx) => tx.put('ec2Tags', 'x', tags('2')));
  t.deepEqual([values(store), told], [['2'], 1]);
});

test('partitions are apart, and all of them are there after a restart', async (t) => {
  const directory = directoryFor(t);
  const store = await open(directory);
  await store.partition('1', 'r').update((tx) => tx.put('ec2Tags', 'x', tags('one')));
  await store.partition('1', 's').update((tx) => tx.put('ec2Tags', 'x', tags('two')));
  await store.close();
  const again = await open(directory);
  t.deepEqual([...again.partitions()].map(({ account, region }) => `${account} ${region}`), ['1 r', '1 s']);
  t.is(again.partition('1', 's').read.get('ec2Tags', 'x')?.tags['value'], 'two');
  t.deepEqual(again.recovered, []);
  await again.close();
});

test('a grown journal is compacted in the background, and nothing is lost by it', async (t) => {
  const directory = directoryFor(t);
  const clock = manualClock();
  const store = await createStore({ directory, clock, log: silentLog, compactAt: 200 });
  for (let number = 0; number < 20; number++) await store.partition('1', 'r').update((tx) => tx.put('ec2Tags', 'x', tags(String(number))));
  const size = () => fs.statSync(path.join(directory, 'state.journal')).size;
  t.true(size() > 200);
  await clock.advance(1000);
  t.is(size(), 0);
  t.is(clock.pending(), 0);
  await store.close();
  const again = await open(directory);
  t.deepEqual(values(again), ['19']);
  await again.close();
});

test('a cut or damaged journal loses the damaged batch only, is kept aside, and is said', async (t) => {
  for (const harm of ['cut', 'flip'] as const) {
    const directory = directoryFor(t);
    const store = await open(directory);
    for (const key of ['a', 'b', 'c']) await store.partition('1', 'r').update((tx) => tx.put('ec2Tags', key, tags(key)));
    await store.close();
    const file = path.join(directory, 'state.journal');
    const bytes = fs.readFileSync(file);
    if (harm === 'cut') fs.writeFileSync(file, bytes.subarray(0, bytes.length - 5));
    else fs.writeFileSync(file, bytes.map((byte, at) => (at === Math.floor(bytes.length / 2) ? byte ^ 1 : byte)));
    const again = await open(directory);
    t.deepEqual(values(again), harm === 'cut' ? ['a', 'b'] : ['a', 'c']);
    t.is(again.recovered.length, 1);
    t.true(fs.readdirSync(directory).some((name) => name.includes('.damaged-')));
    await again.partition('1', 'r').update((tx) => tx.put('ec2Tags', 'd', tags('d')));
    await again.close();
    const third = await open(directory);
    t.is(values(third).at(-1), 'd');
    t.deepEqual(third.recovered, []);
    await third.close();
  }
});

test('one process per directory; the lock of a dead one is taken over', async (t) => {
  const directory = directoryFor(t);
  const store = await open(directory);
  const error = await t.throwsAsync(open(directory));
  t.true(error instanceof UserError);
  t.true(error.message.includes(String(process.pid)));
  await store.close();
  fs.writeFileSync(path.join(directory, 'lock'), '999999999 1\n');
  await (await open(directory)).close();
  // The pid lives, but it is another process than the one that took the lock.
  fs.writeFileSync(path.join(directory, 'lock'), `${process.pid} 1\n`);
  await (await open(directory)).close();
  t.false(fs.existsSync(path.join(directory, 'lock')));
});
