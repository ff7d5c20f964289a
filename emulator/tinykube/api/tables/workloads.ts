// Rows of Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs.
import type { KubeObject } from '../../types.js';
import { at, fields, items, number, strings, text, type Fields } from '../json.js';
import { age, columns, duration, labelText, since, type Printer } from './columns.js';

const containers = (object: KubeObject): Fields[] => items(at(object, 'spec', 'template', 'spec', 'containers'));
const names = (object: KubeObject): string => containers(object).map((one) => text(one.name)).join(',');
const images = (object: KubeObject): string => containers(object).map((one) => text(one.image)).join(',');
const status = (object: KubeObject, key: string): number => number(at(object, 'status', key));
const wanted = (object: KubeObject): number => number(at(object, 'spec', 'replicas'));

const expression = (one: Fields): string => {
  const key = text(one.key);
  if (one.operator === 'Exists') return key;
  if (one.operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${text(one.operator).toLowerCase()} (${strings(one.values).sort().join(',')})`;
};

/** A LabelSelector as text: `app=web,tier in (a,b)`. */
export const selectorText = (selector: unknown): string => {
  const { matchLabels, matchExpressions } = fields(selector);
  const parts = [...(matchLabels === undefined ? [] : [labelText(matchLabels)]), ...items(matchExpressions).map(expression)];
  return parts.length > 0 ? parts.join(',') : '<none>';
};

const selector = (object: KubeObject): string => selectorText(at(object, 'spec', 'selector'));

const jobStatus = (job: KubeObject): string => {
  const has = (type: string): boolean => items(at(job, 'status', 'conditions')).some((one) => one.type === type && one.status === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating';
  return has('Suspended') ? 'Suspended' : 'Running';
};

const jobDuration = (job: KubeObject, now: number): string => {
  const [start, end] = [at(job, 'status', 'startTime'), at(job, 'status', 'completionTime')];
  if (typeof start !== 'string') return '';
  return duration(((typeof end === 'string' ? Date.parse(end) : now) - Date.parse(start)) / 1000);
};

const jobCompletions = (job: KubeObject): string => {
  const completions = at(job, 'spec', 'completions');
  const parallelism = number(at(job, 'spec', 'parallelism'));
  if (completions !== undefined) return `${status(job, 'succeeded')}/${String(completions)}`;
  return parallelism > 1 ? `${status(job, 'succeeded')}/1 of ${parallelism}` : `${status(job, 'succeeded')}/1`;
};

const cronCells = (one: KubeObject, now: number): unknown[] => {
  const spec = fields(one.spec);
  const last = at(one, 'status', 'lastScheduleTime');
  const pod = { ...one, spec: fields(at(spec, 'jobTemplate', 'spec')) };
  return [
    one.metadata.name,
    spec.schedule,
    spec.timeZone ?? '<none>',
    spec.suspend === true ? 'True' : 'False',
    items(at(one, 'status', 'active')).length,
    last === undefined ? '<none>' : since(last, now),
    age(one, now),
    names(pod),
    images(pod),
    selector(pod),
  ];
};

export const workloadPrinters: Record<string, Printer> = {
  'deployments.apps': {
    columns: columns('Name Ready Up-to-date Available Age Containers* Images* Selector*'),
    cells: (one, now) => [one.metadata.name, `${status(one, 'readyReplicas')}/${wanted(one)}`, status(one, 'updatedReplicas'), status(one, 'availableReplicas'), age(one, now), names(one), images(one), selector(one)],
  },
  'replicasets.apps': {
    columns: columns('Name Desired Current Ready Age Containers* Images* Selector*'),
    cells: (one, now) => [one.metadata.name, wanted(one), status(one, 'replicas'), status(one, 'readyReplicas'), age(one, now), names(one), images(one), selector(one)],
  },
  replicationcontrollers: {
    columns: columns('Name Desired Current Ready Age Containers* Images* Selector*'),
    cells: (one, now) => [one.metadata.name, wanted(one), status(one, 'replicas'), status(one, 'readyReplicas'), age(one, now), names(one), images(one), labelText(at(one, 'spec', 'selector'))],
  },
  'statefulsets.apps': {
    columns: columns('Name Ready Age Containers* Images*'),
    cells: (one, now) => [one.metadata.name, `${status(one, 'readyReplicas')}/${wanted(one)}`, age(one, now), names(one), images(one)],
  },
  'daemonsets.apps': {
    columns: columns('Name Desired Current Ready Up-to-date Available Node_Selector Age Containers* Images* Selector*'),
    cells: (one, now) => [
      one.metadata.name,
      status(one, 'desiredNumberScheduled'),
      status(one, 'currentNumberScheduled'),
      status(one, 'numberReady'),
      status(one, 'updatedNumberScheduled'),
      status(one, 'numberAvailable'),
      labelText(at(one, 'spec', 'template', 'spec', 'nodeSelector')),
      age(one, now),
      names(one),
      images(one),
      selector(one),
    ],
  },
  'jobs.batch': {
    columns: columns('Name Status Completions Duration Age Containers* Images* Selector*'),
    cells: (one, now) => [one.metadata.name, jobStatus(one), jobCompletions(one), jobDuration(one, now), age(one, now), names(one), images(one), selector(one)],
  },
  'cronjobs.batch': { columns: columns('Name Schedule Timezone Suspend Active Last_Schedule Age Containers* Images* Selector*'), cells: cronCells },
};
