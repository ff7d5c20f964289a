// Our pages, run by the product itself in both languages: the end-to-end test that a user can run, too.
import fs from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { missingTool } from '../support/nlbox.js';
import { rehearsalHome } from '../support/rehearsal.js';

const missing = missingTool('kubectl', 'aws', 'jq', 'curl');

type Course = { title: string; pages: readonly string[]; flags: readonly string[] };

// The page of the README as a user has it; the rest in turn on one nlbox per language, without AWS's waits.
const courses: readonly Course[] = [
  { title: 'the page in en holds', pages: ['ip-mode'], flags: [] },
  { title: 'our other pages in en hold', pages: ['create', 'health', 'troubleshooting'], flags: ['--timing', 'instant'] },
  { title: 'all our pages in ko hold', pages: ['ip-mode', 'create', 'health', 'troubleshooting'], flags: ['--lang', 'ko', '--timing', 'instant'] },
];

for (const { title, pages, flags } of courses) {
  (missing ? test.skip : test)(`${title}, on an nlbox that rehearse starts and removes${missing ? ` (skipped: ${missing} is not installed)` : ''}`, async (t: ExecutionContext) => {
    t.timeout(900_000);
    const { env, args, stateDir } = await rehearsalHome(t);
    const { stdout, stderr, exitCode } = await execa(process.execPath, [...args, 'rehearse', ...pages, ...flags], { env, extendEnv: false, reject: false });
    t.is(exitCode, 0, `${stdout}\n${stderr}`);
    t.is(stdout.match(/^The page holds: \d+ ok, /gm)?.length, pages.length);
    t.false(fs.existsSync(stateDir));
  });
}
