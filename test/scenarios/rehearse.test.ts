// A page walked from top to bottom: order, waits, hooks, failures, differences, and the report.
import test from 'ava';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { manualClock, systemClock } from '../../emulator/clock.js';
import { UserError } from '../../emulator/errors.js';
import { findPage, readPage } from '../../scenarios/pages.js';
import { rehearse, type RehearseOptions } from '../../scenarios/rehearse.js';
import { exitStatus, reportJson, reportText } from '../../scenarios/report.js';
import type { Shell, ShellBlock, ShellResult } from '../../scenarios/shell.js';
import { scratch } from '../support/scratch.js';

const env = { PATH: process.env['PATH'] ?? '', HOME: os.tmpdir() };
const fence = (text: string, meta = '') => `\`\`\`bash${meta && ` ${meta}`}\n${text}\n\`\`\`\n`;

const newFolder = scratch('nlbox-page');

const pageFile = async (body: string, hooks: Record<string, string> = {}): Promise<string> => {
  const folder = newFolder();
  await fs.mkdir(path.join(folder, 'tests'));
  for (const [name, text] of Object.entries(hooks)) await fs.writeFile(path.join(folder, 'tests', name), text);
  await fs.writeFile(path.join(folder, 'a.md'), `---\ntitle: T\n---\n\n${body}`);
  return path.join(folder, 'a.md');
};

const run = async (body: string, options: Partial<RehearseOptions> = {}, hooks: Record<string, string> = {}) =>
  rehearse({ page: await pageFile(body, hooks), env, cwd: os.tmpdir(), clock: systemClock, needs: [], ...options });

const outcomes = (report: Awaited<ReturnType<typeof run>>) => report.steps.map(({ outcome }) => outcome);

test('a page that holds', async (t) => {
  const lines: string[] = [];
  const body = fence('$ export X=1; echo a\na') + '\n' + fence('$ echo "[$X]"\n[1]');
  const report = await run(body, { onProgress: (line) => lines.push(line) });
  t.true(report.ok);
  t.is(exitStatus(report), 0);
  t.deepEqual(outcomes(report), ['ok', 'ok']);
  t.deepEqual(lines.filter((line) => line.startsWith('[')), ['[1/2] a.md:5 export X=1; echo a', '[2/2] a.md:10 echo "[$X]"']);
  t.regex(reportText(report), /The page holds: 2 ok, in /);
});

test('a difference is reported with page and line, and the walk goes on', async (t) => {
  const report = await run(fence('$ echo a\nb') + '\n' + fence('$ echo c\nc'));
  t.deepEqual(outcomes(report), ['differs', 'ok']);
  t.is(exitStatus(report), 1);
  t.regex(reportText(report), /a\.md:5 +DIFFERS .*echo a\n +line 1: the page has b; it was a/);
  t.deepEqual((JSON.parse(reportJson(report)) as typeof report).steps[0]?.differences, report.steps[0]?.differences);
});

test('a step is called by its last command', async (t) => {
  t.regex(reportText(await run(fence('$ X=1\n$ echo $X\n1'))), /s {2}… echo \$X\n/);
});

test('a failing command ends the page and shows its output', async (t) => {
  const report = await run(fence('$ echo why >&2; exit 4') + '\n' + fence('$ echo c\nc'));
  t.deepEqual(outcomes(report), ['failed', 'skipped']);
  t.is(report.steps[1]?.reason, 'the block at line 5 failed');
  t.regex(reportText(report), /exit status 4\n +why/);
});

test('a missing program is said to be missing', async (t) => {
  const report = await run(fence('$ no-such-program-here'));
  t.regex(report.steps[0]?.reason ?? '', /command was not found/);
});

test('expectError takes a failure, and a success only as upstream', async (t) => {
  const fails = fence('$ exit 3', 'expectError=true');
  const succeeds = fence('$ true', 'expectError=true');
  t.true((await run(fails)).ok);
  t.false((await run(succeeds)).ok);
  t.true((await run(succeeds, { mode: 'upstream' })).ok);
});

test('upstream compares no output and knows no traps', async (t) => {
  t.true((await run(fence('$ echo a\nb\n\n$ echo lost'), { mode: 'upstream' })).ok);
  const checked = await run(fence('$ echo a\na\n\n$ echo lost'));
  t.false(checked.ok);
  t.is(checked.problems.length, 1);
  t.regex(reportText(checked), /a\.md:9 PAGE +never run/);
});

test('a trap alone makes the page not hold', async (t) => {
  const report = await run('- x\n\n  ```bash\n  $ true\n  ```\n');
  t.false(report.ok);
});

