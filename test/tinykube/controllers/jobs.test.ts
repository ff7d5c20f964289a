// Jobs to their end, good or bad, and CronJobs by the clock.
import test from 'ava';
import { manualClock, type ManualClock } from '../../../emulator/clock.js';
import { silentLog } from '../../../emulator/log.js';
import { startCronJobs } from '../../../emulator/tinykube/controllers/cronjob.js';
import { startGarbageCollector } from '../../../emulator/tinykube/controllers/garbage.js';
import { doneIndexes, freeIndexes, rangesOf } from '../../../emulator/tinykube/controllers/job-indexes.js';
import type { CronJob, Job, Pod } from '../../../emulator/tinykube/controllers/kinds.js';
import type { Api } from '../../../emulator/tinykube/types.js';
import { events, memoryApi, startCluster, until } from '../cluster.js';

const template = (script: string, restartPolicy = 'Never') => ({ spec: { restartPolicy, containers: [{ name: 'main', image: 'busybox', command: ['sh', '-c', script] }] } });

const job = (name: string, script: string, spec: object = {}, restartPolicy?: string) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: 'default' }, spec: { template: template(script, restartPolicy), ...spec } });

const ended = (api: Api, name: string): Promise<Job> =>
  until(api, ['jobs.batch'], () => {
    const one = api.get('jobs.batch', 'default', name) as Job | undefined;
    return one?.status?.conditions?.some(({ type, status }) => ['Complete', 'Failed'].includes(type) && status === 'True') && one;
  });

const conditions = ({ status }: Job): string[] => (status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);

test('a Job runs as many pods as it wants completions, so many at once, and keeps them with their logs', async (t) => {
  const { api, nodes } = await startCluster(t);
  let most = 0;
  api.watch('pods', () => { most = Math.max(most, (api.list('pods') as Pod[]).filter(({ status }) => status?.phase !== 'Succeeded').length); });
  api.create('jobs.batch', job('three', 'echo done', { completions: 3, parallelism: 2 }));
  const over = await ended(api, 'three');
  t.deepEqual(conditions(over), ['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached']);
  t.like(over.status, { succeeded: 3 });
  t.true(most <= 2);
  const pods = api.list('pods', 'default');
  t.is(pods.length, 3);
  t.deepEqual(pods.map(({ metadata }) => nodes.logs('default', metadata.name, 'main')), ['done\n', 'done\n', 'done\n']);
  t.is(events(api, 'three').filter((text) => text.startsWith('Normal SuccessfulCreate')).length, 3);
});

test('a Job whose pods fail more often than allowed has failed', async (t) => {
  const { api } = await startCluster(t);
  api.create('jobs.batch', job('bad', 'exit 3', { backoffLimit: 0 }));
  t.deepEqual(conditions(await ended(api, 'bad')), ['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded']);
  const [pod] = api.list('pods', 'default') as Pod[];
  t.is(pod?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 3);
});

test('a suspended Job has no pods until it is let go; one with a time to live goes by itself', async (t) => {
  const { api } = await startCluster(t);
  api.create('jobs.batch', job('later', 'echo hi', { suspend: true, ttlSecondsAfterFinished: 0 }));
  await until(api, ['jobs.batch'], () => (api.get('jobs.batch', 'default', 'later') as Job).status?.conditions !== undefined || true);
  t.deepEqual(api.list('pods', 'default'), []);
  const held = api.get('jobs.batch', 'default', 'later') as Job;
  api.update('jobs.batch', { ...held, spec: { ...held.spec, suspend: false } });
  await until(api, ['jobs.batch', 'pods'], () => !api.get('jobs.batch', 'default', 'later') && api.list('pods', 'default').length === 0);
  t.pass();
});

test('pods of an indexed Job have their numbers, and it is over when each has succeeded', async (t) => {
  const { api, nodes } = await startCluster(t);
  api.create('jobs.batch', job('parts', 'echo $(JOB_COMPLETION_INDEX)', { completionMode: 'Indexed', completions: 3, parallelism: 2 }));
  const over = await ended(api, 'parts');
  t.like(over.status, { succeeded: 3, completedIndexes: '0-2' });
  const pods = (api.list('pods', 'default') as Pod[]).sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  t.deepEqual(pods.map(({ spec }) => spec.hostname), ['parts-0', 'parts-1', 'parts-2']);
  t.deepEqual(pods.map(({ metadata }) => [metadata.name.replace(/-\w+$/, ''), metadata.labels?.['batch.kubernetes.io/job-completion-index'], nodes.logs('default', metadata.name, 'main')]), [['parts-0', '0', '0\n'], ['parts-1', '1', '1\n'], ['parts-2', '2', '2\n']]);
  t.throws(() => api.create('jobs.batch', job('endless', 'true', { completionMode: 'Indexed', parallelism: 2 })), { message: /spec\.completions: Required value: when completion mode is Indexed/ });
  t.throws(() => api.create('jobs.batch', job('odd', 'true', { completionMode: 'Odd' })), { message: /spec\.completionMode: Unsupported value: "Odd": supported values: "Indexed", "NonIndexed"/ });
});

