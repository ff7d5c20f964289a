// IPv6 as AWS's control plane checks it: address types, source NAT prefixes, and which target groups and listeners go with them. No IPv6 traffic is carried.
import ipaddr from 'ipaddr.js';
import type { LoadBalancerRecord, TargetGroupRecord } from '../../state/types.js';
import type { Subnet } from '../../state/vpc.js';
import { forwardedGroups } from '../../state/indexes.js';
import type { Context } from './context.js';
import type { Mapping } from './network.js';
import { unseen } from './texts.js';

export type Family = Pick<LoadBalancerRecord, 'IpAddressType' | 'EnablePrefixForIpv6SourceNat'>;
type FamilyInput = { IpAddressType?: string | undefined; EnablePrefixForIpv6SourceNat?: string | undefined };

/** What a request asks for, over what there was; every subnet here has an IPv6 block, so dualstack is always to be had. */
export const addressFamily = (input: FamilyInput, before?: Family): Family => {
  const type = input.IpAddressType ?? before?.IpAddressType ?? 'ipv4';
  if (type !== 'ipv4' && type !== 'dualstack') throw unseen.addressTypeOfOthers(type);
  const kept = type === 'dualstack' ? before?.EnablePrefixForIpv6SourceNat : 'off';
  const prefix = (input.EnablePrefixForIpv6SourceNat ?? kept ?? 'off') === 'on' ? 'on' : 'off';
  if (prefix === 'on' && type !== 'dualstack') throw unseen.sourceNatNeedsDualstack();
  return { IpAddressType: type, EnablePrefixForIpv6SourceNat: prefix };
};

const isWithin = (address: string, { Ipv6CidrBlock }: Subnet): boolean =>
  ipaddr.IPv6.isValid(address) && ipaddr.IPv6.parse(address).match(ipaddr.IPv6.parseCIDR(Ipv6CidrBlock));

/** The IPv6 part of a subnet mapping. */
export const checkIpv6Mapping = ({ IPv6Address, SourceNatIpv6Prefix: prefix }: Mapping, subnet: Subnet, family: Family): void => {
  if (IPv6Address !== undefined) {
    if (family.IpAddressType !== 'dualstack') throw unseen.addressNeedsDualstack();
    if (!isWithin(IPv6Address, subnet)) throw unseen.addressOutside6(IPv6Address, subnet.SubnetId);
  }
  if (prefix === undefined) return;
  if (family.EnablePrefixForIpv6SourceNat !== 'on') throw unseen.sourceNatPrefixOff();
  const [address = '', length] = prefix.split('/');
  if (prefix !== 'auto_assigned' && !(length === '80' && isWithin(address, subnet))) throw unseen.sourceNatPrefix(prefix, subnet.SubnetId);
};

const isDatagram = (protocol: string): boolean => protocol === 'UDP' || protocol === 'TCP_UDP';

/** Whether a listener of this protocol may forward to these groups, by their address families. */
export const checkAddressFamily = (groups: readonly TargetGroupRecord[], protocol: string, { IpAddressType, EnablePrefixForIpv6SourceNat }: Family): void => {
  const v6 = groups.find((group) => group.IpAddressType === 'ipv6');
  if (IpAddressType !== 'dualstack') {
    if (v6) throw unseen.groupNeedsDualstack(v6.TargetGroupArn);
    return;
  }
  if (!isDatagram(protocol)) return;
  if (EnablePrefixForIpv6SourceNat !== 'on') throw unseen.udpNeedsSourceNat(protocol);
  const v4 = groups.find((group) => group.IpAddressType !== 'ipv6');
  if (v4) throw unseen.udpNeedsIpv6Group(protocol, v4.TargetGroupArn);
};

/** Whether a load balancer's listeners go with another address family. */
export const checkFamilyChange = ({ read }: Pick<Context, 'read'>, { LoadBalancerArn: arn, IpAddressType: before }: LoadBalancerRecord, family: Family): void => {
  for (const { Protocol, DefaultActions } of read.by('listeners', 'LoadBalancerArn', arn)) {
    if (family.IpAddressType === 'dualstack' && Protocol.endsWith('QUIC')) throw unseen.quicDualstack(Protocol);
    const groups = forwardedGroups(DefaultActions).flatMap((group) => read.get('targetGroups', group) ?? []);
    if (family.IpAddressType === 'ipv4' && before === 'dualstack' && groups.some((group) => group.IpAddressType === 'ipv6')) throw unseen.groupsInUse(arn);
    checkAddressFamily(groups, Protocol, family);
  }
};
