// Who may connect to a load balancer, from the ingress rules of its security groups. Pure.
import type { AllowRule } from '../dataplane/types.js';
import type { IpPermissionRecord } from '../state/security.js';
import type { LoadBalancerRecord, Reader } from '../state/types.js';

const protocols: Record<string, AllowRule['protocol']> = { tcp: 'tcp', '6': 'tcp', udp: 'udp', '17': 'udp', '-1': 'all' };

const rulesOf = ({ IpProtocol, FromPort, ToPort, IpRanges = [], Ipv6Ranges = [] }: IpPermissionRecord): AllowRule[] => {
  const protocol = protocols[IpProtocol];
  if (protocol === undefined) return [];
  const ports = protocol === 'all' ? { fromPort: 0, toPort: 65_535 } : { fromPort: FromPort ?? 0, toPort: ToPort ?? 65_535 };
  const cidrs = [...IpRanges.map(({ CidrIp }) => CidrIp), ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6)];
  return cidrs.map((cidr) => ({ cidr, protocol, ...ports }));
};

/**
 * undefined without security groups: open to everybody. Other groups and prefix lists as sources admit nobody, since
 * clients on a laptop belong to none.
 */
export const allowRules = ({ SecurityGroups }: Pick<LoadBalancerRecord, 'SecurityGroups'>, read: Reader): AllowRule[] | undefined =>
  SecurityGroups === undefined || SecurityGroups.length === 0
    ? undefined
    : SecurityGroups.flatMap((id) => read.get('securityGroups', id)?.IpPermissions ?? []).flatMap(rulesOf);
