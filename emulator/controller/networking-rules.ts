// What the networking of all bindings together asks of each target security group: one range of ports for each source group. Pure.
import type { IpPermission } from '../api/ec2/client.js';
import type { IntOrString, NetworkingPeer, NetworkingRule, Pod } from '../kube/types.js';
import type { Endpoint } from './endpoints.js';

/** The mark of rules that are ours to take away. */
export const sharedDescription = 'elbv2.k8s.aws/targetGroupBinding=shared';

export type Span = { from: number; to: number };
/** `slot` names what is merged: rules of one source group are, rules of CIDRs never. */
export type WantedRule = Span & { slot: string; protocol: 'tcp' | 'udp'; peer: NetworkingPeer };

/** A target and the security group in front of it. */
export type Guarded = { endpoint: Endpoint; group: string };

const named = (pod: Pod | undefined, port: string): number => {
  const found = pod?.spec?.containers?.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === port);
  if (!found) throw new Error(`unable to find port ${port} on pod ${pod?.metadata.namespace}/${pod?.metadata.name}`);
  return found.containerPort;
};

const spanOf = (port: IntOrString | undefined, { pod }: Endpoint): Span => {
  if (port === undefined) return { from: 0, to: 65_535 };
  if (typeof port === 'number') return { from: port, to: port };
  if (!pod) throw new Error(`port ${port} of an instance target must be a number`);
  const number = named(pod, port);
  return { from: number, to: number };
};

const slotOf = (protocol: string, peer: NetworkingPeer, { from, to }: Span): string => {
  if ('securityGroup' in peer) return `${protocol}|${peer.securityGroup.groupID}`;
  if (!('ipBlock' in peer)) throw new Error('either ipBlock or securityGroup should be specified');
  return `${protocol}|${peer.ipBlock.cidr}|${from}|${to}`;
};

/** Group -> rules that one binding asks of it; an equal rule of several targets comes once. */
export const rulesOf = (networking: readonly NetworkingRule[], guarded: readonly Guarded[]): Map<string, WantedRule[]> => {
  const found = new Map<string, Map<string, WantedRule>>();
  for (const { endpoint, group } of guarded) {
    const rules = found.get(group) ?? new Map<string, WantedRule>();
    found.set(group, rules);
    for (const { from: peers, ports } of networking) {
      for (const { protocol = 'TCP', port } of ports) {
        const span = spanOf(port, endpoint);
        const low = protocol === 'UDP' ? 'udp' : 'tcp';
        for (const peer of peers) rules.set(`${slotOf(low, peer, span)}|${span.from}|${span.to}`, { ...span, slot: slotOf(low, peer, span), protocol: low, peer });
      }
    }
  }
  return new Map([...found].map(([group, rules]) => [group, [...rules.values()]]));
};

const permissionOf = ({ protocol, from, to, peer }: WantedRule): IpPermission => {
  const base = { IpProtocol: protocol, FromPort: from, ToPort: to };
  const Description = sharedDescription;
  if ('securityGroup' in peer) return { ...base, UserIdGroupPairs: [{ GroupId: peer.securityGroup.groupID, Description }] };
  const { cidr } = peer.ipBlock;
  return cidr.includes(':') ? { ...base, Ipv6Ranges: [{ CidrIpv6: cidr, Description }] } : { ...base, IpRanges: [{ CidrIp: cidr, Description }] };
};

const union = (spans: Iterable<Span>): Span => {
  let [from, to] = [Infinity, -Infinity];
  for (const span of spans) [from, to] = [Math.min(from, span.from), Math.max(to, span.to)];
  return { from, to };
};

type Slot = { rule: WantedRule; spans: Map<string, Span> };
type Slots = Map<string, Slot>;

const giveBack = (slots: Slots, binding: string, { slot: name }: WantedRule): void => {
  const slot = slots.get(name);
  const gone = slot?.spans.get(binding);
  if (!slot || !gone) return;
  slot.spans.delete(binding);
  if (slot.spans.size === 0) slots.delete(name);
  else if (gone.from === slot.rule.from || gone.to === slot.rule.to) Object.assign(slot.rule, union(slot.spans.values()));
};

const ask = (slots: Slots, binding: string, rule: WantedRule): void => {
  const slot = slots.get(rule.slot) ?? { rule: { ...rule }, spans: new Map<string, Span>() };
  slots.set(rule.slot, slot);
  const own = slot.spans.get(binding);
  slot.spans.set(binding, own ? union([own, rule]) : { from: rule.from, to: rule.to });
  Object.assign(slot.rule, union([slot.rule, rule]));
};

/** The sum over all bindings, kept as they come and go: a pass costs what its own binding costs, not what all do. */
export const createLedger = () => {
  const groups = new Map<string, Slots>();
  const holdings = new Map<string, Map<string, WantedRule[]>>();
  const slotsOf = (group: string): Slots => {
    const slots = groups.get(group) ?? new Map<string, Slot>();
    groups.set(group, slots);
    return slots;
  };
  return {
    /** Exchanges what the binding asks for; the groups that this may concern. */
    put: (binding: string, wanted: Map<string, WantedRule[]>): string[] => {
      const before = holdings.get(binding) ?? new Map<string, WantedRule[]>();
      for (const [group, rules] of before) for (const rule of rules) giveBack(slotsOf(group), binding, rule);
      for (const [group, rules] of wanted) for (const rule of rules) ask(slotsOf(group), binding, rule);
      if (wanted.size > 0) holdings.set(binding, wanted);
      else holdings.delete(binding);
      return [...new Set([...before.keys(), ...wanted.keys()])];
    },
    permissions: (group: string): IpPermission[] => [...(groups.get(group)?.values() ?? [])].map(({ rule }) => permissionOf(rule)),
  };
};
