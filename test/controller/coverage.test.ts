// The README's table of annotations is the controller's own, and says of each what really happens.
import fs from 'node:fs';
import test from 'ava';
import { annotationTable, families } from '../../emulator/controller/annotations.js';
import { coverage, coverageTable } from '../../emulator/controller/coverage.js';

test('every annotation that is read is in the table, and no other', (t) => {
  t.deepEqual(Object.keys(coverage).sort(), [...Object.keys(annotationTable), ...Object.values(families)].sort());
});

test('the README shows the table', (t) => {
  const shown = /<!-- annotations[^>]*-->\n([\s\S]*?)\n<!-- \/annotations -->/.exec(fs.readFileSync('README.md', 'utf8'))?.[1];
  t.is(shown, coverageTable());
});

// Honoured annotations are in a model that a golden file shows, or decide about ownership, or are proved against the real ELBv2.
const proved = new Set(fs.readdirSync('test/golden').filter((file) => file.endsWith('.service.yaml')).flatMap((file) => [...fs.readFileSync(`test/golden/${file}`, 'utf8').matchAll(/service\.beta\.kubernetes\.io\/([\w.-]+)/g)].map(([, name]) => name ?? '')));
const provedElsewhere = fs.readdirSync('test/controller').filter((file) => file.endsWith('.test.ts')).map((file) => fs.readFileSync(`test/controller/${file}`, 'utf8')).join('\n');

for (const name of Object.keys(coverage)) {
  test(`${name} is tried somewhere`, (t) => t.true([...proved].some((one) => one.startsWith(name)) || provedElsewhere.includes(name)));
}
