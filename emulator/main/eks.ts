// The running cluster as EKS describes it.
import type { ClusterFacts } from '../api/eks/service.js';
import type { Cluster } from '../clusters/types.js';

export type { ClusterFacts } from '../api/eks/service.js';

/** `v1.33.5` is version 1.33 of EKS. */
export const clusterFacts = ({ server, certificateAuthority, version }: Cluster, createdAt: number): ClusterFacts => ({
  endpoint: server,
  certificateAuthority: Buffer.from(certificateAuthority).toString('base64'),
  version: version.replace(/^v(\d+\.\d+).*$/, '$1'),
  createdAt,
});
