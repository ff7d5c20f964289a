// Whole rehearsals: discovery and order, suite hooks, translations, the strict mode, stand-ins, leftovers and JUnit.
import test from 'ava';
import fs from 'node:fs/promises';
import path from 'node:path';
import { manualClock, systemClock } from '../../emulator/clock.js';
import { UserError } from '../../emulator/errors.js';
import { standInsDir } from '../../scenarios/assets.js';
import { compare } from '../../scenarios/compare.js';
import { discover, englishOf, type Suite } from '../../scenarios/discover.js';
import { fitsGlob } from '../../scenarios/glob.js';
import { leakLines } from '../../scenarios/leaks.js';
import { rehearseAll, type RunOptions } from '../../scenarios/run.js';
import { runJunit, runText } from '../../scenarios/run-report.js';
import { createShell, type Shell } from '../../scenarios/shell.js';
import { scratch } from '../support/scratch.js';

const fence = (text: string, meta = '') => `\`\`\`bash${meta && ` ${meta}`}\n${text}\n\`\`\`\n`;
const page = (title: string, body = '', front = '') => `---\ntitle: ${title}\n${front}---\n\n${body}`;

const newFolder = scratch('nlbox-tree');

const tree = async (files: Record<string, string>): Promise<string> => {
  const root = newFolder();
  for (const [name, text] of Object.entries(files)) {
    await fs.mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await fs.writeFile(path.join(root, name), text);
  }
  return root;
};

// The questions about leftovers go to real tools; here they find what the test says.
const stocked = (shell: Shell, stock: (script: string) => string): Shell => ({
  env: shell.env,
  run: (block) =>
    /^(aws|kubectl get)/.test(block.script) ? Promise.resolve({ stdout: stock(block.script), stderr: '', exitCode: 0, timedOut: false }) : shell.run(block),
});

const run = async (files: Record<string, string>, options: Partial<RunOptions> = {}, stock = (_script: string): string => '[]') => {
  const root = await tree(files);
  const env = { PATH: `${standInsDir}/bin:${process.env['PATH'] ?? ''}`, HOME: root, LOG: path.join(root, 'log') };
  const shell = stocked(createShell({ cwd: root, env, mode: options.mode ?? 'checked', clock: systemClock }), stock);
  const report = await rehearseAll({ paths: [root], env, cwd: root, clock: systemClock, needs: [], shell, ...options });
  return { root, report, log: await fs.readFile(env.LOG, 'utf8').catch(() => '') };
};

const logged = (word: string) => fence(`$ echo ${word} >> $LOG`);
const hook = 'before() { echo "before $1" >> $LOG; }\nafter() { echo "after $1" >> $LOG; }\n"$@"\n';
const names = (suite: Suite): unknown[] => [suite.title, ...suite.pages.map(({ file }) => path.basename(file)), ...suite.children.map(names)];

test('index pages come first, then weight, then sidebar_position; children by the weight of their index page', async (t) => {
  const root = await tree({
    'index.md': page('Root', '', 'sidebar_position: 90\n'),
    'late.md': page('Late', logged('late'), 'sidebar_position: 30\n'),
    'early.md': page('Early', logged('early'), 'sidebar_position: 99\nweight: 5\n'),
    'empty.md': '',
    'prose.md': page('Prose'),
    'b/_index.md': page('B', '', 'weight: 1\n'),
    'b/x.md': page('X', logged('x')),
    'a/index.en.md': page('A', '', 'weight: 2\n'),
    'a/x.md': page('X', logged('x')),
    'off/.notest': '',
    'off/deep/x.md': page('X', logged('x')),
    'tests/hook-suite.sh': hook,
  });
  const suite = await discover(root);
  t.deepEqual(suite && names(suite), ['Root', 'index.md', 'early.md', 'late.md', ['B', '_index.md', 'x.md'], ['A', 'index.en.md', 'x.md']]);
});

test('a page with text but no front matter stops the run', async (t) => {
  await t.throwsAsync(run({ 'a.md': fence('$ true') }), { instanceOf: UserError, message: /a\.md: The page has no front matter/ });
});

test('front matter that is no YAML stops the run', async (t) => {
  await t.throwsAsync(run({ 'a.md': page('"A" b') }), { instanceOf: UserError, message: /a\.md: The front matter is not YAML/ });
});

test('a directory without commands is a mistake', async (t) => {
  await t.throwsAsync(run({ 'a.md': page('A') }), { instanceOf: UserError, message: /no page with commands/ });
  await t.throwsAsync(run({ 'a.md': page('A', logged('a')) }, { glob: 'other' }), { instanceOf: UserError, message: /fits other/ });
});

test('suite hooks run around pages and children; exported variables go from page to page', async (t) => {
  const { report, log } = await run({
    'index.md': page('Root', fence('$ export X=1')),
    'x/a.md': page('A', logged('"a $X"')),
    'x/tests/hook-suite.sh': hook.replaceAll(' $1', ' x'),
    'tests/hook-suite.sh': hook.replaceAll(' $1', ' root'),
  });
  t.true(report.ok, runText(report));
  t.deepEqual(log.trim().split('\n'), ['before root', 'before x', 'a 1', 'after x', 'after root']);
});

