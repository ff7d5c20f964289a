// What Kubernetes says of one Service: the object, its events, endpoints, pods and bindings.
import { createKubeClient, isNotFound, type KubeClient, type Query } from '../../kube/client.js';
import { endpointSlices, events, pods, services, targetGroupBindings, type Resource } from '../../kube/resources.js';
import type { EndpointSlice, KubeObject, Pod, Service, TargetGroupBinding } from '../../kube/types.js';
import type { EventFact, Facts } from '../diagnose/facts.js';

export type ClusterFacts = Pick<Facts, 'service' | 'neighbours' | 'events' | 'slices' | 'pods' | 'bindings'>;

type KubeEvent = KubeObject & {
  type: string; reason: string; message: string; count?: number; firstTimestamp?: string; lastTimestamp?: string; eventTime?: string;
  involvedObject: { kind: string; name: string };
};

const eventFact = ({ type, reason, message, count, firstTimestamp, lastTimestamp, eventTime, involvedObject, metadata }: KubeEvent): EventFact => ({
  at: lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp,
  type, reason, message, count: count ?? 1, about: `${involvedObject.kind} ${involvedObject.name}`,
});

// A cluster without the definition has no bindings.
const list = async <T extends KubeObject>(client: KubeClient, of: Resource, namespace: string, query?: Query): Promise<T[]> => {
  try {
    return (await client.list<T>(of, namespace, query)).items;
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
};

const selected = async (client: KubeClient, namespace: string, service: Service | undefined): Promise<Pod[]> => {
  const selector = Object.entries(service?.spec.selector ?? {}).map(([key, value]) => `${key}=${value}`).join(',');
  return selector === '' ? [] : list<Pod>(client, pods, namespace, { labelSelector: selector });
};

/** Reads with the kubeconfig of the run, as kubectl would. */
export const askCluster = async (kubeconfig: string, namespace: string, name: string): Promise<ClusterFacts> => {
  const client = await createKubeClient(kubeconfig);
  try {
    const service = await client.get<Service>(services, namespace, name);
    const [neighbours, slices, members, allBindings, allEvents] = await Promise.all([
      list<Service>(client, services, namespace),
      list<EndpointSlice>(client, endpointSlices, namespace, { labelSelector: `kubernetes.io/service-name=${name}` }),
      selected(client, namespace, service),
      list<TargetGroupBinding>(client, targetGroupBindings, namespace),
      list<KubeEvent>(client, events, namespace),
    ]);
    const bindings = allBindings.filter(({ spec, metadata }) => spec.serviceRef.name === name || metadata.labels?.['service.k8s.aws/stack-name'] === name);
    const about = new Set([`Service ${name}`, ...bindings.map(({ metadata }) => `TargetGroupBinding ${metadata.name}`)]);
    const facts = allEvents.map(eventFact).filter((one) => about.has(one.about)).sort((a, b) => a.at.localeCompare(b.at));
    return { service, neighbours: neighbours.map(({ metadata }) => metadata.name), slices, pods: members, bindings, events: facts };
  } finally {
    client.close();
  }
};
