// Service, slices, pods and nodes -> the targets that a TargetGroupBinding shall have. Pure.
import type { Condition, EndpointSlice, Endpoint as SliceEndpoint, Node, ObjectMeta, Pod, Service, ServicePort, TargetGroupBinding } from '../kube/types.js';
import { hasServerIds } from './quic.js';
import { matchesSelector } from './selector.js';

/** A wished target. `identity` also changes when a pod or node is replaced by one of the same address. */
export type Endpoint = { id: string; port: number; identity: string; pod?: Pod; quicServerId?: string };
export type Resolved = {
  endpoints: Endpoint[];
  /** `namespace/name` of pods that slices name but the cache does not show yet. */
  unseenPods: string[];
};

/** The Service or its port is not there: the targets go, the binding stays. */
export class BackendNotFound extends Error {
  constructor(why: string) {
    super(`backend not found: ${why}`);
    this.name = 'BackendNotFound';
  }
}

const bornAt = ({ creationTimestamp }: ObjectMeta): number => Date.parse(creationTimestamp);

/** The port that the binding names by number or name. */
export const servicePortOf = ({ metadata, spec }: TargetGroupBinding, service: Service | undefined): { service: Service; port: ServicePort } => {
  const { name, port: wanted } = spec.serviceRef;
  if (!service) throw new BackendNotFound(`Service "${name}" not found`);
  const port = service.spec.ports?.find((one) => one.port === wanted || (typeof wanted === 'string' && one.name === wanted));
  if (!port) throw new BackendNotFound(`unable to find port ${wanted} on service ${metadata.namespace}/${name}`);
  return { service, port };
};

const conditionOf = (conditions: Condition[] | undefined, type: string): Condition['status'] | undefined => conditions?.find((one) => one.type === type)?.status;

const excludingLabels = ['node-role.kubernetes.io/master', 'node.kubernetes.io/exclude-from-external-load-balancers', 'alpha.service-controller.kubernetes.io/exclude-balancer'];

/** Whether a node may be a target at all; readiness is another question. Cordoned nodes may. */
export const isSuitable = (node: Node, binding: TargetGroupBinding): boolean => {
  const labels = node.metadata.labels ?? {};
  const leaving = node.spec?.taints?.some(
    ({ key, effect }) => key === 'ToBeDeletedByClusterAutoscaler' || (key === 'karpenter.sh/disrupted' && effect === 'NoSchedule'));
  return (
    !leaving &&
    !excludingLabels.some((label) => label in labels) &&
    labels['eks.amazonaws.com/compute-type'] !== 'fargate' &&
    matchesSelector(binding.spec.nodeSelector, labels)
  );
};

export const readyStatus = (node: Node): Condition['status'] | undefined => conditionOf(node.status?.conditions, 'Ready');

/** The id under which EC2 knows the node. */
export const instanceIdOf = (node: Node): string => {
  const provider = node.spec?.providerID;
  if (!provider) throw new Error(`providerID is not specified for node: ${node.metadata.name}`);
  const id = provider.slice(provider.lastIndexOf('/') + 1);
  if (provider.startsWith('eks-hybrid://') && id.startsWith('mi-')) return `hybrid-${id}`;
  if (!/^i-[^/]*$/.test(id)) throw new Error(`providerID ${provider} is invalid for EC2 instances, node: ${node.metadata.name}`);
  return id;
};

