// Nodes that are no EC2 instances (kind://…, k3s://…, none at all) as if they were: a stable id derived from what they are.
import { createHash } from 'node:crypto';
import type { Node } from './types.js';

/** EC2's own and EKS hybrid nodes' provider ids stay as they are. */
const isAws = (provider: string): boolean => /^(aws|eks-hybrid):\/\//.test(provider);

/** The same node with a provider id of EC2's form, or the very node when it has one. */
export const asInstance = (node: Node): Node => {
  const given = node.spec?.providerID ?? '';
  if (isAws(given)) return node;
  const id = createHash('sha256').update(`node\n${given}\n${node.metadata.name}`).digest('hex').slice(0, 17);
  const zone = node.metadata.labels?.['topology.kubernetes.io/zone'] ?? '';
  return { ...node, spec: { ...node.spec, providerID: `aws:///${zone}/i-${id}` } };
};
