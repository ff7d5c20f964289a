// A child for journal-full.test.ts: fills the disk that its folder is on, and prints what was acknowledged and what a new start finds.
import { openJournal } from '../emulator/journal.js';

const base = `${process.argv[2] ?? ''}/state`;
const journal = openJournal(base);
const { tables } = journal.load();
const rows = new Map<string, unknown>();
tables.set('a', rows);
const acknowledged: string[] = [];
let refused = 0;

for (let n = 0; n < 400; n += 1) {
  const value = 'x'.repeat(100 + ((n * 37) % 400));
  try {
    journal.append([{ table: 'a', key: String(n), value }]);
    rows.set(String(n), value);
    acknowledged.push(String(n));
    if (n % 20 === 19) journal.compact(tables);
  } catch {
    refused += 1;
  }
}
const found = openJournal(base).load();
const lost = acknowledged.filter((key) => !found.tables.get('a')?.has(key));
process.stdout.write(JSON.stringify({ acknowledged: acknowledged.length, refused, lost, recovered: found.recovered }));
