// Starts all controllers of the embedded cluster.
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { Api } from '../types.js';
import { stopAll, type Context, type Running } from './context.js';
import { startCronJobs } from './cronjob.js';
import { startDaemonSets } from './daemonset.js';
import { startDeployments } from './deployment.js';
import { startEndpoints } from './endpoints.js';
import { startDisruption } from './disruption.js';
import { startEviction } from './eviction.js';
import { startGarbageCollector } from './garbage.js';
import { startJobs } from './job.js';
import { createNamespaces, startNamespaces } from './namespaces.js';
import { startReplicaSets } from './replicaset.js';
import { startScheduler } from './scheduler.js';
import { startStatefulSets } from './statefulset.js';

export type ControllerOptions = {
  clock: Clock;
  log: Log;
  clusterName: string;
  region: string;
  serviceCidr: string;
  /** The certificate that clients inside should trust, and where the API answers. */
  ca?: string;
  apiServer?: { address: string; port: number };
};

const firstAddress = (cidr: string): string => `${(cidr.split('/')[0] ?? '').split('.').slice(0, 3).join('.')}.1`;

const createKubernetesService = ({ api }: Context, serviceCidr: string): void => {
  if (api.get('services', 'default', 'kubernetes')) return;
  const address = firstAddress(serviceCidr);
  api.create('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { type: 'ClusterIP', clusterIP: address, clusterIPs: [address], ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 443 }], sessionAffinity: 'None' },
  });
};

/** The slice and the Endpoints of the API's own Service: it has no selector, the API server itself keeps them. */
const publishApiServer = ({ api }: Context, { address, port }: { address: string; port: number }): void => {
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const slice = { addressType: 'IPv4', ports, endpoints: [{ addresses: [address], conditions: { ready: true } }] };
  const labels = { 'kubernetes.io/service-name': 'kubernetes' };
  const have = api.get('endpointslices.discovery.k8s.io', 'default', 'kubernetes');
  if (have) api.update('endpointslices.discovery.k8s.io', { ...have, ...slice });
  else api.create('endpointslices.discovery.k8s.io', { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'kubernetes', namespace: 'default', labels }, ...slice });
  const old = api.get('endpoints', 'default', 'kubernetes');
  const subsets = [{ addresses: [{ ip: address }], ports }];
  const mirrored = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
  if (old) api.update('endpoints', { ...old, subsets });
  else api.create('endpoints', { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'kubernetes', namespace: 'default', labels: mirrored }, subsets });
};

/** Starts the controllers. All that they know is in the API's store, so that a restart goes on where it was. */
export const startControllers = (api: Api, options: ControllerOptions): Running => {
  const log = options.log.child({ part: 'controllers', cluster: options.clusterName });
  const context: Context = { api, clock: options.clock, log };
  createNamespaces(context, options.ca ?? '');
  createKubernetesService(context, options.serviceCidr);
  if (options.apiServer) publishApiServer(context, options.apiServer);
  // Told of a change in this order: endpoints lose a pod first, and a ReplicaSet acts before its Deployment goes on.
  const starters = [startEndpoints, startScheduler, startReplicaSets, startDeployments, startStatefulSets, startDaemonSets, startJobs, startCronJobs, startEviction, startDisruption, startGarbageCollector];
  return stopAll([...starters.map((start) => start(context).stop), startNamespaces(context, options.ca ?? '').stop]);
};
