// From a Service and its pods to endpoint slices and Endpoints subsets; pure.
import type { KubeObject } from '../types.js';
import { canonical } from './hash.js';
import type { Endpoint, EndpointPort, Node, Pod, Service, ServicePort } from './kinds.js';
import { isOver, isReady } from './pods.js';

/** Endpoints that share their ports: a named target port may mean another number in another pod. */
export type Group = { ports: EndpointPort[]; endpoints: Endpoint[] };

const zoneLabel = 'topology.kubernetes.io/zone';
export const maxEndpoints = 100;

const targetOf = (pod: Pod, port: ServicePort): number | undefined => {
  const wanted = port.targetPort === undefined || port.targetPort === '' || port.targetPort === 0 ? port.port : port.targetPort;
  if (typeof wanted === 'number') return wanted;
  const protocol = port.protocol ?? 'TCP';
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find((one) => one.name === wanted && (one.protocol ?? 'TCP') === protocol)?.containerPort;
};

const portsFor = (service: Service, pod: Pod): EndpointPort[] =>
  (service.spec.ports ?? []).flatMap((port) => {
    const number = targetOf(pod, port);
    if (number === undefined) return [];
    return [{ name: port.name ?? '', protocol: port.protocol ?? 'TCP', port: number, ...(port.appProtocol && { appProtocol: port.appProtocol }) }];
  });

const hostnameOf = (service: Service, pod: Pod): string | undefined =>
  pod.spec.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;

/** One pod as an endpoint. `serving` says ready apart from going away. */
export const endpointOf = (service: Service, pod: Pod, node: Node | undefined): Endpoint => {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const hostname = hostnameOf(service, pod);
  const zone = node?.metadata.labels?.[zoneLabel];
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready, serving: serving || service.spec.publishNotReadyAddresses === true, terminating },
    ...(hostname && { hostname }),
    ...(pod.spec.nodeName && { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace ?? 'default', name: pod.metadata.name, uid: pod.metadata.uid },
    ...(zone && { zone }),
  };
};

/** The Service's pods with an address as groups of endpoints, oldest pod first. */
export const groupsOf = (service: Service, pods: readonly Pod[], nodeOf: (name: string) => Node | undefined): Group[] => {
  const groups = new Map<string, Group>();
  const listed = pods.filter((pod) => pod.status?.podIP && !isOver(pod));
  const oldestFirst = listed.sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) || a.metadata.name.localeCompare(b.metadata.name));
  for (const pod of oldestFirst) {
    const ports = portsFor(service, pod);
    const group = groups.get(canonical(ports)) ?? { ports, endpoints: [] };
    groups.set(canonical(ports), group);
    group.endpoints.push(endpointOf(service, pod, nodeOf(pod.spec.nodeName ?? '')));
  }
  return [...groups.values()];
};

/** Groups cut into slices of at most a hundred endpoints; a Service without any gets one empty slice. */
export const slicesOf = (groups: readonly Group[]): Group[] => {
  const slices = groups.flatMap(({ ports, endpoints }) =>
    Array.from({ length: Math.ceil(endpoints.length / maxEndpoints) }, (_, index) => ({
      ports,
      endpoints: endpoints.slice(index * maxEndpoints, (index + 1) * maxEndpoints),
    })),
  );
  return slices.length > 0 ? slices : [{ ports: [], endpoints: [] }];
};

const addressOf = (endpoint: Endpoint): object => ({
  ip: endpoint.addresses[0],
  ...(endpoint.hostname && { hostname: endpoint.hostname }),
  ...(endpoint.nodeName && { nodeName: endpoint.nodeName }),
  ...(endpoint.targetRef && { targetRef: endpoint.targetRef }),
});

const endpointsPort = ({ name, ...port }: EndpointPort): object => ({ ...(name && { name }), ...port });

/** The same as the subsets of an Endpoints object, which does not know of terminating pods. */
export const subsetsOf = (groups: readonly Group[]): object[] =>
  groups.flatMap(({ ports, endpoints }) => {
    const listed = endpoints.filter((endpoint) => endpoint.conditions?.ready || !endpoint.conditions?.terminating);
    if (listed.length === 0) return [];
    const addresses = listed.filter((endpoint) => endpoint.conditions?.ready).map(addressOf);
    const notReadyAddresses = listed.filter((endpoint) => !endpoint.conditions?.ready).map(addressOf);
    return [{
      ...(addresses.length > 0 && { addresses }),
      ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
      ...(ports.length > 0 && { ports: ports.map(endpointsPort) }),
    }];
  });

/** A Service's labels and those that say who manages the object. */
export const labelsFor = (service: KubeObject & Service, own: Record<string, string>): Record<string, string> => ({
  ...service.metadata.labels,
  ...(service.spec.clusterIP === 'None' && { 'service.kubernetes.io/headless': '' }),
  ...own,
});
