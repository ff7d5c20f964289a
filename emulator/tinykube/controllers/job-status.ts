// What a Job's pods say of it: counts, whether it is over and why; pure.
import type { Condition, Job, Pod } from './kinds.js';
import { doneIndexes, isIndexed, rangesOf } from './job-indexes.js';
import { conditionOf, isActive, isReady } from './pods.js';

/** `done` are the numbers that have succeeded, where pods have numbers. */
export type JobCounts = { active: Pod[]; succeeded: number; failed: number; done: readonly number[] | undefined };

/** Pods that count; a pod on its way out that did not succeed has failed, as for the policy TerminatingOrFailed. */
export const countsOf = (job: Job, pods: readonly Pod[]): JobCounts => {
  const done = isIndexed(job) ? doneIndexes(job, pods) : undefined;
  return {
    active: pods.filter(isActive),
    succeeded: done?.length ?? pods.filter(({ status }) => status?.phase === 'Succeeded').length,
    failed: pods.filter(({ status, metadata }) => status?.phase === 'Failed' || (metadata.deletionTimestamp !== undefined && status?.phase !== 'Succeeded')).length,
    done,
  };
};

/** Restarts of containers count as failures of pods that are restarted in place. */
const retriesOf = (job: Job, { active, failed }: JobCounts): number =>
  job.spec.template.spec.restartPolicy === 'OnFailure'
    ? active.flatMap(({ status }) => [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]).reduce((sum, one) => sum + one.restartCount, failed)
    : failed;

export type Verdict = { type: 'Complete' | 'Failed'; reason: string; message: string };

/** Whether the Job has reached its end. */
export const verdictOf = (job: Job, counts: JobCounts, now: number): Verdict | undefined => {
  const { completions, backoffLimit = 6, activeDeadlineSeconds } = job.spec;
  const since = Date.parse(job.status?.startTime ?? '');
  if (activeDeadlineSeconds !== undefined && now >= since + activeDeadlineSeconds * 1000) return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  const retries = retriesOf(job, counts);
  const spent = job.spec.template.spec.restartPolicy === 'OnFailure' ? retries > 0 && retries >= backoffLimit : retries > backoffLimit;
  if (spent) return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  const enough = completions === undefined ? counts.succeeded > 0 && counts.active.length === 0 : counts.succeeded >= completions;
  return enough ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
};

/** Pods to add now (negative: to take away). */
export const missingPods = (job: Job, { active, succeeded }: JobCounts): number => {
  const { completions, parallelism = 1, suspend } = job.spec;
  if (suspend) return -active.length;
  const left = completions === undefined ? (succeeded > 0 ? active.length : parallelism) : Math.min(parallelism, completions - succeeded);
  return left - active.length;
};

/** The end as conditions: the criterion first, then the Job itself, as since 1.31. */
export const endConditions = ({ type, reason, message }: Verdict): Condition[] => [
  { type: type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget', status: 'True', reason, message },
  { type, status: 'True', reason, message },
];

export const isJobOver = (job: Job): boolean => ['Complete', 'Failed'].some((type) => conditionOf(job.status?.conditions, type)?.status === 'True');

/** The counts as status fields, zeros left out. */
export const countFields = ({ active, succeeded, failed, done }: JobCounts): Record<string, number | string> => ({
  ...(active.length > 0 && { active: active.length }),
  ...(succeeded > 0 && { succeeded }),
  ...(failed > 0 && { failed }),
  ...(done && done.length > 0 && { completedIndexes: rangesOf(done) }),
  ready: active.filter(isReady).length,
  terminating: 0,
});
