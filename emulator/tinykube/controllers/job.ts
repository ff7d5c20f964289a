// The Job controller: pods until enough have succeeded or too many have failed. Models pkg/controller/job.
import { equal } from '../api/json.js';
import type { NewObject, ResourceKey } from '../types.js';
import { withCondition } from './conditions.js';
import { stopAll, type Context, type Running } from './context.js';
import { recorder, seconds, type Recorder } from './events.js';
import { freeIndexes, isIndexed, templateAt } from './job-indexes.js';
import { countFields, countsOf, endConditions, isJobOver, missingPods, verdictOf, type JobCounts, type Verdict } from './job-status.js';
import type { Job, Pod } from './kinds.js';
import { claim, controllerOf } from './owners.js';
import { podFromTemplate } from './pods.js';
import { keyOf, splitKey, workQueue, type WorkQueue } from './queue.js';
import { making, type Making } from './refusal.js';

const jobs: ResourceKey = 'jobs.batch';

/** What the next pods are made of. */
const nextPods = (job: Job, pods: readonly Pod[], count: number): NewObject[] => {
  const { metadata, spec } = job;
  if (isIndexed(job)) return freeIndexes(job, pods, count).map((index) => podFromTemplate(job, templateAt(job, index), { generateName: `${metadata.name}-${index}-` }));
  return Array.from({ length: count }, () => podFromTemplate(job, spec.template, { generateName: `${metadata.name}-` }));
};

const createPods = ({ api, refused }: Making, record: Recorder, job: Job, wanted: readonly NewObject[]): void => {
  for (const one of wanted) {
    const pod = api.create('pods', one, refused(job));
    record(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
  }
};

const deletePods = ({ api }: Context, record: Recorder, job: Job, pods: readonly Pod[]): void => {
  for (const { metadata } of pods) {
    api.delete('pods', metadata.namespace, metadata.name, { uid: metadata.uid });
    record(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${metadata.name}`);
  }
};

const writeStatus = ({ api, clock }: Context, job: Job, counts: JobCounts, verdict: Verdict | undefined): Job => {
  const now = seconds(clock.now());
  const conditions = verdict ? endConditions(verdict).reduce((list, one) => withCondition(list, one, now), job.status?.conditions ?? []) : job.status?.conditions;
  const status = {
    ...(conditions && { conditions }),
    ...(!job.spec.suspend && { startTime: job.status?.startTime ?? now }),
    ...(verdict?.type === 'Complete' && { completionTime: job.status?.completionTime ?? now }),
    ...countFields(verdict ? { ...counts, active: [] } : counts),
    uncountedTerminatedPods: {},
  };
  return equal(status, job.status) ? job : (api.update(jobs, { ...job, status }, 'status') as Job);
};

const tell = (record: Recorder, job: Job, { type, reason, message }: Verdict): void =>
  type === 'Complete' ? record(job, 'Normal', 'Completed', 'Job completed') : record(job, 'Warning', reason, message);

/** A Job that is over goes when its time to live has passed. */
const expire = ({ api, clock }: Context, job: Job): number | undefined => {
  const ttl = job.spec.ttlSecondsAfterFinished;
  if (ttl === undefined) return undefined;
  const ended = Math.max(...(job.status?.conditions ?? []).map(({ lastTransitionTime }) => Date.parse(lastTransitionTime ?? '') || 0));
  const wait = ended + ttl * 1000 - clock.now();
  if (wait > 0) return wait;
  api.delete(jobs, job.metadata.namespace, job.metadata.name, { propagationPolicy: 'Background', uid: job.metadata.uid });
  return undefined;
};

// A pod that failed is replaced after 10 s, doubling, at most ten minutes.
const backoff = (failed: number): number => Math.min(600_000, 10_000 * 2 ** (failed - 1));

/** Ms to wait before the next pod: failures slow a Job down. */
const holdOff = (pods: readonly Pod[], failed: number, now: number): number => {
  if (failed === 0) return 0;
  const ends = pods.filter(({ status }) => status?.phase === 'Failed').flatMap(({ status }) => status?.containerStatuses ?? []).map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? '') || 0);
  return Math.max(0, Math.max(0, ...ends) + backoff(failed) - now);
};

const reconcile = (context: Making, record: Recorder, key: string): number | undefined => {
  const { api, clock } = context;
  const found = api.get(jobs, ...splitKey(key)) as Job | undefined;
  if (!found || found.metadata.deletionTimestamp) return undefined;
  if (isJobOver(found)) return expire(context, found);
  const pods = (): Pod[] => claim(api, found, 'pods', found.spec.selector) as Pod[];
  const mine = pods();
  const counts = countsOf(found, mine);
  const job = writeStatus(context, found, counts, undefined);
  const verdict = verdictOf(job, counts, clock.now());
  if (verdict) {
    deletePods(context, record, job, counts.active);
    tell(record, writeStatus(context, job, counts, verdict), verdict);
    return undefined;
  }
  const missing = missingPods(job, counts);
  const wait = missing > 0 ? holdOff(mine, counts.failed, clock.now()) : 0;
  if (missing > 0 && wait === 0) createPods(context, record, job, nextPods(job, mine, missing));
  if (missing < 0) deletePods(context, record, job, counts.active.slice(missing));
  writeStatus(context, job, countsOf(job, pods()), undefined);
  const deadline = job.spec.activeDeadlineSeconds === undefined ? Infinity : Date.parse(job.status?.startTime ?? '') + job.spec.activeDeadlineSeconds * 1000 - clock.now();
  const next = Math.min(wait > 0 ? wait : Infinity, deadline);
  return next === Infinity ? undefined : next;
};

/** Starts the Job controller. */
export const startJobs = (context: Context): Running => {
  const { api, clock, log } = context;
  const record = recorder(context, 'job-controller');
  const queue: WorkQueue = workQueue({ clock, log, reconcile: (key) => reconcile(making(context, record, () => queue), record, key) });
  const stops = [
    api.watch(jobs, ({ type, object }) => {
      if (type !== 'DELETED') queue.add(keyOf(object));
    }),
    api.watch('pods', ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === 'Job') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
    }),
    queue.stop,
  ];
  for (const job of api.list(jobs)) queue.add(keyOf(job));
  return stopAll(stops);
};
