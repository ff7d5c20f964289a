import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { openJournal, type Tables } from '../emulator/journal.js';

const base = (t: { teardown(fn: () => void): void }): string => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-journal-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'state');
};

const plain = (tables: Tables) => Object.fromEntries([...tables].map(([name, rows]) => [name, Object.fromEntries(rows)]));

test('what was appended is there again', (t) => {
  const file = base(t);
  const journal = openJournal(file);
  journal.append([{ table: 'a', key: '1', value: { n: 1 } }, { table: 'b', key: 'x', value: 'é\n' }]);
  journal.append([{ table: 'a', key: '2', value: 2 }, { table: 'a', key: '1' }]);
  t.deepEqual(plain(openJournal(file).load().tables), { a: { 2: 2 }, b: { x: 'é\n' } });
});

test('compaction keeps everything and empties the journal', (t) => {
  const file = base(t);
  const journal = openJournal(file);
  for (let n = 0; n < 1200; n++) journal.append([{ table: 'a', key: String(n), value: n }]);
  journal.compact(journal.load().tables);
  t.false(journal.due(0));
  journal.append([{ table: 'a', key: '0' }]);
  const { tables, recovered } = openJournal(file).load();
  t.is(tables.get('a')?.size, 1199);
  t.deepEqual(recovered, []);
});

test('a compaction is due when as much was appended as the snapshot has, and no sooner; also after a restart', (t) => {
  const file = base(t);
  const journal = openJournal(file);
  const fill = (name: string): void => journal.append([{ table: 'a', key: name, value: 'x'.repeat(1000) }]);
  fill('1');
  t.true(journal.due(1000));
  t.false(journal.due(2000));
  for (const name of ['2', '3', '4']) fill(name);
  journal.compact(journal.load().tables);
  for (const name of ['5', '6', '7']) fill(name);
  t.false(journal.due(1000));
  const again = openJournal(file);
  again.load();
  t.false(again.due(1000));
  for (const name of ['8', '9']) fill(name);
  t.true(journal.due(1000));
});

test('a cut last line is dropped, the file is kept aside, and the next start is clean', (t) => {
  const file = base(t);
  const journal = openJournal(file);
  journal.append([{ table: 'a', key: '1', value: 1 }]);
  journal.append([{ table: 'a', key: '2', value: 2 }]);
  fs.truncateSync(`${file}.journal`, fs.statSync(`${file}.journal`).size - 3);
  const { tables, recovered } = openJournal(file).load();
  t.deepEqual(plain(tables), { a: { 1: 1 } });
  t.is(recovered.length, 1);
  t.true(fs.existsSync(`${file}.journal.damaged-${process.pid}`));
  t.deepEqual(openJournal(file).load().recovered, []);
});

test('a flipped byte costs its own batch, never the start nor what follows', (t) => {
  const file = base(t);
  const journal = openJournal(file);
  for (const n of [1, 2, 3]) journal.append([{ table: 'a', key: String(n), value: n }]);
  const bytes = fs.readFileSync(`${file}.journal`);
  const second = bytes.indexOf('\n') + 15;
  bytes[second] = (bytes[second] ?? 0) ^ 1;
  fs.writeFileSync(`${file}.journal`, bytes);
  t.deepEqual(plain(openJournal(file).load().tables), { a: { 1: 1, 3: 3 } });
});
