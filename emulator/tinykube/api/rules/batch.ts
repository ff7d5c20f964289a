// Jobs and CronJobs: defaults, the labels that tie pods to their Job, schedules that can be read.
import { parseSchedule } from '../../controllers/cron.js';
import { invalidValue, required, unsupported, type Cause } from '../../status.js';
import { at, child, defaults, fields, text, type Fields } from '../json.js';
import { podSpecDefaults } from './pods.js';
import type { Rule } from './rule.js';
import { checkTemplate, template, templateDefaults } from './workloads.js';

const checkMode = ({ completionMode: mode = 'NonIndexed', completions }: Fields, trail: string): Cause[] => {
  if (mode !== 'NonIndexed' && mode !== 'Indexed') return [unsupported(`${trail}.completionMode`, mode, ['Indexed', 'NonIndexed'])];
  return mode === 'Indexed' && completions === undefined ? [required(`${trail}.completions`, 'when completion mode is Indexed')] : [];
};

const checkSchedule = (spec: Fields): Cause[] => {
  const problem = parseSchedule(text(spec.schedule));
  return typeof problem === 'string' ? [invalidValue('spec.schedule', spec.schedule, problem)] : [];
};

const checkZone = ({ timeZone }: Fields): Cause[] => {
  try {
    if (timeZone !== undefined) new Intl.DateTimeFormat('en-US', { timeZone: text(timeZone) });
    return [];
  } catch {
    return [invalidValue('spec.timeZone', timeZone, `unknown time zone ${text(timeZone)}`)];
  }
};

export const jobRule: Rule = {
  defaults: (draft) => {
    const spec = child(draft, 'spec');
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
    defaults(spec, { parallelism: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false, podReplacementPolicy: 'TerminatingOrFailed' });
    templateDefaults(draft);
    child(draft, 'status');
  },
  create: (draft) => {
    const metadata = child(draft, 'metadata');
    const labels = { 'batch.kubernetes.io/controller-uid': metadata.uid, 'batch.kubernetes.io/job-name': metadata.name, 'controller-uid': metadata.uid, 'job-name': metadata.name };
    const pod = child(template(draft), 'metadata');
    pod.labels = { ...fields(pod.labels), ...labels };
    defaults(child(draft, 'spec'), { selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': metadata.uid } } });
  },
  validate: (draft) => [...checkTemplate(draft, false), ...checkMode(fields(draft.spec), 'spec')],
};

export const cronJobRule: Rule = {
  defaults: (draft) => {
    const spec = child(draft, 'spec');
    defaults(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
    podSpecDefaults(child(child(child(child(spec, 'jobTemplate'), 'spec'), 'template'), 'spec'));
  },
  validate: (draft) => {
    const spec = fields(draft.spec);
    return [...checkSchedule(spec), ...checkZone(spec), ...checkMode(fields(at(spec, 'jobTemplate', 'spec')), 'spec.jobTemplate.spec')];
  },
};
