// Every fact about a network load balancer's data plane in FACTS.md names a test that holds it, and that test is there.
import fs from 'node:fs';
import test from 'ava';

const rows = fs.readFileSync('test/dataplane/FACTS.md', 'utf8').split('\n').filter((line) => line.startsWith('| ') && line.includes('`')).map((line) => line.split('|').map((cell) => cell.trim()));

test('the tests that FACTS.md names exist', (t) => {
  t.true(rows.length > 30);
  for (const [, fact = '', holders = ''] of rows) {
    for (const [, file = '', title = ''] of holders.matchAll(/`([^`:]+): ([^`]+)`/g)) t.true(fs.readFileSync(`test/${file}.test.ts`, 'utf8').includes(title), `${fact} -> ${file}: ${title}`);
    t.regex(holders, /`[^`]+: [^`]+`/, fact);
  }
});
