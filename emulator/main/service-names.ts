// Follows the Services of the cluster for the names of load balancers in their statuses, whichever controller wrote them.
import type { Clock } from '../clock.js';
import type { ServiceName } from '../clusters/corefile.js';
import { createKubeClient } from '../kube/client.js';
import { createInformer } from '../kube/informer.js';
import { services } from '../kube/resources.js';
import type { Service } from '../kube/types.js';
import type { Log } from '../log.js';

const ours = /\.elb\.[a-z0-9-]+\.amazonaws\.com$/;

const portsOf = ({ spec }: Service): { ports?: number[] } => {
  const ports = spec.ports ?? [];
  return ports.every(({ protocol }) => (protocol ?? 'TCP') === 'TCP') ? { ports: ports.map(({ port }) => port) } : {};
};

/** The names that a Service has been given. */
export const namesOf = (service: Service): ServiceName[] => {
  const { metadata, status } = service;
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ hostname }) =>
    hostname !== undefined && ours.test(hostname) && metadata.namespace !== undefined ? [{ name: hostname, namespace: metadata.namespace, service: metadata.name, ...portsOf(service) }] : []);
};

/** Calls `set` with all of them at the start and at each change. */
export const followServiceNames = async (kubeconfig: string, set: (names: readonly ServiceName[]) => void, deps: { clock: Clock; log: Log }): Promise<{ stop(): Promise<void> }> => {
  const informer = createInformer<Service>({ client: await createKubeClient(kubeconfig), resource: services, ...deps });
  let last: string | undefined;
  const tell = (): void => {
    if (!informer.hasSynced()) return;
    const names = informer.list().flatMap(namesOf).toSorted((a, b) => a.name.localeCompare(b.name));
    const text = JSON.stringify(names);
    if (text !== last) set(names);
    last = text;
  };
  informer.on(tell);
  informer.start();
  await informer.synced;
  tell();
  return { stop: () => informer.stop() };
};
