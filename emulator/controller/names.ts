// The names of what the controller makes. Models pkg/service/model_build_*.go: the hash input has no separators.
import { createHash } from 'node:crypto';

const hex = (...parts: string[]): string => createHash('sha256').update(parts.join('')).digest('hex');
const plain = (text: string): string => text.replace(/[^0-9A-Za-z]/g, '');
const shape = (namespace: string, name: string, hash: string): string =>
  `k8s-${plain(namespace).slice(0, 8)}-${plain(name).slice(0, 8)}-${hash.slice(0, 10)}`;

export type Owner = { namespace: string; name: string; uid: string };

export const loadBalancerName = (clusterName: string, { namespace, name, uid }: Owner, scheme: string): string =>
  shape(namespace, name, hex(clusterName, uid, scheme));

export type TargetGroupNameParts = {
  port: number;
  servicePort: number;
  targetType: string;
  protocol: string;
  healthCheckProtocol: string;
  healthCheckInterval: number;
  /** Of the Service that the load balancer belongs to, where that is another one. */
  ownerUid?: string;
};

/** Also the name of the TargetGroupBinding. */
export const targetGroupName = (clusterName: string, { namespace, name, uid }: Owner, parts: TargetGroupNameParts): string =>
  shape(namespace, name, hex(
    clusterName, parts.ownerUid ?? '', uid, String(parts.port), String(parts.servicePort), parts.targetType, parts.protocol,
    parts.healthCheckProtocol, String(parts.healthCheckInterval),
  ));

export const managedSecurityGroupName = (clusterName: string, { namespace, name, uid }: Owner): string =>
  shape(namespace, name, hex(clusterName, name, namespace, uid));

/** One per cluster, shared by all its load balancers. */
export const backendSecurityGroupName = (clusterName: string): string =>
  `k8s-traffic-${plain(clusterName).slice(0, 232)}-${hex(clusterName).slice(0, 10)}`;
