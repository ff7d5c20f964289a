// `nlbox timeline NS/NAME`: what happened to a Service, in the order of time. Works for one that is gone, as long as nlbox ran.
import { UserError } from '../errors.js';
import { createKubeClient } from '../kube/client.js';
import { events, services, targetGroupBindings } from '../kube/resources.js';
import type { KubeObject, Service, TargetGroupBinding } from '../kube/types.js';
import type { Info } from '../main.js';
import { fetchHistory, fetchInfo } from './admin.js';
import { askAws } from './explain/aws.js';
import { kubeconfigOf, parseKey } from './explain/gather.js';
import { requireRun, type StateOptions } from './run-file.js';
import { joined, type ManagedField, type Moment, type TimelineFacts } from './timeline/join.js';

type KubeEvent = KubeObject & { type: string; reason: string; message: string; count?: number; firstTimestamp?: string; lastTimestamp?: string; eventTime?: string; involvedObject: { kind: string; name: string } };

const eventOf = ({ type, reason, message, count, firstTimestamp, lastTimestamp, eventTime, involvedObject, metadata }: KubeEvent): TimelineFacts['events'][number] => {
  const last = lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return { first: firstTimestamp ?? last, last, type, reason, message, count: count ?? 1, about: `${involvedObject.kind} ${involvedObject.name}` };
};

const clusterFacts = async (kubeconfig: string, { namespace, name }: { namespace: string; name: string }) => {
  const client = await createKubeClient(kubeconfig);
  try {
    const [service, bindings, all] = await Promise.all([
      client.get<Service>(services, namespace, name),
      client.list<TargetGroupBinding>(targetGroupBindings, namespace).then(({ items }) => items, () => []),
      client.list<KubeEvent>(events, namespace),
    ]);
    // A controller names a binding after its Service, so events of bindings that are gone are found by their name.
    const plain = (text: string): string => text.replace(/[^0-9A-Za-z]/g, '').slice(0, 8);
    const start = `TargetGroupBinding k8s-${plain(namespace)}-${plain(name)}-`;
    const own = bindings.filter(({ spec }) => spec.serviceRef.name === name);
    const about = new Set([`Service ${name}`, ...own.map(({ metadata }) => `TargetGroupBinding ${metadata.name}`)]);
    const facts = all.items.map(eventOf).filter((one) => about.has(one.about) || one.about.startsWith(start));
    return { service, bindings: own, facts };
  } finally {
    client.close();
  }
};

const awsResources = async (info: Info, stack: string, host: string | undefined, bound: string[]): Promise<string[]> => {
  const { loadBalancer, listeners, groups } = await askAws(info, stack, host, bound);
  return [loadBalancer?.LoadBalancerArn, ...listeners.map(({ ListenerArn }) => ListenerArn), ...groups.map(({ group }) => group.TargetGroupArn)].flatMap((arn) => arn ?? []);
};

const line = ({ at, source, what }: Moment): string => `${at.slice(11, 19)}${at.includes('.') ? at.slice(19, 23) : '    '}  ${source.padEnd(7)}  ${what}`;

/** A line per moment. */
export const timelineText = (moments: readonly Moment[]): string => moments.map(line).join('\n');

/** What is known of a Service, `NAMESPACE/NAME`; empty for one of which nothing is. */
export const timelineOf = async (key: string, options: StateOptions): Promise<Moment[]> => {
  const { namespace, name } = parseKey(key);
  const run = requireRun(options);
  const info = await fetchInfo(run);
  const { service, bindings, facts } = await clusterFacts(kubeconfigOf(info), { namespace, name });
  const stack = `${namespace}/${name}`;
  const resources = await awsResources(info, stack, service?.status?.loadBalancer?.ingress?.[0]?.hostname, bindings.flatMap(({ spec }) => spec.targetGroupARN ?? []));
  const metadata = service?.metadata as (Service['metadata'] & { managedFields?: ManagedField[] }) | undefined;
  return joined({ stack, service: metadata, events: facts, resources, history: await fetchHistory(run) });
};

export const timeline = async (key: string, options: StateOptions & { json?: boolean }): Promise<void> => {
  const moments = await timelineOf(key, options);
  if (moments.length === 0) throw new UserError(`nothing is known of the Service ${key}`, { hint: 'See `kubectl get services -A`; the history begins with the start of nlbox.' });
  process.stdout.write(`${options.json ? JSON.stringify(moments, undefined, 2) : timelineText(moments)}\n`);
};
