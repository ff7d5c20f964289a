// Follows the nodes of the cluster through the Kubernetes API, as the EC2 instances that they are.
import type { Clock } from '../clock.js';
import { createKubeClient } from '../kube/client.js';
import { createInformer } from '../kube/informer.js';
import { asInstance } from '../kube/instance-id.js';
import { nodes } from '../kube/resources.js';
import type { Node } from '../kube/types.js';
import type { Log } from '../log.js';
import type { Instance } from '../state/vpc.js';

const podCidrsOf = ({ spec }: Node): string[] => spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR]);

/** Undefined for a node that has no address, and for an EKS hybrid node. A node of no cloud gets a derived id. */
export const instanceOf = (found: Node): Instance | undefined => {
  const node = asInstance(found);
  const id = node.spec?.providerID?.split('/').at(-1);
  const podCidrs = podCidrsOf(node);
  const address = node.status?.addresses?.find((one) => one.type === 'InternalIP')?.address;
  if (!id?.startsWith('i-') || address === undefined) return undefined;
  return {
    InstanceId: id,
    nodeName: node.metadata.name,
    PrivateIpAddress: address,
    AvailabilityZone: node.metadata.labels?.['topology.kubernetes.io/zone'] ?? '',
    running: node.metadata.annotations?.['nlbox.dev/stopped'] !== 'true',
    ...(podCidrs.length > 0 ? { podCidrs } : {}),
  };
};

/** Follows the nodes of the cluster into `set`; resolves when the first list is there. */
export const followNodes = async (kubeconfig: string, set: (instances: readonly Instance[]) => void, deps: { clock: Clock; log: Log }): Promise<{ stop(): Promise<void> }> => {
  const informer = createInformer<Node>({ client: await createKubeClient(kubeconfig), resource: nodes, ...deps });
  informer.on(() => set(informer.list().flatMap((node) => instanceOf(node) ?? [])));
  informer.start();
  await informer.synced;
  return { stop: () => informer.stop() };
};
