// Which pod and port a port-forward goes to for an address and port: the pod that has the address, or one behind the node port. Pure, but for the asking.
import { failure, type Ran, type Run } from './run.js';

export type ForwardTarget = { namespace: string; pod: string; port: number };

type PodJson = { metadata: { name: string; namespace: string; labels?: Record<string, string> }; status?: { phase?: string } };

/**
 * The pod that stands for an address. A node's address belongs to its pods on the host network; kube-proxy is the one
 * that runs on every node, and what it sees as localhost is the node's, NodePorts included.
 */
export const podFor = (json: string): { namespace: string; name: string } | undefined => {
  const running = (JSON.parse(json) as { items: PodJson[] }).items.filter(({ status }) => status?.phase === 'Running');
  const chosen = running.find(({ metadata }) => metadata.labels?.['k8s-app'] === 'kube-proxy') ?? running[0];
  return chosen && { namespace: chosen.metadata.namespace, name: chosen.metadata.name };
};

type ServiceJson = { metadata: { name: string; namespace: string }; spec: { externalTrafficPolicy?: string; ports?: { name?: string; nodePort?: number; protocol?: string }[] } };

/** The Service of a node port, the name of its port, and whether only pods of the node itself count. */
export const serviceFor = (json: string, nodePort: number): { namespace: string; name: string; portName: string; local: boolean } | undefined => {
  for (const { metadata, spec } of (JSON.parse(json) as { items: ServiceJson[] }).items) {
    const port = spec.ports?.find((one) => one.nodePort === nodePort && (one.protocol ?? 'TCP') === 'TCP');
    if (port) return { namespace: metadata.namespace, name: metadata.name, portName: port.name ?? '', local: spec.externalTrafficPolicy === 'Local' };
  }
  return undefined;
};

type SliceJson = { ports?: { name?: string; port?: number }[]; endpoints?: { conditions?: { ready?: boolean }; nodeName?: string; targetRef?: { kind?: string; name?: string; namespace?: string } }[] };

/** The pods behind a Service's port that are ready, those of one node only when `node` is given. */
export const backendsFor = (json: string, portName: string, node?: string): ForwardTarget[] =>
  (JSON.parse(json) as { items: SliceJson[] }).items.flatMap(({ ports = [], endpoints = [] }) => {
    const port = ports.find(({ name }) => (name ?? '') === portName)?.port;
    return endpoints.flatMap(({ conditions, nodeName, targetRef }) => {
      const counts = conditions?.ready !== false && (node === undefined || nodeName === node);
      return counts && port !== undefined && targetRef?.kind === 'Pod' && targetRef.name !== undefined && targetRef.namespace !== undefined
        ? [{ namespace: targetRef.namespace, pod: targetRef.name, port }]
        : [];
    });
  });

// The nodes of one port share its pods out among them.
const shareOf = (address: string): number => address.split('.').reduce((sum, part) => sum + Number(part), 0);

const refused = (text: string, code: string): Error => Object.assign(new Error(text), { code });

export type TargetFinder = (address: string, port: number) => Promise<ForwardTarget>;

/** `nodeAt` names the node of an address, undefined for an address that is a pod's. */
export const createTargetFinder = (kubeconfig: string, execute: Run, nodeAt: (address: string) => string | undefined): TargetFinder => {
  const get = async (sentence: string, ...args: string[]): Promise<string> => {
    const ran: Ran = await execute('kubectl', ['--kubeconfig', kubeconfig, 'get', ...args, '-o', 'json']);
    if (!ran.ok) throw failure(sentence, ran);
    return ran.stdout;
  };
  // Where no pod is on the host network (k3s runs kube-proxy in its own process) a pod of the Service stands in for the node.
  const behindNode = async (node: string, address: string, port: number): Promise<ForwardTarget> => {
    const service = serviceFor(await get('the Services cannot be asked for', 'services', '-A'), port);
    if (!service) throw refused(`no Service has the node port ${port}`, 'ECONNREFUSED');
    const slices = await get('the endpoints cannot be asked for', 'endpointslices', '-n', service.namespace, '-l', `kubernetes.io/service-name=${service.name}`);
    const backends = backendsFor(slices, service.portName, service.local ? node : undefined);
    const chosen = backends[shareOf(address) % (backends.length || 1)];
    if (!chosen) throw refused(`the Service ${service.namespace}/${service.name} has no ready pods${service.local ? ` on ${node}` : ''}`, 'ECONNREFUSED');
    return chosen;
  };
  return async (address, port) => {
    const pod = podFor(await get(`the pod at ${address} cannot be asked for`, 'pods', '-A', '--field-selector', `status.podIP=${address}`));
    if (pod) return { namespace: pod.namespace, pod: pod.name, port };
    const node = nodeAt(address);
    if (node === undefined) throw refused(`no running pod has the address ${address}`, 'EHOSTUNREACH');
    return behindNode(node, address, port);
  };
};
