// The CronJob controller: a Job at each time of the schedule, by the concurrency policy, and the old ones cleared away. Models pkg/controller/cronjob.
import { messageOf } from '../../errors.js';
import { equal } from '../api/json.js';
import type { ResourceKey } from '../types.js';
import { stopAll, type Context, type Running } from './context.js';
import { nextTime, parseSchedule } from './cron.js';
import { recorder, seconds, type Recorder } from './events.js';
import { isJobOver } from './job-status.js';
import type { CronJob, Job } from './kinds.js';
import { controllerOf, controllerReference } from './owners.js';
import { conditionOf } from './pods.js';
import { keyOf, splitKey, workQueue } from './queue.js';

const cronJobs: ResourceKey = 'cronjobs.batch';
const jobs: ResourceKey = 'jobs.batch';

type Cron = Context & { record: Recorder };

const jobsOf = ({ api }: Context, { metadata }: CronJob): Job[] => (api.by(jobs, 'owner', metadata.uid) as Job[]).filter((job) => controllerOf(job)?.uid === metadata.uid);

const deleteJob = ({ api, record }: Cron, owner: CronJob, { metadata }: Job): void => {
  api.delete(jobs, metadata.namespace, metadata.name, { propagationPolicy: 'Background', uid: metadata.uid });
  record(owner, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`);
};

const createdFirst = (a: Job, b: Job): number => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) || a.metadata.name.localeCompare(b.metadata.name);

const isComplete = (job: Job): boolean => conditionOf(job.status?.conditions, 'Complete')?.status === 'True';

/** Only the newest that succeeded and the newest that failed stay, so many as the CronJob says. */
const clearHistory = (cron: Cron, owner: CronJob, over: readonly Job[]): void => {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = owner.spec;
  const [good, bad] = [over.filter(isComplete), over.filter((job) => !isComplete(job))].map((list) => [...list].sort(createdFirst));
  for (const job of [...(good ?? []).slice(0, Math.max(0, (good ?? []).length - successfulJobsHistoryLimit)), ...(bad ?? []).slice(0, Math.max(0, (bad ?? []).length - failedJobsHistoryLimit))]) deleteJob(cron, owner, job);
};

const referenceTo = ({ apiVersion, kind, metadata }: Job) => ({ apiVersion, kind, name: metadata.name, namespace: metadata.namespace, uid: metadata.uid, resourceVersion: metadata.resourceVersion });

/** Tells of Jobs that have ended since, and writes which ones run. */
const followJobs = (cron: Cron, owner: CronJob, all: readonly Job[], scheduled?: number): void => {
  const listed = new Set((owner.status?.active ?? []).map(({ uid }) => uid));
  const ended = all.filter((job) => listed.has(job.metadata.uid) && isJobOver(job));
  for (const job of ended) cron.record(owner, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${isComplete(job) ? 'Complete' : 'Failed'}`);
  const done = ended.filter(isComplete).map(({ status }) => status?.completionTime ?? '').sort().at(-1);
  const active = all.filter((job) => !isJobOver(job)).sort(createdFirst).map((job) => listed.has(job.metadata.uid) ? (owner.status?.active ?? []).find(({ uid }) => uid === job.metadata.uid) : referenceTo(job));
  const { active: _old, ...rest } = owner.status ?? {};
  const status = { ...rest, ...(active.length > 0 && { active }), ...(done && { lastSuccessfulTime: done }), ...(scheduled !== undefined && { lastScheduleTime: seconds(scheduled) }) };
  if (!equal(status, owner.status ?? {})) cron.api.update(cronJobs, { ...owner, status }, 'status');
};

const jobFor = (owner: CronJob, at: number) => {
  const { metadata = {}, spec } = owner.spec.jobTemplate;
  return {
    apiVersion: 'batch/v1', kind: 'Job', spec: structuredClone(spec),
    metadata: {
      name: `${owner.metadata.name}-${at / 60_000}`,
      namespace: owner.metadata.namespace ?? 'default',
      labels: { ...metadata.labels },
      annotations: { ...metadata.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': seconds(at) },
      ownerReferences: [controllerReference(owner)],
    },
  };
};

/** Starts the Job of one time, unless the policy or a deadline says otherwise; the time counts as done with what it returns. */
const start = (cron: Cron, owner: CronJob, all: readonly Job[], at: number): boolean => {
  const { api, clock, record } = cron;
  const { concurrencyPolicy, startingDeadlineSeconds } = owner.spec;
  const active = all.filter((job) => !isJobOver(job));
  if (startingDeadlineSeconds !== undefined && clock.now() > at + startingDeadlineSeconds * 1000) {
    record(owner, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${seconds(at)}`);
    return true;
  }
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    record(owner, 'Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid');
    return false;
  }
  if (concurrencyPolicy === 'Replace') for (const job of active) deleteJob(cron, owner, job);
  const wanted = jobFor(owner, at);
  if (api.get(jobs, wanted.metadata.namespace, wanted.metadata.name)) return true;
  const refused = (error: unknown): void => record(owner, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
  record(owner, 'Normal', 'SuccessfulCreate', `Created job ${api.create(jobs, wanted, refused).metadata.name}`);
  return true;
};

/** The newest time that is due since the last one that was done, and the next after it. */
const timesOf = ({ clock }: Context, { spec, status, metadata }: CronJob): { due: number | undefined; next: number | undefined } => {
  const schedule = parseSchedule(spec.schedule);
  if (typeof schedule === 'string') return { due: undefined, next: undefined };
  let due: number | undefined;
  let next = nextTime(schedule, Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp), spec.timeZone);
  while (next !== undefined && next <= clock.now()) {
    due = next;
    next = nextTime(schedule, next, spec.timeZone);
  }
  return { due, next };
};

const reconcile = (cron: Cron, key: string): number | undefined => {
  const { api, clock } = cron;
  const get = (): CronJob | undefined => api.get(cronJobs, ...splitKey(key)) as CronJob | undefined;
  const owner = get();
  if (!owner || owner.metadata.deletionTimestamp) return undefined;
  const before = jobsOf(cron, owner);
  followJobs(cron, owner, before);
  clearHistory(cron, owner, before.filter(isJobOver));
  if (owner.spec.suspend) return undefined;
  const { due, next } = timesOf(cron, owner);
  if (due !== undefined && start(cron, owner, before, due)) followJobs(cron, get() ?? owner, jobsOf(cron, owner), due);
  return next === undefined ? undefined : next - clock.now();
};

/** Starts the CronJob controller. It wakes up at the times of the schedules only. */
export const startCronJobs = (context: Context): Running => {
  const { api, clock, log } = context;
  const cron: Cron = { ...context, record: recorder(context, 'cronjob-controller') };
  const queue = workQueue({ clock, log, reconcile: (key) => reconcile(cron, key) });
  const stops = [
    api.watch(cronJobs, ({ object }) => queue.add(keyOf(object))),
    api.watch(jobs, ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === 'CronJob') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
    }),
    queue.stop,
  ];
  for (const one of api.list(cronJobs)) queue.add(keyOf(one));
  return stopAll(stops);
};
