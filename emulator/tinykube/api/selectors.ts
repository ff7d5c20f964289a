// Label and field selectors: parsing as the server does, with its messages, and matching.
import { badRequest } from '../status.js';
import type { KubeObject } from '../types.js';
import { at } from './json.js';

export type Matcher = (object: KubeObject) => boolean;

type Requirement = { key: string; operator: 'exists' | 'absent' | 'in' | 'notin'; values: string[] };

const unexpected = (found: string, expected: string): Error =>
  badRequest(`unable to parse requirement: found '${found}', expected: ${expected}`);

const tokens = (selector: string): string[] => selector.match(/[A-Za-z0-9_./-]+|==|!=|[=!(),<>]|\S/g) ?? [];

const isWord = (token: string | undefined): token is string => token !== undefined && /^[A-Za-z0-9_./-]+$/.test(token);

/** Values between parentheses; leaves `rest` behind the closing one. */
const takeSet = (rest: string[]): string[] => {
  const opening = rest.shift();
  if (opening !== '(') throw unexpected(opening ?? '', "'('");
  const values: string[] = [];
  for (let token = rest.shift(); token !== ')'; token = rest.shift()) {
    if (isWord(token)) values.push(token);
    else if (token === ',') values.push(...(rest[0] === ',' || rest[0] === ')' ? [''] : []));
    else throw unexpected(token ?? '', "',', ')' or identifier");
  }
  return values;
};

const takeRequirement = (rest: string[]): Requirement => {
  const negated = rest[0] === '!' ? rest.shift() !== undefined : false;
  const key = rest.shift();
  if (!isWord(key)) throw unexpected(key ?? '', 'identifier');
  if (negated) return { key, operator: 'absent', values: [] };
  const operator = rest[0];
  if (operator === undefined || operator === ',') return { key, operator: 'exists', values: [] };
  rest.shift();
  if (operator === 'in' || operator === 'notin') return { key, operator, values: takeSet(rest) };
  if (operator !== '=' && operator !== '==' && operator !== '!=') {
    throw unexpected(operator, "in, notin, =, ==, !=, gt, lt");
  }
  const value = isWord(rest[0]) ? (rest.shift() as string) : '';
  return { key, operator: operator === '!=' ? 'notin' : 'in', values: [value] };
};

const satisfies = ({ key, operator, values }: Requirement, labels: Record<string, string>): boolean => {
  const value = labels[key];
  if (operator === 'exists') return value !== undefined;
  if (operator === 'absent') return value === undefined;
  const among = value !== undefined && values.includes(value);
  return operator === 'in' ? among : !among;
};

/** `a=b,c!=d,e in (f,g),!h` as a test of labels. */
export const labelSelector = (selector: string): ((labels: Record<string, string>) => boolean) => {
  const rest = tokens(selector);
  const requirements: Requirement[] = [];
  while (rest.length > 0) {
    requirements.push(takeRequirement(rest));
    const comma = rest.shift();
    if (comma !== undefined && comma !== ',') throw unexpected(comma, "',' or 'end of string'");
  }
  return (labels) => requirements.every((requirement) => satisfies(requirement, labels));
};

const everywhere = ['metadata.name', 'metadata.namespace'];
const byResource: Record<string, readonly string[]> = {
  pods: ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'spec.hostNetwork', 'status.phase', 'status.podIP', 'status.nominatedNodeName'],
  events: [
    ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map((field) => `involvedObject.${field}`),
    ...['reason', 'reportingComponent', 'source', 'type'],
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  secrets: ['type'],
  services: ['spec.clusterIP', 'spec.type'],
  'replicasets.apps': ['status.replicas'],
  'jobs.batch': ['status.successful'],
};

const fieldValue = (object: KubeObject, field: string): string => {
  if (field === 'source') return String(at(object, 'source', 'component') ?? at(object, 'reportingComponent') ?? '');
  const value = at(object, ...field.split('.'));
  return value === undefined || value === null ? (field === 'spec.unschedulable' || field === 'spec.hostNetwork' ? 'false' : '') : String(value);
};

const fieldRequirement = (resource: string, part: string, selectable: readonly string[]): Matcher => {
  const found = /^([^=!]*)(!=|==|=)(.*)$/.exec(part);
  if (!found) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
  const [, field = '', operator, value] = found;
  if (![...everywhere, ...(byResource[resource] ?? []), ...selectable].includes(field)) {
    throw badRequest(`field label not supported: ${field}`);
  }
  return (object) => (fieldValue(object, field) === value) === (operator !== '!=');
};

/** `metadata.name=x,status.phase!=Failed` as a test of objects. */
export const fieldSelector = (resource: string, selector: string, selectable: readonly string[] = []): Matcher => {
  const parts = selector.split(',').filter((part) => part !== '').map((part) => fieldRequirement(resource, part, selectable));
  return (object) => parts.every((part) => part(object));
};

/** Both selectors of a query; undefined when there is none. */
export const matcherOf = (resource: string, labels: string | null, field: string | null): Matcher | undefined => {
  if (!labels && !field) return undefined;
  const byLabels = labelSelector(labels ?? '');
  const byFields = fieldSelector(resource, field ?? '');
  return (object) => byLabels(object.metadata.labels ?? {}) && byFields(object);
};