test('a failing first suite hook skips the pages, calls the last hook, and fails the run', async (t) => {
  const { report, log } = await run({
    'a.md': page('A', logged('a')),
    'tests/hook-suite.sh': 'before() { echo why >&2; exit 3; }\nafter() { echo after >> $LOG; }\n"$@"\n',
  });
  t.false(report.ok);
  t.is(log, 'after\n');
  t.regex(runText(report), /hook-suite\.sh before FAILED: exit status 3\n +why/);
  t.regex(runJunit(report), /<failure type="run">/);
});

test('the glob chooses directories, and a star passes slashes', async (t) => {
  t.true(fitsGlob('{module,module/**}', 'module'));
  t.true(fitsGlob('{module,module/**}', 'module/a/b'));
  t.false(fitsGlob('{module,module/**}', 'modules'));
  t.true(fitsGlob('a*z', 'a/b/z'));
  t.true(fitsGlob('x[!a].?', 'xb.c'));
  t.false(fitsGlob('x.c', 'xbc'));
  const { log } = await run({ 'a.md': page('A', logged('root')), 'x/a.md': page('A', logged('x')), 'x/y/a.md': page('A', logged('y')) }, { glob: '{x,x/**}' });
  t.is(log, 'x\ny\n');
});

test('a failing page does not stop the others, except with bail', async (t) => {
  const files = { 'a.md': page('A', fence('$ false')), 'b.md': page('B', logged('b')) };
  t.is((await run(files)).log, 'b\n');
  t.is((await run(files, { bail: true })).log, '');
});

test('hooks of a translation are those of the English page', async (t) => {
  t.is(englishOf('/s/website/i18n/ja/docusaurus-plugin-content-docs/current/x/y'), '/s/website/docs/x/y');
  t.is(englishOf('/s/website/docs/x'), undefined);
  const ja = 'website/i18n/ja/docusaurus-plugin-content-docs/current/x';
  const files = { [`${ja}/a.md`]: page('A', fence('$ echo a >> $LOG', 'hook=h')), 'website/docs/x/tests/hook-h.sh': hook.replaceAll(' $1', ''), 'website/docs/x/tests/hook-suite.sh': hook.replaceAll(' $1', ' suite') };
  const root = await tree(files);
  const { log, report } = await run({}, { paths: [path.join(root, ja)] });
  t.is(log, 'before suite\nbefore\na\nafter\nafter suite\n');
  t.is(report.pages[0]?.lang, 'ja');
});

test('strict: variables are added only, values of several lines are cut, too much output is a time-out', async (t) => {
  const files = {
    'a.md': page('A', fence("$ export Y=$'1\\n2' Z=3") + '\n' + fence('$ unset Z') + '\n' + fence('$ echo "$Y $Z" >> $LOG')),
    'b.md': page('B', fence('$ false | true')),
    'c.md': page('C', fence('$ head -c 1100000 /dev/zero')),
  };
  const { report, log } = await run(files, { mode: 'upstream' });
  t.is(log, '1 3\n');
  t.deepEqual(report.pages.map(({ ok }) => ok), [true, true, false]);
  t.regex(report.pages[2]?.steps[0]?.reason ?? '', /timed out/);
  const checked = await run(files);
  t.is(checked.log, '1\n2 \n');
  t.deepEqual(checked.report.pages.map(({ ok }) => ok), [true, false, true]);
});

test('strict: a page has 800 seconds, looked at between its blocks; checked it has as many as it likes', async (t) => {
  const files = { 'a.md': page('A', fence('$ true', 'wait=500') + '\n' + fence('$ true', 'wait=301') + '\n' + fence('$ true')), 'b.md': page('B', logged('b')) };
  const clock = manualClock();
  // Nothing but the pauses waits for the clock here.
  const onProgress = (line: string): void => {
    if (line.includes('waiting')) void clock.advance(501_000);
  };
  const { report, log } = await run(files, { mode: 'upstream', clock, onProgress });
  t.deepEqual(report.pages[0]?.steps.map(({ outcome }) => outcome), ['ok', 'failed', 'skipped']);
  t.is(report.pages[0]?.steps[1]?.reason, 'the page has taken more than its 800 s');
  t.is(log, 'b\n');
  t.true((await run(files, { clock, onProgress })).report.ok);
  t.false((await run(files, { clock, onProgress, pageTimeout: 900 })).report.ok);
});

test('strict: a hook gets the output of an expected error as a list', async (t) => {
  const files = { 'a.md': page('A', fence('$ echo out; echo err >&2; exit 1', 'expectError=true hook=h')), 'tests/hook-h.sh': '[ "$1" = before ] || printf %s "$TEST_OUTPUT" > $LOG\n' };
  t.is((await run(files, { mode: 'upstream' })).log, ',out\n,err\n');
  t.is((await run(files)).log, 'out\n');
});

