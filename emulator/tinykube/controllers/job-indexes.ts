// Jobs whose pods have numbers: which are done, which are free, and what a pod finds of its own; pure. Models pkg/controller/job indexed_job_utils.
import type { Container, Job, Pod, PodTemplate } from './kinds.js';
import { isActive } from './pods.js';

const key = 'batch.kubernetes.io/job-completion-index';

export const isIndexed = (job: Job): boolean => job.spec.completionMode === 'Indexed';

const indexOf = ({ metadata }: Pod): number => Number(metadata.annotations?.[key] ?? -1);

const indexesOf = (job: Job, pods: readonly Pod[]): number[] =>
  [...new Set(pods.map(indexOf))].filter((index) => index >= 0 && index < (job.spec.completions ?? 0)).sort((a, b) => a - b);

/** Those that have succeeded. */
export const doneIndexes = (job: Job, pods: readonly Pod[]): number[] => indexesOf(job, pods.filter(({ status }) => status?.phase === 'Succeeded'));

/** The lowest ones that are neither done nor at work. */
export const freeIndexes = (job: Job, pods: readonly Pod[], count: number): number[] => {
  const taken = new Set([...doneIndexes(job, pods), ...indexesOf(job, pods.filter(isActive))]);
  return Array.from({ length: job.spec.completions ?? 0 }, (_, index) => index).filter((index) => !taken.has(index)).slice(0, count);
};

/** `0-2,5`, as `status.completedIndexes` has it. */
export const rangesOf = (indexes: readonly number[]): string => {
  const ranges: [first: number, last: number][] = [];
  for (const index of indexes) {
    const open = ranges.at(-1);
    if (open && open[1] === index - 1) open[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
};

const numbered = (container: Container): Container => ({
  ...container,
  env: [...(container.env ?? []).filter(({ name }) => name !== 'JOB_COMPLETION_INDEX'), { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${key}']` } } }],
});

/** The template of the pod with this number: it has it as label, annotation, host name and in its containers' environment. */
export const templateAt = (job: Job, index: number): PodTemplate => {
  const { metadata, spec } = job.spec.template;
  const own = { [key]: String(index) };
  return {
    ...job.spec.template,
    metadata: { ...metadata, labels: { ...metadata?.labels, ...own }, annotations: { ...metadata?.annotations, ...own } },
    spec: {
      ...spec,
      hostname: `${job.metadata.name}-${index}`,
      containers: spec.containers.map(numbered),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(numbered) }),
    },
  };
};