const numberedPod = (index: number, phase: string): Pod => ({ metadata: { name: `p-${index}-${phase}`, annotations: { 'batch.kubernetes.io/job-completion-index': String(index) } }, status: { phase } }) as unknown as Pod;

test('the next numbers of an indexed Job are the lowest that are neither done nor at work', (t) => {
  const indexed = { metadata: { name: 'j' }, spec: { completionMode: 'Indexed', completions: 6 } } as unknown as Job;
  const pods = [numberedPod(0, 'Succeeded'), numberedPod(1, 'Failed'), numberedPod(2, 'Running'), numberedPod(4, 'Succeeded'), numberedPod(4, 'Succeeded'), numberedPod(9, 'Succeeded')];
  t.deepEqual(freeIndexes(indexed, pods, 2), [1, 3]);
  t.is(rangesOf(doneIndexes(indexed, pods)), '0,4');
  t.is(rangesOf([0, 1, 2, 5, 7, 8]), '0-2,5,7-8');
});

const cronJob = (spec: object = {}) => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'tick', namespace: 'default' }, spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: template('true') } }, ...spec } });

/** The CronJob controller alone: Jobs end when the test says so. */
const withCron = (t: { teardown(fn: () => void): void }, spec: object = {}) => {
  const clock = manualClock(Date.UTC(2026, 0, 1, 0, 1));
  const api = memoryApi(clock);
  const context = { api, clock, log: silentLog };
  for (const running of [startCronJobs(context), startGarbageCollector(context)]) t.teardown(running.stop);
  api.create('cronjobs.batch', cronJob(spec));
  return { api, clock };
};

const names = (api: Api): string[] => api.list('jobs.batch').map(({ metadata }) => metadata.name);

const minutes = async (clock: ManualClock, count: number): Promise<void> => {
  await clock.advance(count * 60_000);
  for (let turn = 0; turn < 5; turn += 1) await clock.advance(0);
};

const finish = (api: Api, name: string, type = 'Complete'): void => {
  const found = api.get('jobs.batch', 'default', name) as Job;
  api.update('jobs.batch', { ...found, status: { conditions: [{ type, status: 'True' }], completionTime: '2026-01-01T00:06:00Z' } }, 'status');
};

const at = (minute: number): string => `tick-${Date.UTC(2026, 0, 1, 0, minute) / 60_000}`;

test('a CronJob starts a Job at each time of its schedule, says which run, and keeps the newest three', async (t) => {
  const { api, clock } = withCron(t);
  await minutes(clock, 3);
  t.deepEqual(names(api), []);
  await minutes(clock, 1);
  t.deepEqual(names(api), [at(5)]);
  const running = api.get('cronjobs.batch', 'default', 'tick') as CronJob;
  t.deepEqual(running.status?.active?.map(({ name }) => name), [at(5)]);
  t.is(running.status?.lastScheduleTime, '2026-01-01T00:05:00Z');
  for (let minute = 5; minute <= 25; minute += 5) {
    finish(api, at(minute));
    await minutes(clock, 5);
  }
  t.deepEqual(names(api), [at(15), at(20), at(25), at(30)]);
  t.like(api.get('cronjobs.batch', 'default', 'tick')?.['status'], { lastSuccessfulTime: '2026-01-01T00:06:00Z' });
  t.true(events(api, 'tick').includes(`Normal SuccessfulCreate: Created job ${at(5)}`));
  t.true(events(api, 'tick').includes(`Normal SawCompletedJob: Saw completed job: ${at(5)}, condition: Complete`));
});

test('policy Forbid waits for the running Job, Replace ends it, suspend starts none', async (t) => {
  const forbid = withCron(t, { concurrencyPolicy: 'Forbid' });
  await minutes(forbid.clock, 10);
  t.deepEqual(names(forbid.api), [at(5)]);
  finish(forbid.api, at(5));
  await minutes(forbid.clock, 1);
  t.deepEqual(names(forbid.api), [at(5), at(10)]);
  const replace = withCron(t, { concurrencyPolicy: 'Replace' });
  await minutes(replace.clock, 10);
  t.deepEqual(names(replace.api), [at(10)]);
  const suspended = withCron(t, { suspend: true });
  await minutes(suspended.clock, 10);
  t.deepEqual(names(suspended.api), []);
  t.is(suspended.clock.pending(), 0);
});

test('a schedule or time zone that nobody can read is refused', (t) => {
  t.throws(() => memoryApi().create('cronjobs.batch', cronJob({ schedule: 'every day' })), { message: /spec\.schedule: Invalid value: "every day": expected exactly 5 fields, found 2/ });
  t.throws(() => memoryApi().create('cronjobs.batch', cronJob({ timeZone: 'Mars/Base' })), { message: /spec\.timeZone: Invalid value: "Mars\/Base": unknown time zone Mars\/Base/ });
});
