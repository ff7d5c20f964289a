// Deployments and their relatives: defaults, the selector that must match its template, immutable fields.
import { invalidValue, required, unsupported, type Cause } from '../../status.js';
import { at, child, defaults, equal, fields, items, strings, text, type Fields } from '../json.js';
import { checkPodSpec, podSpecDefaults } from './pods.js';
import type { Rule } from './rule.js';

export const template = (draft: Fields): Fields => child(child(draft, 'spec'), 'template');

export const templateDefaults = (draft: Fields): void => {
  const pod = template(draft);
  pod.metadata ??= {};
  podSpecDefaults(child(pod, 'spec'));
};

/** A strategy that is not given, or by its type only, rolls as it would by itself. */
const updateDefaults = (draft: Fields, rolling: Fields): void => {
  const strategy = child(child(draft, 'spec'), 'updateStrategy');
  defaults(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') defaults(child(strategy, 'rollingUpdate'), rolling);
};

const expressionMatches = (expression: Fields, labels: Fields): boolean => {
  const value = labels[text(expression.key)];
  const among = value !== undefined && strings(expression.values).includes(text(value));
  if (expression.operator === 'In') return among;
  if (expression.operator === 'NotIn') return !among;
  return (expression.operator === 'Exists') === (value !== undefined);
};

/** Whether a LabelSelector selects these labels. */
export const selects = (selector: Fields, labels: Fields): boolean =>
  Object.entries(fields(selector.matchLabels)).every(([key, value]) => labels[key] === value) &&
  items(selector.matchExpressions).every((expression) => expressionMatches(expression, labels));

const checkSelector = (draft: Fields, old: Fields | undefined): Cause[] => {
  const selector = at(draft, 'spec', 'selector');
  const labels = fields(at(draft, 'spec', 'template', 'metadata', 'labels'));
  if (selector === undefined) return [required('spec.selector'), ...mismatch(labels)];
  const causes: Cause[] = [];
  const empty = Object.keys(fields(selector)).length === 0;
  if (empty) causes.push(invalidValue('spec.selector', {}, 'empty selector is invalid for deployment'));
  if (!selects(fields(selector), labels)) causes.push(...mismatch(labels));
  if (old && !equal(selector, at(old, 'spec', 'selector'))) causes.push(invalidValue('spec.selector', selector, 'field is immutable'));
  return causes;
};

const mismatch = (labels: Fields): Cause[] => [invalidValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')];

export const checkTemplate = (draft: Fields, always = true): Cause[] => {
  const spec = fields(at(draft, 'spec', 'template', 'spec'));
  const causes = checkPodSpec(spec, 'spec.template.spec');
  if (always && ['OnFailure', 'Never'].includes(text(spec.restartPolicy))) causes.push(unsupported('spec.template.spec.restartPolicy', spec.restartPolicy, ['Always']));
  return causes;
};

const checkReplicas = (draft: Fields): Cause[] => {
  const replicas = at(draft, 'spec', 'replicas');
  return typeof replicas === 'number' && replicas < 0 ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')] : [];
};

const rollingDefaults = (draft: Fields): void => {
  const strategy = child(child(draft, 'spec'), 'strategy');
  defaults(strategy, { type: 'RollingUpdate' });
  if (strategy.type !== 'RollingUpdate') return;
  strategy.rollingUpdate ??= {};
  defaults(fields(strategy.rollingUpdate), { maxSurge: '25%', maxUnavailable: '25%' });
};

const checkStrategy = (draft: Fields): Cause[] => {
  const strategy = fields(at(draft, 'spec', 'strategy'));
  const types = ['Recreate', 'RollingUpdate'];
  if (!types.includes(text(strategy.type))) return [unsupported('spec.strategy.type', strategy.type, types)];
  return strategy.type === 'Recreate' && strategy.rollingUpdate !== undefined
    ? [{ reason: 'FieldValueForbidden', message: "Forbidden: may not be specified when strategy `type` is 'Recreate'", field: 'spec.strategy.rollingUpdate' }]
    : [];
};

export const deploymentRule: Rule = {
  defaults: (draft) => {
    defaults(child(draft, 'spec'), { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
    rollingDefaults(draft);
    templateDefaults(draft);
    child(draft, 'status');
  },
  validate: (draft, old) => [...checkReplicas(draft), ...checkSelector(draft, old), ...checkTemplate(draft), ...checkStrategy(draft)],
};

export const replicaSetRule: Rule = {
  defaults: (draft) => {
    defaults(child(draft, 'spec'), { replicas: 1 });
    templateDefaults(draft);
    // The count is part of every ReplicaSet's status, also when it is zero.
    defaults(child(draft, 'status'), { replicas: 0 });
  },
  validate: (draft, old) => [...checkReplicas(draft), ...checkSelector(draft, old), ...checkTemplate(draft)],
};

export const statefulSetRule: Rule = {
  defaults: (draft) => {
    const spec = child(draft, 'spec');
    defaults(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    updateDefaults(draft, { partition: 0 });
    templateDefaults(draft);
    defaults(child(draft, 'status'), { replicas: 0, availableReplicas: 0 });
  },
  validate: (draft, old) => [...checkReplicas(draft), ...checkSelector(draft, old), ...checkTemplate(draft)],
};

const isNothing = (count: unknown): boolean => count === 0 || count === '0' || count === '0%';

/** One of the two moves a DaemonSet on, and only one. */
const checkSurge = (draft: Fields): Cause[] => {
  const rolling = fields(at(draft, 'spec', 'updateStrategy', 'rollingUpdate'));
  const field = 'spec.updateStrategy.rollingUpdate';
  if (at(draft, 'spec', 'updateStrategy', 'type') !== 'RollingUpdate' || isNothing(rolling.maxUnavailable) !== isNothing(rolling.maxSurge)) return [];
  if (isNothing(rolling.maxSurge)) return [required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')];
  return [invalidValue(`${field}.maxSurge`, rolling.maxSurge, 'may not be set when maxUnavailable is non-zero')];
};

export const daemonSetRule: Rule = {
  defaults: (draft) => {
    defaults(child(draft, 'spec'), { revisionHistoryLimit: 10 });
    updateDefaults(draft, { maxSurge: 0, maxUnavailable: 1 });
    templateDefaults(draft);
    defaults(child(draft, 'status'), { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 });
  },
  validate: (draft, old) => [...checkSelector(draft, old), ...checkTemplate(draft), ...checkSurge(draft)],
};
