// The workshop's page grammar: what is run, what is a sample, and the traps we report.
import test from 'ava';
import fs from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../emulator/errors.js';
import { pagesDir } from '../../scenarios/assets.js';
import { parsePage } from '../../scenarios/page.js';

const page = (body: string) => parsePage(`---\ntitle: T\n---\n\n${body}`);
const fence = (text: string, meta = '') => `\`\`\`bash${meta && ` ${meta}`}\n${text}\n\`\`\`\n`;
const only = (body: string) => {
  const { steps, problems } = page(body);
  return { step: steps[0], count: steps.length, problems };
};

test('lines with a mark are commands, all others are sample output', (t) => {
  const { step } = only(fence('$ echo a\na\n$ echo b\nb'));
  t.deepEqual(step?.commands, ['echo a', 'echo b']);
  t.is(step?.sample, 'a\nb');
  t.is(step?.script, 'echo a\necho b');
});

test('two characters are cut, whatever the second is', (t) => {
  t.deepEqual(only(fence('$echo a')).step?.commands, ['cho a']);
});

test('a backslash carries a command on to the next line', (t) => {
  const { step } = only(fence('$ echo a \\\n  b\na b'));
  t.deepEqual(step?.commands, ['echo a \\\n  b']);
  t.is(step?.sample, 'a b');
});

test('a here-document runs until EOF', (t) => {
  const { step } = only(fence('$ cat <<EOF\n$ not a command\nEOF\nshown'));
  t.deepEqual(step?.commands, ['cat <<EOF\n$ not a command\nEOF']);
  t.is(step?.sample, 'shown');
});

test('defaults are the workshop\'s', (t) => {
  const { step } = only(fence('$ true'));
  t.like(step, { timeout: 120, wait: 0, hookTimeout: 300, hook: undefined, test: true, expectError: false, raw: false });
});

test('metas are read', (t) => {
  const { step, problems } = only(fence('$ true', 'timeout=5 wait=2 hook=x hookTimeout=9 test=false expectError=true'));
  t.like(step, { timeout: 5, wait: 2, hook: 'x', hookTimeout: 9, test: false, expectError: true });
  t.deepEqual(problems, []);
});

test('raw=true takes the text as it is', (t) => {
  const { step } = only(fence('for x in 1 2; do\n\n  echo $x\ndone', 'raw=true'));
  t.is(step?.script, 'for x in 1 2; do\n\n  echo $x\ndone');
  t.is(step?.sample, '');
});

test('line is that of the opening fence', (t) => {
  t.is(only(`text\n\n${fence('$ true')}`).step?.line, 7);
});

test('other languages and blocks without a command are no steps', (t) => {
  t.is(only('```yaml\n$ a\n```\n\n```\n$ b\n```\n\n' + fence('just text')).count, 0);
});

test('trap: a command after an empty line is lost, and said to be', (t) => {
  const { step, problems } = only(fence('$ echo a\na\n\n$ echo b\nb'));
  t.deepEqual(step?.commands, ['echo a']);
  t.deepEqual(problems, [{ line: 9, text: 'never run, because an empty line comes before it: $ echo b' }]);
});

test('trap: an empty line cuts a here-document', (t) => {
  const { step, problems } = only(fence('$ cat <<EOF\none\n\ntwo\nEOF'));
  t.deepEqual(step?.commands, ['cat <<EOF\none']);
  t.is(problems.length, 1);
  t.is(problems[0]?.line, 8);
  t.regex(problems[0]?.text ?? '', /here-document/);
});

test('trap: an empty line in a sample is harmless, and the sample goes on', (t) => {
  const { step, problems } = only(fence('$ echo a\na\n\nb'));
  t.is(step?.sample, 'a\n\nb');
  t.deepEqual(problems, []);
});

test('trap: a block inside a list is not run', (t) => {
  const { count, problems } = only('- item\n\n  ```bash\n  $ echo a\n  ```\n');
  t.is(count, 0);
  t.deepEqual(problems, [{ line: 7, text: 'never run: this block is inside a list or a quote' }]);
});

test('trap: a block inside a ::: container is run', (t) => {
  t.deepEqual(only(`:::tip\n\n${fence('$ echo a')}\n:::\n`).step?.commands, ['echo a']);
});

test('trap: unknown keys and wrong numbers are named', (t) => {
  const { step, problems } = only(fence('$ true', 'timout=5 wait=soon'));
  t.is(step?.wait, 0);
  t.deepEqual(problems.map(({ line }) => line), [5, 5]);
  t.regex(problems[0]?.text ?? '', /unknown key "timout"/);
  t.regex(problems[1]?.text ?? '', /wait=soon/);
});

test('an unfinished last command is named', (t) => {
  t.regex(only(fence('$ echo a \\')).problems[0]?.text ?? '', /not finished/);
});

test('a page without front matter is refused', (t) => {
  t.throws(() => parsePage(fence('$ true')), { instanceOf: UserError });
});

const ours = async (name: string, lang: string) => parsePage(await fs.readFile(path.join(pagesDir, `${name}.${lang}.md`), 'utf8'));

test('our pages have no traps, and every language has the same blocks', async (t) => {
  const files = await fs.readdir(pagesDir);
  const names = [...new Set(files.map((file) => file.split('.')[0] ?? ''))];
  t.deepEqual(files.sort(), names.flatMap((name) => [`${name}.en.md`, `${name}.ko.md`]).sort());
  for (const name of names) {
    const [en, ko] = [await ours(name, 'en'), await ours(name, 'ko')];
    const blocks = (one: typeof en) => one.steps.map(({ line: _, ...rest }) => rest);
    t.deepEqual(en.problems, [], name);
    t.deepEqual(ko.problems, [], name);
    t.true(en.steps.length >= 8);
    t.deepEqual(blocks(ko), blocks(en), name);
  }
});
