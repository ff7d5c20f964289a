// Who may connect to a load balancer, from the ingress rules of its security groups. Pure.
import { onLoopback } from './clients.js';
import type { AllowRule } from '../dataplane/types.js';
import type { IpPermissionRecord } from '../state/security.js';
import type { LoadBalancerRecord, Reader } from '../state/types.js';

const protocols: Record<string, AllowRule['protocol']> = { tcp: 'tcp', '6': 'tcp', udp: 'udp', '17': 'udp', '-1': 'all' };

// Pods and nodes of the embedded cluster come from loopback addresses that stand for theirs.
const withTwin = (cidr: string, loopback: number | undefined): string[] => {
  const twin = loopback === undefined ? undefined : onLoopback(cidr, loopback);
  return twin === undefined || cidr.endsWith('/0') ? [cidr] : [cidr, twin];
};

const rulesOf = ({ IpProtocol, FromPort, ToPort, IpRanges = [], Ipv6Ranges = [] }: IpPermissionRecord, loopback: number | undefined): AllowRule[] => {
  const protocol = protocols[IpProtocol];
  if (protocol === undefined) return [];
  const ports = protocol === 'all' ? { fromPort: 0, toPort: 65_535 } : { fromPort: FromPort ?? 0, toPort: ToPort ?? 65_535 };
  const cidrs = [...IpRanges.flatMap(({ CidrIp }) => withTwin(CidrIp, loopback)), ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6)];
  return cidrs.map((cidr) => ({ cidr, protocol, ...ports }));
};

/**
 * undefined without security groups: open to everybody. Other groups and prefix lists as sources admit nobody, since
 * clients on a laptop belong to none. `loopback` is the second octet of the addresses that stand for the VPC's.
 */
export const allowRules = ({ SecurityGroups }: Pick<LoadBalancerRecord, 'SecurityGroups'>, read: Reader, loopback?: number): AllowRule[] | undefined =>
  SecurityGroups === undefined || SecurityGroups.length === 0
    ? undefined
    : SecurityGroups.flatMap((id) => read.get('securityGroups', id)?.IpPermissions ?? []).flatMap((rule) => rulesOf(rule, loopback));
