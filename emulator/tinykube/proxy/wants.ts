// What the proxy should listen on for a Service: its node ports on every node, its cluster address, its health check port; pure.
import type { Service, ServicePort } from '../controllers/kinds.js';
import { projectService } from '../kubelet/addresses.js';
import type { NodePlan } from '../kubelet/nodes.js';

/** One listener. `node` is set for those of a node; `servicePort` is missing for the health check port, which answers itself. */
export type Want = { id: string; host: string; port: number; udp: boolean; node?: NodePlan; servicePort?: ServicePort };

export const isLocal = (service: Service): boolean => service.spec.externalTrafficPolicy === 'Local';

export const isLocalInside = (service: Service): boolean => service.spec.internalTrafficPolicy === 'Local';

const exposed = new Set(['NodePort', 'LoadBalancer']);

const carried = (service: Service): ServicePort[] => (service.spec.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP' || protocol === 'UDP');

/** What a TCP listener is known by. */
export const tcpId = ({ host, port }: { host: string; port: number }): string => `${host}:${port}/tcp`;

const wantOf = (host: string, port: number, servicePort: ServicePort, node?: NodePlan): Want => {
  const udp = servicePort.protocol === 'UDP';
  return { id: udp ? `${host}:${port}/udp` : tcpId({ host, port }), host, port, udp, servicePort, ...(node && { node }) };
};

const nodePorts = (service: Service, nodes: readonly NodePlan[]): Want[] =>
  exposed.has(service.spec.type ?? '')
    ? carried(service).flatMap((port) => (port.nodePort ? nodes.map((node) => wantOf(node.listen, port.nodePort ?? 0, port, node)) : []))
    : [];

const clusterPorts = (service: Service, loopback: number): Want[] => {
  const { clusterIP = '', type } = service.spec;
  return clusterIP === '' || clusterIP === 'None' || type === 'ExternalName' ? [] : carried(service).map((port) => wantOf(projectService(loopback, clusterIP), port.port, port));
};

const healthPorts = (service: Service, nodes: readonly NodePlan[]): Want[] => {
  const port = isLocal(service) ? service.spec.healthCheckNodePort : undefined;
  return port === undefined ? [] : nodes.map((node) => ({ id: `${node.listen}:${port}/health`, host: node.listen, port, udp: false, node }));
};

/** All of a Service's listeners. Without a pod to forward to a port refuses, so that a TCP health check fails as it should. */
export const wantsOf = (service: Service, at: { nodes: readonly NodePlan[]; loopback: number; served(want: Want): boolean }): Want[] => [
  ...[...nodePorts(service, at.nodes), ...clusterPorts(service, at.loopback)].filter(at.served),
  ...healthPorts(service, at.nodes),
];
