// Kinds served in more than one built-in version: how the stored form is shown and read back.
import type { KubeObject } from '../../types.js';
import { at, fields, items, without, type Fields } from '../json.js';
import { apiVersion, type Kind } from '../kinds.js';

type View = { show(object: Fields): Fields; read(object: Fields): Fields };

// Core Event field -> events.k8s.io/v1 field.
const eventNames: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
  reportingComponent: 'reportingController',
};

const coreNames = Object.fromEntries(Object.entries(eventNames).map(([core, other]) => [other, core]));

const renamed = (object: Fields, names: Readonly<Record<string, string>>): Fields =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [names[key] ?? key, value]));

const events: View = {
  show: (object) => ({ ...renamed(object, eventNames), apiVersion: 'events.k8s.io/v1' }),
  read: (object) => ({ involvedObject: fields(object.regarding), ...renamed(object, coreNames), apiVersion: 'v1' }),
};

const isCpu = (metric: Fields): boolean => metric.type === 'Resource' && at(metric, 'resource', 'name') === 'cpu';

const cpuTarget = (percent: unknown): Fields => ({ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } } });

const showAutoscaler = (object: Fields): Fields => {
  const percent = at(items(at(object, 'spec', 'metrics')).find(isCpu), 'resource', 'target', 'averageUtilization');
  const spec = { ...without(fields(object.spec), 'metrics', 'behavior'), ...(percent === undefined ? {} : { targetCPUUtilizationPercentage: percent }) };
  const status = { currentReplicas: 0, ...without(fields(object.status), 'currentMetrics', 'conditions') };
  return { ...object, apiVersion: 'autoscaling/v1', spec, status };
};

const readAutoscaler = (object: Fields): Fields => {
  const { targetCPUUtilizationPercentage: percent, ...spec } = fields(object.spec);
  const status = without(fields(object.status), 'currentCPUUtilizationPercentage');
  return { ...object, apiVersion: 'autoscaling/v2', spec: { ...spec, ...(percent === undefined ? {} : { metrics: [cpuTarget(percent)] }) }, ...(object.status === undefined ? {} : { status }) };
};

const autoscalers: View = { show: showAutoscaler, read: readAutoscaler };

const viewOf = (kind: Kind): View | undefined => (kind.view ? (kind.group === 'events.k8s.io' ? events : autoscalers) : undefined);

/** The object as this kind's version shows it. */
export const present = (kind: Kind, object: KubeObject): KubeObject => {
  const view = viewOf(kind);
  if (view) return view.show(object) as KubeObject;
  return kind.custom && object.apiVersion !== apiVersion(kind) ? { ...object, apiVersion: apiVersion(kind) } : object;
};

/** The reverse of `present`. */
export const toStored = (kind: Kind, object: Fields): Fields => viewOf(kind)?.read(object) ?? object;
