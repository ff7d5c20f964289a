// The arithmetic of a security group's rules, pure: check and flatten what is asked, add, take away, group again.
import ipaddr from 'ipaddr.js';
import type { IpPermissionRecord } from '../../state/security.js';
import type { SecurityGroupRecord } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { IpPermission } from './client.js';

/** One rule: a protocol, its ports, one peer. EC2 counts, adds and removes these. */
export type Rule = { IpProtocol: string; FromPort?: number; ToPort?: number; kind: 'CidrIp' | 'CidrIpv6' | 'GroupId' | 'PrefixListId'; peer: string; Description?: string };

const everythingOut: IpPermissionRecord[] = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];

/** The inbound or the outbound rules of a group; a new one lets everything out. */
export type Direction = 'IpPermissions' | 'IpPermissionsEgress';
export const permissionsIn = (group: Pick<SecurityGroupRecord, Direction>, direction: Direction): IpPermissionRecord[] => group[direction] ?? everythingOut;

// https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html: rules per security group and direction
const rulesPerGroup = 60;

const invalid = (message: string): AwsFault => new AwsFault('InvalidParameterValue', message);

const protocols: Record<string, string> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6', all: '-1' };

const protocolOf = (given: string): string => {
  const lower = given.toLowerCase();
  const name = Object.hasOwn(protocols, lower) ? (protocols[lower] as string) : lower;
  if (/^(tcp|udp|icmp|icmpv6|-1|\d{1,3})$/.test(name)) return name;
  throw invalid(`Invalid value '${given}' for IP protocol. Unknown protocol.`);
};

const portsOf = (protocol: string, { FromPort, ToPort }: IpPermission): { FromPort?: number; ToPort?: number } => {
  if (protocol !== 'tcp' && protocol !== 'udp')
    return protocol.startsWith('icmp') ? { FromPort: FromPort ?? -1, ToPort: ToPort ?? -1 } : {};
  if (FromPort === undefined || ToPort === undefined)
    throw invalid("Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.");
  if (FromPort < 0 || ToPort > 65_535 || FromPort > ToPort)
    throw invalid(`Invalid value '${FromPort}-${ToPort}' for portRange. Ports must be between 0 and 65535, the first not above the last.`);
  return { FromPort, ToPort };
};

// EC2 stores the network's first address, whatever address of it is given.
const network = (cidr: string, kind: 'ipv4' | 'ipv6'): string => {
  const malformed = invalid(`CIDR block ${cidr} is malformed`);
  const parser = kind === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  if (kind === 'ipv4' && !/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(cidr)) throw malformed;
  if (!parser.isValidCIDR(cidr)) throw malformed;
  return `${parser.networkAddressFromCIDR(cidr).toString()}/${parser.parseCIDR(cidr)[1]}`;
};

const described = (Description: string | undefined): { Description?: string } => {
  if (Description === undefined || Description === '') return {};
  if (/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(Description)) return { Description };
  throw invalid('Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*');
};

/** The single rules of `permissions`, checked and in one spelling. */
export const rulesOf = (permissions: readonly IpPermission[]): Rule[] =>
  permissions.flatMap((permission) => {
    const IpProtocol = protocolOf(permission.IpProtocol);
    const base = { IpProtocol, ...portsOf(IpProtocol, permission) };
    return [
      ...(permission.IpRanges ?? []).map((range) => ({ ...base, kind: 'CidrIp' as const, peer: network(range.CidrIp, 'ipv4'), ...described(range.Description) })),
      ...(permission.Ipv6Ranges ?? []).map((range) => ({ ...base, kind: 'CidrIpv6' as const, peer: network(range.CidrIpv6, 'ipv6'), ...described(range.Description) })),
      ...(permission.UserIdGroupPairs ?? []).map((pair) => ({ ...base, kind: 'GroupId' as const, peer: pair.GroupId, ...described(pair.Description) })),
      ...(permission.PrefixListIds ?? []).map((prefix) => ({ ...base, kind: 'PrefixListId' as const, peer: prefix.PrefixListId, ...described(prefix.Description) })),
    ];
  });

const portKey = (rule: Omit<Rule, 'kind' | 'peer'>): string => `${rule.IpProtocol}|${rule.FromPort ?? ''}|${rule.ToPort ?? ''}`;
const keyOf = (rule: Rule): string => `${portKey(rule)}|${rule.peer}`;

const duplicate = ({ IpProtocol, FromPort, ToPort, peer }: Rule): AwsFault => {
  const what = IpProtocol === '-1' ? 'ALL' : IpProtocol.toUpperCase();
  const ports = FromPort === undefined ? '' : ` from port: ${FromPort}, to port: ${ToPort},`;
  return new AwsFault('InvalidPermission.Duplicate', `the specified rule "peer: ${peer}, ${what},${ports} ALLOW" already exists`);
};

/** Rules of one protocol and port range in the form in which EC2 is asked for them. */
export const permissionOf = (rules: readonly Rule[]): IpPermissionRecord => {
  const [{ IpProtocol, FromPort, ToPort }] = rules as [Rule];
  const of = <K extends Rule['kind']>(kind: K) =>
    rules.filter((rule) => rule.kind === kind).map(({ peer, Description }) => ({ [kind]: peer, ...(Description === undefined ? {} : { Description }) }) as Record<K, string> & { Description?: string });
  const lists = { IpRanges: of('CidrIp'), Ipv6Ranges: of('CidrIpv6'), UserIdGroupPairs: of('GroupId'), PrefixListIds: of('PrefixListId') };
  return {
    IpProtocol,
    ...(FromPort === undefined || ToPort === undefined ? {} : { FromPort, ToPort }),
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
  };
};

// EC2 answers one permission per protocol and port range, with all its peers.
const grouped = (rules: readonly Rule[]): IpPermissionRecord[] => {
  const groups = new Map<string, Rule[]>();
  for (const rule of rules) groups.set(portKey(rule), [...(groups.get(portKey(rule)) ?? []), rule]);
  return [...groups.values()].map(permissionOf);
};

/** `stored` with the asked rules added; all of them or none. */
export const authorized = (stored: readonly IpPermissionRecord[], asked: readonly IpPermission[]): IpPermissionRecord[] => {
  const rules = rulesOf(stored);
  const known = new Set(rules.map(keyOf));
  const added = rulesOf(asked);
  if (new Set(added.map(keyOf)).size < added.length) throw invalid('The same permission must not appear multiple times');
  for (const rule of added) if (known.has(keyOf(rule))) throw duplicate(rule);
  if (rules.length + added.length > rulesPerGroup)
    throw new AwsFault('RulesPerSecurityGroupLimitExceeded', 'The maximum number of rules per security group has been reached.');
  return grouped([...rules, ...added]);
};

/** `stored` without the asked rules; their descriptions need not be named. */
export const revoked = (stored: readonly IpPermissionRecord[], asked: readonly IpPermission[]): IpPermissionRecord[] => {
  const rules = rulesOf(stored);
  const known = new Set(rules.map(keyOf));
  const gone = new Set(rulesOf(asked).map(keyOf));
  for (const key of gone)
    if (!known.has(key)) throw new AwsFault('InvalidPermission.NotFound', 'The specified rule does not exist in this security group.');
  return grouped(rules.filter((rule) => !gone.has(keyOf(rule))));
};