test('stand-ins are announced, and their function sets variables', async (t) => {
  const body = fence('$ helm upgrade --install aws-load-balancer-controller eks-charts/aws-load-balancer-controller --set clusterName=$EKS_CLUSTER_NAME -n kube-system\nRelease "aws-load-balancer-controller" does not exist. Installing it now.\nNAME: aws-load-balancer-controller\nLAST DEPLOYED: [...]\nNAMESPACE: kube-system\nSTATUS: deployed\nREVISION: 1');
  const said: string[] = [];
  const root = await tree({ 'a.md': page('A', body + '\n' + fence('$ declare -F prepare-environment\n$ echo $LBC_CHART_VERSION $INBOUND_CIDRS >> $LOG')) });
  const log = path.join(root, 'log');
  for (const tool of ['aws', 'kubectl']) await fs.writeFile(path.join(root, tool), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const env = { PATH: `${root}:${process.env['PATH'] ?? ''}`, HOME: root, LOG: log };
  // No shell is handed in, so that it is made with the stand-ins; the questions about leftovers find tools that fail.
  const report = await rehearseAll({ paths: [root], env, needs: [], cwd: root, clock: systemClock, onProgress: (line) => said.push(line) });
  t.deepEqual(report.pages[0]?.steps.map(({ outcome }) => outcome), ['ok', 'ok'], runText(report));
  t.is(await fs.readFile(log, 'utf8'), '1.17.1 0.0.0.0/0\n');
  t.deepEqual(report.standIns.map((line) => line.split(':')[0]), ['helm']);
  t.true(said.some((line) => line.startsWith('  stand-in: helm: ')));
  t.is(report.leaks.unknown.length, 5);
});

test('another chart is refused in one sentence', async (t) => {
  const { report } = await run({ 'a.md': page('A', fence('$ helm install x stable/x')) }, {});
  const [step] = report.pages[0]?.steps ?? [];
  t.is(step?.outcome, 'failed');
  t.regex(step?.stderr ?? '', /^helm: nlbox stands in for the chart aws-load-balancer-controller only/);
});

const leaking = () => {
  let asked = 0;
  return (script: string): string => (script.includes('describe-load-balancers') && (asked += 1) > 1 ? '["old","k8s-ui"]' : script.includes('describe-load-balancers') ? '["old"]' : '[]');
};

test('what is left behind is named; a directory does not hold then, a page on its own does', async (t) => {
  const files = { 'a.md': page('A', fence('$ true')) };
  const { report, root } = await run(files, {}, leaking());
  t.deepEqual(leakLines(report.leaks), ['Left behind: load balancers: k8s-ui']);
  t.false(report.ok);
  const alone = await run(files, { paths: [path.join(root, 'a.md')] }, leaking());
  t.true(alone.report.ok);
  t.regex(runText(alone.report), /Left behind/);
});

test('JUnit has a case per step, with what is special escaped', async (t) => {
  const { report } = await run({ 'a.md': page("'\"A\" & <B>'", fence('$ echo "<a&b>"\nx') + '\n' + fence('$ false') + '\n' + fence('$ true')) });
  const text = runJunit(report);
  t.regex(text, /name="&quot;A&quot; &amp; &lt;B&gt; \(a\.md, en\)" tests="3" failures="2" skipped="1"/);
  t.regex(text, /name="a\.md:5 echo &quot;&lt;a&amp;b&gt;&quot;"/);
  t.regex(text, /<failure type="differs"/);
  t.regex(text, /<skipped message="the block at line 10 failed"\/>/);
});

test('samples of other years and moments pass where they are not ours', (t) => {
  const older = 'http://k8s-ui-uinlb-a9797f0f61.elb.us-west-2.amazonaws.com';
  const now = 'http://k8s-ui-uinlb-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com';
  t.deepEqual(compare(older, now, true), []);
  t.not(compare(older, now).length, 0);
  t.not(compare(older, now.replace('elb', 'alb'), true).length, 0);
  const healthy = '{\n  "TargetHealth": {\n    "State": "healthy"\n  }\n}';
  const initial = '{"TargetHealth": {"State": "initial", "Reason": "Elb.RegistrationInProgress", "Description": "Target registration is in progress"}}';
  t.deepEqual(compare(healthy, initial, true), []);
  t.not(compare(healthy, initial).length, 0);
  t.not(compare(healthy, initial.replace('initial', 'unhealthy'), true).length, 0);
  const described = 'Name:   ui\nLabels: helm.sh/chart=ui-0.0.1\n        a=b\nType:   ClusterIP\n';
  t.deepEqual(compare(described, 'Name:  ui\nLabels:  c=d\nType:  ClusterIP\n', true), []);
  t.not(compare(described, 'Name:  ui\nLabels:  c=d\nType:  NodePort\n', true).length, 0);
});
