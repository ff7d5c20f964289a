// The embedded cluster against the recorded real one: the same kubectl steps must print the same lines.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { systemClock } from '../../emulator/clock.js';
import { silentLog } from '../../emulator/log.js';
import { startTinykube } from '../../emulator/tinykube/tinykube.js';
import { differencesWith, page } from './differences.js';

const here = path.join('test', 'transcript');

// The first in full and the next one without the steps that need running pods: what CI has time for. All of them in full:
// NLBOX_TRANSCRIPT_KUBECTL="1.30 1.33 1.36".
const asked = process.env['NLBOX_TRANSCRIPT_KUBECTL']?.split(/\s+/).filter((version) => version !== '');
const byDefault = ['1.33', '1.36', '1.30'];

const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/lib/google-cloud-sdk/bin'];

const minorOf = async (file: string): Promise<string> => {
  const { stdout } = await execa(file, ['version', '--client', '-o', 'json'], { reject: false });
  const found = /"gitVersion": "v(\d+\.\d+)\./.exec(stdout);
  return found?.[1] ?? '';
};

/** A binary of exactly this minor version: named after it, or the plain one if it happens to be it. */
const findKubectl = async (version: string): Promise<string | undefined> => {
  const named = folders.map((folder) => path.join(folder, `kubectl.${version}`)).find((file) => fs.existsSync(file));
  if (named) return named;
  const plain = folders.map((folder) => path.join(folder, 'kubectl')).find((file) => fs.existsSync(file));
  return plain && (await minorOf(plain)) === version ? plain : undefined;
};

const stepsOf = (transcript: string): Map<string, string> =>
  new Map(transcript.split(/^### /m).slice(1).map((block) => [block.split(' ')[0] ?? '', block.replace(/\nsteps=\d+\s*$/, '').trimEnd()]));

const startCluster = async (t: ExecutionContext) => {
  const stateDir = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-transcript-'));
  const loopback = 100 + Math.floor(Math.random() * 151);
  const cluster = await startTinykube({ stateDir, port: 0, anyPort: true, clusterName: 'test', contextName: 'test', region: 'us-west-2', loopback, clock: systemClock, log: silentLog });
  t.teardown(async () => {
    await cluster.close();
    fs.rmSync(stateDir, { recursive: true });
  });
  return cluster;
};

const found = await Promise.all((asked ?? byDefault).map(async (version) => ({ version, kubectl: await findKubectl(version) })));
const usable = found.filter(({ kubectl }) => kubectl !== undefined).slice(0, asked ? undefined : 2);

for (const { version } of found.filter(({ kubectl }) => kubectl === undefined)) test.skip(`NOT RUN: no kubectl ${version} on this machine`, () => {});

for (const [index, { version, kubectl }] of usable.entries()) {
  test(`kubectl ${version} prints what it printed on a real cluster, but for the kept differences`, async (t) => {
    t.timeout(400_000, 'the transcript took too long');
    const cluster = await startCluster(t);
    const all = asked !== undefined || index === 0;
    const env = { KUBECONFIG: cluster.kubeconfig, KUBECTL: kubectl ?? '', TIERS: all ? 'api ctl run' : 'api ctl', PFP: String(100 + Math.floor(Math.random() * 900)) };
    const { stdout, stderr, exitCode } = await execa('bash', [path.join(here, 'kubectl-transcript.sh')], { env, reject: false });
    t.is(exitCode, 0, stderr);
    const real = stepsOf(fs.readFileSync(path.join(here, `golden-${version}.txt`), 'utf8'));
    const ours = stepsOf(stdout);
    const kept = differencesWith(version);
    t.is(ours.size, real.size + (all ? 36 : 0), stderr);
    for (const [step, expected] of real) if (kept[step] === undefined) t.is(ours.get(step), expected, step);
    const same = Object.keys(kept).filter((step) => ours.get(step) === real.get(step));
    t.deepEqual(same, [], 'a kept difference is none any more: take it out of differences.ts');
  });
}

test('the page of differences says what the table says', (t) => {
  t.is(fs.readFileSync('emulator/docs/kubernetes-differences.md', 'utf8'), page());
});
