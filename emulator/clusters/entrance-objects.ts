// Services without pods that lead to this machine, pure: what a name of a load balancer is rewritten to inside a cluster.
import { createHash } from 'node:crypto';
import type { ServiceName } from './corefile.js';

/** Everything of ours in the cluster is in it, and goes with it. */
export const entranceNamespace = 'nlbox-names';

/** A port of a load balancer, and the one of this machine that leads there. */
export type Door = { port: number; local: number };

/** The Service that stands for a load balancer: the same for the same name. */
export const entranceOf = (name: string): string => `lb-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;

/** Where a name leads: to its entrance where there are doors, else to its own Service. */
export const leadOf = (one: ServiceName, doors: readonly Door[] | undefined): ServiceName =>
  doors === undefined ? one : { name: one.name, namespace: entranceNamespace, service: entranceOf(one.name) };

const objectsOf = (address: string, name: string, doors: readonly Door[]): object[] => {
  const metadata = { name: entranceOf(name), namespace: entranceNamespace, annotations: { 'nlbox.dev/load-balancer': name } };
  const portName = ({ port }: Door): string => `tcp-${port}`;
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: doors.map((door) => ({ name: portName(door), port: door.port, protocol: 'TCP' })) } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': metadata.name, 'endpointslice.kubernetes.io/managed-by': 'nlbox.dev' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
      ports: doors.map((door) => ({ name: portName(door), port: door.local, protocol: 'TCP' })),
    },
  ];
};

/** What `kubectl apply` is given: the namespace, and two objects for each load balancer. */
export const entranceList = (address: string, doors: ReadonlyMap<string, readonly Door[]>): object => ({
  apiVersion: 'v1',
  kind: 'List',
  items: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: entranceNamespace } }, ...[...doors].flatMap(([name, open]) => objectsOf(address, name, open))],
});
