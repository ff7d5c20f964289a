// The README is a page: its blocks are run in order, their output is compared, and its table is held against the code.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../emulator/clock.js';
import { rehearse } from '../scenarios/rehearse.js';
import { reportText } from '../scenarios/report.js';
import { withGenerated } from './support/generated.js';
import { cleanEnv, freeBlock, missingTool } from './support/nlbox.js';

const readme = fs.readFileSync('README.md', 'utf8');

test('the README says what is modelled, and what is not, as the code does', (t) => {
  t.true(readme.includes('<!-- generated:operations -->'));
  t.is(withGenerated(readme), readme, 'write it anew with `node out/test/support/write-readme.js`');
});

const missing = missingTool('kubectl', 'aws', 'jq', 'curl', 'npx');

(missing ? test.skip : test)(`every command of the README runs, and prints what it says${missing ? ` (skipped: ${missing} is not installed)` : ''}`, async (t: ExecutionContext) => {
  t.timeout(240_000);
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-readme-'));
  t.teardown(() => fs.rmSync(home, { recursive: true, force: true }));
  const page = path.join(home, 'README.md');
  fs.writeFileSync(page, `---\ntitle: README\n---\n\n${readme}`);
  const env = {
    ...cleanEnv(home),
    NLBOX_STATE_DIR: path.join(home, 'state'),
    NLBOX_PORT: '0',
    NLBOX_KUBE_PORT: '0',
    NLBOX_LOOPBACK: String(await freeBlock()),
    NLBOX_HOSTS_FILE: path.join(home, 'no-hosts-file'),
  };
  const report = await rehearse({ page, env, cwd: process.cwd(), clock: systemClock, needs: [] });
  t.true(report.ok, reportText(report));
  t.false(fs.existsSync(path.join(home, 'state')));
});
