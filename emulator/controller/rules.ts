// Security group rules one by one, so that wanted and present ones can be compared. Pure.
import type { IpPermission } from '../api/ec2/client.js';

const keyOf = ({ IpProtocol, FromPort, ToPort }: IpPermission, source: string): string => [IpProtocol, FromPort, ToPort, source].join('|');

/** One permission for each source, under a key that leaves the description out: EC2 holds no two that differ in it alone. */
export const singleRules = (permissions: readonly IpPermission[]): Map<string, IpPermission> => {
  const rules = new Map<string, IpPermission>();
  for (const { IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [], PrefixListIds = [], ...ports } of permissions) {
    for (const range of IpRanges) rules.set(keyOf(ports, range.CidrIp), { ...ports, IpRanges: [range] });
    for (const range of Ipv6Ranges) rules.set(keyOf(ports, range.CidrIpv6), { ...ports, Ipv6Ranges: [range] });
    for (const pair of UserIdGroupPairs) rules.set(keyOf(ports, pair.GroupId), { ...ports, UserIdGroupPairs: [pair] });
    for (const list of PrefixListIds) rules.set(keyOf(ports, list.PrefixListId), { ...ports, PrefixListIds: [list] });
  }
  return rules;
};

/** What only one of the two has. */
export const ruleChanges = (wanted: readonly IpPermission[], present: readonly IpPermission[]): { add: IpPermission[]; remove: IpPermission[] } => {
  const desired = singleRules(wanted);
  const actual = singleRules(present);
  return {
    add: [...desired].filter(([key]) => !actual.has(key)).map(([, rule]) => rule),
    remove: [...actual].filter(([key]) => !desired.has(key)).map(([, rule]) => rule),
  };
};

/** The description of a rule that `singleRules` gave. */
export const descriptionOf = ({ IpRanges, Ipv6Ranges, UserIdGroupPairs, PrefixListIds }: IpPermission): string | undefined =>
  [IpRanges, Ipv6Ranges, UserIdGroupPairs, PrefixListIds].find((list) => list?.length)?.[0]?.Description;

const sourceOf = ({ IpRanges, Ipv6Ranges, UserIdGroupPairs, PrefixListIds }: IpPermission): string | undefined =>
  IpRanges?.[0]?.CidrIp ?? Ipv6Ranges?.[0]?.CidrIpv6 ?? UserIdGroupPairs?.[0]?.GroupId ?? PrefixListIds?.[0]?.PrefixListId;

/** Whether one of `present` lets in all that a single rule does. */
export const isCovered = (rule: IpPermission, present: readonly IpPermission[]): boolean =>
  [...singleRules(present).values()].some((one) =>
    one.IpProtocol === rule.IpProtocol && sourceOf(one) === sourceOf(rule) && (one.FromPort ?? 0) <= (rule.FromPort ?? 0) && (one.ToPort ?? 65_535) >= (rule.ToPort ?? 65_535));
