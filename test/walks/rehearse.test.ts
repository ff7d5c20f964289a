// Our page, run by the product itself in both languages: the end-to-end test that a user can run, too.
import fs from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { missingTool } from '../support/nlbox.js';
import { rehearsalHome } from '../support/rehearsal.js';

const missing = missingTool('kubectl', 'aws', 'jq', 'curl');

for (const lang of ['en', 'ko']) {
  const title = `the page in ${lang} holds, on an nlbox that rehearse starts and removes`;
  (missing ? test.skip : test)(missing ? `${title} (skipped: ${missing} is not installed)` : title, async (t: ExecutionContext) => {
    t.timeout(300_000);
    const { env, args, stateDir } = await rehearsalHome(t);
    const { stdout, stderr, exitCode } = await execa(process.execPath, [...args, 'rehearse', 'ip-mode', '--lang', lang], { env, extendEnv: false, reject: false });
    t.is(exitCode, 0, `${stdout}\n${stderr}`);
    t.regex(stdout, /The page holds: 24 ok/);
    t.false(fs.existsSync(stateDir));
  });
}

const others = ['create', 'health', 'troubleshooting'];

for (const lang of ['en', 'ko']) {
  const title = `our other pages in ${lang} hold and leave nothing behind`;
  (missing ? test.skip : test)(missing ? `${title} (skipped: ${missing} is not installed)` : title, async (t: ExecutionContext) => {
    t.timeout(300_000);
    const { env, args, stateDir } = await rehearsalHome(t);
    const { stdout, stderr, exitCode } = await execa(process.execPath, [...args, 'rehearse', ...others, '--lang', lang, '--timing', 'instant'], { env, extendEnv: false, reject: false });
    t.is(exitCode, 0, `${stdout}\n${stderr}`);
    t.regex(stdout, /All hold: 3 of 3 pages/);
    t.false(fs.existsSync(stateDir));
  });
}
