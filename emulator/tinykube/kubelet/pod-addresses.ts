// Who has which pod address: one look-up per new pod, however many there are.
import type { Pod } from '../controllers/kinds.js';
import { keyOf } from '../controllers/queue.js';
import { freeAddress } from './addresses.js';
import type { NodePlan } from './nodes.js';

export type PodAddresses = {
  /** The pod's address from before, or a free one of its node's subnet; undefined when there is none. */
  take(pod: Pod, node: NodePlan): string | undefined;
  /** An address that must not be given to a pod: a node's. */
  reserve(address: string): void;
  release(address: string): void;
};

/** Starts with the addresses that pods have already. */
export const podAddresses = (pods: readonly Pod[]): PodAddresses => {
  const taken = new Set(pods.flatMap(({ status, spec }) => (status?.podIP && !spec.hostNetwork ? [status.podIP] : [])));
  const nodes = new Set<string>();
  return {
    take: (pod, node) => {
      if (pod.spec.hostNetwork) return node.address;
      const address = pod.status?.podIP ?? freeAddress({ thirdOctet: node.subnet }, keyOf(pod), (one) => taken.has(one) || nodes.has(one));
      if (address !== undefined) taken.add(address);
      return address;
    },
    reserve: (address) => void nodes.add(address),
    release: (address) => void taken.delete(address),
  };
};
