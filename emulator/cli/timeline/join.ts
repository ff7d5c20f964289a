// Changes of a Service, events, AWS calls and target states, joined in time. Pure.
import type { HistoryRecords } from '../../main/history.js';

/** `source` says who speaks; `what` is one line. */
export type Moment = { at: string; source: 'service' | 'event' | 'aws' | 'target'; what: string };

export type ManagedField = { manager?: string; operation?: string; time?: string; subresource?: string; fieldsV1?: Record<string, unknown> };

export type TimelineFacts = {
  stack: string;
  service: { creationTimestamp: string; deletionTimestamp?: string; managedFields?: ManagedField[] } | undefined;
  events: { first: string; last: string; type: string; reason: string; message: string; count: number; about: string }[];
  /** ARNs that are known to belong to the Service, besides those that the calls themselves name. */
  resources: string[];
  history: HistoryRecords;
};

const iso = (ms: number): string => new Date(ms).toISOString();
const nameOf = (arn: string): string => (arn.startsWith('arn:') ? (/(?:loadbalancer|listener|targetgroup)\/(?:net\/)?([^/]+)/.exec(arn)?.[1] ?? arn) : arn);

/** `f:metadata/f:annotations` and the like, in words. */
const fieldsOf = ({ fieldsV1 = {} }: ManagedField): string => {
  const words = Object.entries(fieldsV1).flatMap(([top, inner]) =>
    Object.keys((inner ?? {}) as object).filter((key) => key.startsWith('f:')).map((key) => `${top.slice(2)}.${key.slice(2)}`));
  return words.join(', ');
};

const serviceMoments = ({ service }: TimelineFacts): Moment[] => {
  if (!service) return [];
  const moments: Moment[] = [{ at: service.creationTimestamp, source: 'service', what: 'created' }];
  for (const field of service.managedFields ?? []) {
    if (field.time === undefined) continue;
    moments.push({ at: field.time, source: 'service', what: `${field.operation === 'Apply' ? 'applied' : 'changed'} by ${field.manager ?? 'somebody'}${field.subresource ? ` (${field.subresource})` : ''}: ${fieldsOf(field)}` });
  }
  if (service.deletionTimestamp) moments.push({ at: service.deletionTimestamp, source: 'service', what: 'deletion asked for' });
  return moments;
};

const eventMoments = ({ events }: TimelineFacts): Moment[] =>
  events.flatMap(({ first, last, type, reason, message, count, about }) => {
    const what = `${about}: ${type} ${reason}: ${message}`;
    if (count <= 1 || first === last) return [{ at: last, source: 'event' as const, what: count > 1 ? `${what} (${count} times)` : what }];
    return [{ at: first, source: 'event' as const, what }, { at: last, source: 'event' as const, what: `${what} (${count} times by now)` }];
  });

/** What the Service's own calls made; a group shared by all Services is not its own. */
const ownResources = ({ history, resources, stack }: TimelineFacts): Set<string> =>
  new Set([...resources, ...history.calls.filter((call) => call.stack === stack).flatMap((call) => call.resources)]);

const callMoments = (facts: TimelineFacts, own: Set<string>): Moment[] =>
  facts.history.calls
    .filter(({ stack, resources }) => (stack === undefined ? resources.some((one) => own.has(one)) : stack === facts.stack))
    .map(({ at, via, action, error, resources }) => {
      const about = [...new Set(resources.filter((one) => own.has(one) || error !== undefined).map(nameOf))].join(' ');
      return { at: iso(at), source: 'aws' as const, what: `${action}${about ? ` ${about}` : ''}${via === 'http' ? ' (over HTTP)' : ''}${error === undefined ? '' : `: ${error}`}` };
    });

const targetMoments = ({ history }: TimelineFacts, own: Set<string>): Moment[] =>
  history.health
    .filter(({ TargetGroupArn }) => own.has(TargetGroupArn))
    .map(({ at, TargetGroupArn, target, status, saw }) => ({ at: iso(at), source: 'target' as const, what: `${target} of ${nameOf(TargetGroupArn)} is ${status === 'unknown' ? 'new: not probed yet' : status}${saw === undefined ? '' : ` (${saw})`}` }));

/** Kubernetes tells time in seconds: within one, what was asked for comes before what was done about it. */
export const joined = (facts: TimelineFacts): Moment[] => {
  const own = ownResources(facts);
  const order: Record<Moment['source'], number> = { service: 0, aws: 1, target: 2, event: 3 };
  const second = ({ at }: Moment): string => at.slice(0, 19);
  return [...serviceMoments(facts), ...callMoments(facts, own), ...targetMoments(facts, own), ...eventMoments(facts)]
    .map((moment, index) => ({ moment, index }))
    .sort((a, b) => {
      const bySecond = second(a.moment).localeCompare(second(b.moment));
      if (bySecond !== 0) return bySecond;
      const precise = a.moment.at.includes('.') && b.moment.at.includes('.');
      return (precise ? a.moment.at.localeCompare(b.moment.at) : order[a.moment.source] - order[b.moment.source]) || a.index - b.index;
    })
    .map(({ moment }) => moment);
};
