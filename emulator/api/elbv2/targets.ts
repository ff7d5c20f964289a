// Registered targets: register and deregister.
import ipaddr from 'ipaddr.js';
import type { TargetDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { targetKey } from '../../state/targets.js';
import type { TargetGroupRecord, TargetRecord } from '../../state/types.js';
import type { Instance } from '../../state/vpc.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { checked, once, type Checks, type Course } from './checked.js';
import type { Checked, Context, Input, Output, WriteContext } from './context.js';
import { findTargetGroup } from './find.js';
import { checkServerIds, checkServerIdsOfOthers } from './quic.js';
import { isDraining, registeredAs, removeDrained } from './registrations.js';
import { balancerOf, checkGroupCount, checkTargetCount } from './targetquota.js';
import { unseen } from './texts.js';

type Given = Checked<TargetDescription>;

const checkInstanceId = (id: string): void => {
  if (!/^i-[0-9a-f]{8,17}$/.test(id)) throw unseen.instanceMalformed(id);
};

const checkAddress = (id: string, family: TargetGroupRecord['IpAddressType']): void => {
  const valid = family === 'ipv6' ? ipaddr.IPv6.isValid(id) && !id.includes('%') : ipaddr.IPv4.isValidFourPartDecimal(id);
  if (!valid) throw unseen.addressMalformed(id, family === 'ipv6' ? 'IPv6' : 'IPv4');
};

/** Whether an id is of the form that the group's targets have. */
export const checkTargetId = ({ TargetType, IpAddressType }: TargetGroupRecord, id: string): void =>
  TargetType === 'instance' ? checkInstanceId(id) : checkAddress(id, IpAddressType);

// Ranges outside the VPC that can be reached through peering, VPN or Direct Connect.
const allowedRanges = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'].map((range) => ipaddr.IPv4.parseCIDR(range));

const isAllowed = (id: string): boolean => {
  const address = ipaddr.parse(id);
  // IPv6 targets lie in the VPC: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
  return address.kind() === 'ipv4' && allowedRanges.some((range) => address.match(range));
};

const list = (targets: readonly Given[]): string => targets.map(({ Id }) => `'${Id}'`).join(', ');

type InstanceChecks = Checks<'instances' | 'running instances' | 'IPv6 of instances'>;

const instanceChecks = ({ vpc }: Context, group: () => TargetGroupRecord, targets: readonly Given[]): InstanceChecks => {
  const instances = once(() => new Map(vpc?.instances().map((instance) => [instance.InstanceId, instance])));
  const refuseThose = (isWrong: (instance: Instance | undefined) => boolean, fault: (ids: string) => AwsFault) => (): void => {
    const wrong = group().TargetType === 'instance' ? targets.filter(({ Id }) => isWrong(instances().get(Id))) : [];
    if (wrong.length > 0) throw fault(list(wrong));
  };
  return {
    instances: refuseThose((instance) => instance === undefined, (ids) => unseen.instancesUnknown(ids)),
    'running instances': refuseThose((instance) => !instance?.running, (ids) => new AwsFault('InvalidTarget', `The following targets are not in a running state and cannot be registered: ${ids}`)),
    'IPv6 of instances': refuseThose(() => group().IpAddressType === 'ipv6', (ids) => unseen.instancesWithoutIpv6(ids)),
  };
};

const checkZone = ({ vpc }: Context, { Id, AvailabilityZone }: Given): void => {
  const own = vpc?.zoneOf(Id);
  if (own !== undefined && AvailabilityZone !== undefined && AvailabilityZone !== own) {
    throw validationError(`The IP address '${Id}' is within the VPC, and cannot have its Availability Zone overridden to '${AvailabilityZone}' from '${own}'`);
  }
  const isKnown = AvailabilityZone === 'all' || vpc?.subnets.some((subnet) => subnet.AvailabilityZone === AvailabilityZone);
  if (own === undefined && !isKnown) throw unseen.addressOutside(Id);
};

type AddressChecks = Checks<'address ranges' | 'zones'>;

const addressChecks = (context: Context, group: () => TargetGroupRecord, targets: readonly Given[]): AddressChecks => {
  const each = (check: (target: Given) => void) => (): void => {
    if (group().TargetType === 'ip') targets.forEach(check);
  };
  return {
    'address ranges': each(({ Id }) => {
      if (context.vpc?.zoneOf(Id) === undefined && !isAllowed(Id)) throw unseen.addressRange(Id);
    }),
    zones: each((target) => checkZone(context, target)),
  };
};

/** Where a target is: an instance says it itself, an address by the VPC or by the request. */
const placeOf = ({ vpc }: Context, { TargetType }: TargetGroupRecord, { Id, AvailabilityZone }: Given): Pick<TargetRecord, 'AvailabilityZone' | 'outsideVpc'> => {
  if (TargetType === 'instance') return {};
  const own = vpc?.zoneOf(Id);
  return own === undefined ? { AvailabilityZone: AvailabilityZone ?? 'all', outsideVpc: true } : { AvailabilityZone: own };
};

const wantedRecords = (context: WriteContext, group: TargetGroupRecord, targets: readonly Given[]): TargetRecord[] =>
  targets.map((target) => ({
    TargetGroupArn: group.TargetGroupArn,
    Id: target.Id,
    Port: target.Port ?? group.Port,
    ...placeOf(context, group, target),
    ...(target.QuicServerId === undefined ? {} : { QuicServerId: target.QuicServerId }),
    RegisteredAt: context.now,
  }));

const checkSomeGiven = (targets: readonly Given[]): void => {
  if (targets.length === 0) throw unseen.targetMissing();
};

/** Those of a request that are not registered, each once. */
const newOnes = ({ read }: Context, wanted: readonly TargetRecord[]): TargetRecord[] => {
  const byKey = new Map(wanted.map((target) => [targetKey(target), target]));
  return [...byKey].filter(([key]) => !read.get('targets', key)).map(([, target]) => target);
};

const checkBalancer = (context: Context, group: TargetGroupRecord, targets: readonly TargetRecord[]): void => {
  const loadBalancer = balancerOf(context, group);
  if (loadBalancer) checkTargetCount(context, loadBalancer, { targets });
};

/** Registers targets, all or none. One that is registered already stays as it is; a draining one starts anew. */
export const RegisterTargets = checked('RegisterTargets', (context: WriteContext, input: Input<'RegisterTargets'>): Course<'RegisterTargets', Output<'RegisterTargets'>> => {
  const { Targets: targets } = input;
  const group = once(() => findTargetGroup(context, input.TargetGroupArn));
  const wanted = once(() => wantedRecords(context, group(), targets));
  const coming = once(() => newOnes(context, wanted()));
  return {
    checks: {
      'target group': group,
      'targets given': () => checkSomeGiven(targets),
      'QUIC server ids': () => checkServerIds(group(), targets),
      'target ids': () => targets.forEach(({ Id }) => checkTargetId(group(), Id)),
      ...instanceChecks(context, group, targets),
      ...addressChecks(context, group, targets),
      'QUIC server ids of others': () => checkServerIdsOfOthers(context, group(), wanted()),
      'quota of the group': () => checkGroupCount(context, group(), { targets: coming() }),
      'quota of targets': () => checkBalancer(context, group(), coming()),
    },
    act: () => {
      removeDrained(context, context.tx, group());
      for (const target of wanted()) {
        const before = context.read.get('targets', targetKey(target));
        if (!before || isDraining(before)) context.tx.put('targets', targetKey(target), target);
      }
      return {};
    },
  };
});

/** Starts draining; a target of a group that is not in use is gone at once. Unknown targets are no mistake. */
export const DeregisterTargets = checked('DeregisterTargets', (context: WriteContext, input: Input<'DeregisterTargets'>): Course<'DeregisterTargets', Output<'DeregisterTargets'>> => {
  const { tx, now } = context;
  const group = once(() => findTargetGroup(context, input.TargetGroupArn));
  const release = (target: TargetRecord): void => {
    if (group().InUseSince === undefined) tx.delete('targets', targetKey(target));
    else if (!isDraining(target)) tx.put('targets', targetKey(target), { ...target, DeregisteredAt: now });
  };
  return {
    checks: { 'target group': group, 'targets given': () => checkSomeGiven(input.Targets) },
    act: () => {
      for (const given of input.Targets) registeredAs(context, group(), given).forEach(release);
      removeDrained(context, tx, group());
      return {};
    },
  };
});
