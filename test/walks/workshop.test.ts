// Pages built as the workshop's own load balancer chapter, in the layout of its English and its Japanese site, with its hooks.
import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import type { RunReport } from '../../scenarios/run-report.js';
import { missingTool } from '../support/nlbox.js';
import { rehearsalHome } from '../support/rehearsal.js';

const missing = missingTool('kubectl', 'aws', 'jq', 'curl', 'envsubst');
const title = 'the chapter holds in both layouts, in every block, and leaves nothing behind';
const site = 'test/scenarios/fixtures/website';
const english = `${site}/docs/fundamentals`;
const japanese = `${site}/i18n/ja/docusaurus-plugin-content-docs/current/fundamentals`;

(missing ? test.skip : test)(missing ? `${title} (skipped: ${missing} is not installed)` : title, async (t: ExecutionContext) => {
  t.timeout(300_000);
  const { home, env, args } = await rehearsalHome(t);
  const junit = path.join(home, 'report.xml');
  const { stdout, stderr, exitCode } = await execa(process.execPath, [...args, 'rehearse', english, japanese, '--timing', 'instant', '--json', '--junit', junit], { env, extendEnv: false, reject: false });
  t.is(exitCode, 0, `${stdout}\n${stderr}`);
  const report = JSON.parse(stdout) as RunReport;
  t.deepEqual(report.pages.map((page) => [page.lang, page.page]), ['en', 'ja'].flatMap((lang) => ['index', 'introduction', 'adding-lb', 'ip-mode'].map((name) => [lang, `${name}.md`])));
  t.deepEqual(report.pages.flatMap((page) => page.steps.map(({ outcome }) => outcome)), Array.from({ length: 32 }, () => 'ok' as const));
  t.deepEqual(report.pages.map((page) => page.recorded).slice(0, 4), [151_223, 36_596, 186_861, 83_515]);
  t.deepEqual(Object.values(report.leaks.found).flat(), []);
  t.deepEqual(report.leaks.unknown, []);
  t.deepEqual(new Set(report.standIns.map((line) => line.split(':')[0])), new Set(['prepare-environment', 'helm', 'uninstall-helm-chart']));
  // The Japanese pages have no hooks beside them; the English ones are called.
  t.is(stderr.match(/hook add-lb after/g)?.length, 2);
  t.is(fs.readFileSync(junit, 'utf8').match(/<testcase /g)?.length, 32);
  // kubectl and aws keep caches in folders with a dot.
  t.deepEqual(fs.readdirSync(home).filter((name) => !name.startsWith('.')).sort(), ['environment', 'report.xml']);
});