/** Every suitable node, whatever the traffic policy: health checks sort them out. */
export const instanceEndpoints = (binding: TargetGroupBinding, found: Service | undefined, nodes: Node[], failOpen: boolean): Resolved => {
  const { service, port } = servicePortOf(binding, found);
  const type = service.spec.type ?? 'ClusterIP';
  if (type !== 'NodePort' && type !== 'LoadBalancer') {
    throw new Error(`service type must be either 'NodePort' or 'LoadBalancer': ${service.metadata.namespace}/${service.metadata.name}`);
  }
  const suitable = nodes.filter((node) => isSuitable(node, binding));
  const ready = suitable.filter((node) => readyStatus(node) === 'True');
  const chosen = ready.length > 0 || !failOpen ? ready : suitable.filter((node) => readyStatus(node) === 'Unknown');
  const nodePort = port.nodePort ?? 0;
  const endpoints = chosen.map((node) => {
    const id = instanceIdOf(node);
    return { id, port: nodePort, identity: `${id}:${nodePort}:${bornAt(node.metadata)}` };
  });
  return { endpoints, unseenPods: [] };
};

export type Lookups = { pod: (namespace: string, name: string) => Pod | undefined; node: (name: string) => Node | undefined; serverId: (pod: Pod) => string | undefined };

/**
 * `ready` nil counts as ready, terminating or not. A pod whose containers are ready but which is not is registered too: it may
 * be waiting for its readiness gate. With its node's state unknown it is kept for the case that nothing else is left.
 */
const gradeOf = ({ conditions }: SliceEndpoint, pod: Pod, node: Node | undefined): 'ready' | 'unknown' | 'dropped' => {
  if (conditions?.ready ?? true) return 'ready';
  if (conditionOf(pod.status?.conditions, 'ContainersReady') !== 'True') return 'dropped';
  const status = node && readyStatus(node);
  if (status === 'True') return conditions?.terminating ? 'dropped' : 'ready';
  return status === 'Unknown' ? 'unknown' : 'dropped';
};

const portsOf = (slice: EndpointSlice, { name }: ServicePort): number[] =>
  (slice.ports ?? []).filter((one) => !name || one.name === name).flatMap(({ port }) => port ?? []);

const endpointOf = (address: string, port: number, pod: Pod, quicServerId: string | undefined): Endpoint => ({
  id: address, port, pod,
  identity: [address, port, ...(quicServerId === undefined ? [] : [quicServerId]), bornAt(pod.metadata)].join(':'),
  ...(quicServerId === undefined ? {} : { quicServerId }),
});

/** The pods behind the Service's slices, each once for each of its ports; in a QUIC group those that have a server id. */
export const ipEndpoints = (binding: TargetGroupBinding, found: Service | undefined, slices: EndpointSlice[], lookups: Lookups, failOpen: boolean): Resolved => {
  const { port: servicePort } = servicePortOf(binding, found);
  const wantedType = binding.spec.ipAddressType === 'ipv6' ? 'IPv6' : 'IPv4';
  const wantsIds = hasServerIds(binding.spec.targetGroupProtocol);
  const graded = { ready: new Map<string, Endpoint>(), unknown: new Map<string, Endpoint>() };
  const unseenPods = new Set<string>();
  for (const slice of slices) {
    if (slice.addressType !== wantedType) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const { targetRef, addresses } = endpoint;
      const [address] = addresses;
      if (targetRef?.kind !== 'Pod' || !targetRef.name || !address) continue;
      const namespace = targetRef.namespace ?? binding.metadata.namespace ?? '';
      const pod = lookups.pod(namespace, targetRef.name);
      if (!pod) {
        unseenPods.add(`${namespace}/${targetRef.name}`);
        continue;
      }
      const grade = gradeOf(endpoint, pod, lookups.node(endpoint.nodeName ?? pod.spec?.nodeName ?? ''));
      if (grade === 'dropped') continue;
      const serverId = wantsIds ? lookups.serverId(pod) : undefined;
      if (wantsIds && serverId === undefined) continue;
      for (const port of portsOf(slice, servicePort)) graded[grade].set(`${address}:${port}`, endpointOf(address, port, pod, serverId));
    }
  }
  const chosen = graded.ready.size > 0 || !failOpen ? graded.ready : graded.unknown;
  return { endpoints: [...chosen.values()], unseenPods: [...unseenPods] };
};