test('test=false is skipped and is no failure', async (t) => {
  const report = await run(fence('$ exit 1', 'test=false'));
  t.deepEqual(outcomes(report), ['skipped']);
  t.true(report.ok);
});

const hook = 'before() { echo "before $X" >> log; }\nafter() { echo "after $TEST_OUTPUT" >> log; }\n"$@"\n';

test('hooks run around the block; the second gets its output', async (t) => {
  const cwd = newFolder();
  const body = fence('$ export X=1') + '\n' + fence('$ echo middle >> log; echo out', 'hook=h');
  t.true((await run(body, { cwd }, { 'hook-h.sh': hook })).ok);
  t.is(await fs.readFile(path.join(cwd, 'log'), 'utf8'), 'before 1\nmiddle\nafter out\n\n');
});

test('a failing hook fails the block', async (t) => {
  const body = fence('$ true', 'hook=h');
  const before = await run(body, {}, { 'hook-h.sh': '[ "$1" != before ]\n' });
  t.regex(before.steps[0]?.reason ?? '', /^hook before: exit status 1/);
  const after = await run(body, {}, { 'hook-h.sh': '[ "$1" != after ]\n' });
  t.regex(after.steps[0]?.reason ?? '', /^hook after: exit status 1/);
});

const answering = (answer: (block: ShellBlock) => Partial<ShellResult>): Shell => ({
  env: () => env,
  run: (block) => Promise.resolve({ stdout: '', stderr: '', exitCode: 0, timedOut: false, ...answer(block) }),
});

test('wait= is slept after the block, on the clock', async (t) => {
  const clock = manualClock();
  let ran = 0;
  const shell = answering(() => ({ stdout: String((ran += 1)) }));
  let waiting = (): void => {};
  const reached = new Promise<void>((resolve) => (waiting = resolve));
  const onProgress = (line: string): void => void (line.includes('waiting') && waiting());
  const done = run(fence('$ true', 'wait=30') + '\n' + fence('$ true'), { clock, shell, onProgress });
  await reached;
  await clock.advance(29_999);
  t.is(ran, 1);
  await clock.advance(1);
  t.is((await done).duration, 30_000);
  t.is(ran, 2);
});

test('a time-out is named as such', async (t) => {
  const report = await run(fence('$ x', 'timeout=7'), { shell: answering(() => ({ timedOut: true, exitCode: undefined })) });
  t.is(report.steps[0]?.reason, 'timed out after 7 s (the block\'s timeout=)');
});

test('nothing is run without the variables that point at nlbox', async (t) => {
  const error = await t.throwsAsync(rehearse({ page: 'ip-mode', env, cwd: '/', clock: systemClock }), { instanceOf: UserError });
  t.regex(error?.message ?? '', /AWS_ENDPOINT_URL and KUBECONFIG not set/);
});

test('an unknown page or language is a user\'s mistake', async (t) => {
  await t.throwsAsync(findPage('no-such-page', 'en'), { instanceOf: UserError });
  await t.throwsAsync(findPage('ip-mode', 'xx'), { instanceOf: UserError });
  await t.throwsAsync(findPage('../../package', 'en'), { instanceOf: UserError });
});

// Answers every block with what the page shows, so that the page agrees with itself.
const echoing = async (change: (sample: string) => string = (sample) => sample): Promise<Shell> => {
  const { steps } = await readPage(await findPage('ip-mode', 'en'));
  const samples = steps.map(({ sample }) => change(sample));
  return answering(() => ({ stdout: samples.shift() ?? '' }));
};

const ours = async (shell: Shell) => {
  const clock = manualClock();
  const waits = new Set<Promise<void>>();
  const onProgress = (line: string): void => {
    if (line.includes('waiting')) waits.add(clock.advance(60_000));
  };
  const report = await rehearse({ page: 'ip-mode', lang: 'ko', env, cwd: '/', clock, shell, needs: [], onProgress });
  await Promise.all(waits);
  return report;
};

test('our page agrees with its own samples, in every language', async (t) => {
  const report = await ours(await echoing());
  t.deepEqual(report.steps.filter(({ outcome }) => outcome !== 'ok'), []);
  t.is(report.page, 'ip-mode.ko.md');
});

test('our page notices a wrong port, a wrong state and a missing answer', async (t) => {
  const count = async (change: (sample: string) => string) =>
    outcomes(await ours(await echoing(change))).filter((outcome) => outcome === 'differs').length;
  t.true((await count((sample) => sample.replaceAll('8080', '8081'))) >= 5);
  t.true((await count((sample) => sample.replaceAll('"healthy"', '"unhealthy"'))) >= 4);
  t.true((await count(() => '')) >= 20);
});
