// Rules on the security groups of targets, so that the load balancer's traffic reaches them: shared by all bindings, and
// taken away only once every binding has said since the start what it needs.
import type { IpPermission } from '../api/ec2/client.js';
import { keyOf } from '../kube/cache.js';
import type { Informer } from '../kube/informer.js';
import type { TargetGroupBinding } from '../kube/types.js';
import { hasCode } from './calls.js';
import type { Endpoint } from './endpoints.js';
import { createGroupLookup, type GroupLookup } from './networking-groups.js';
import { createLedger, rulesOf, sharedDescription, type WantedRule } from './networking-rules.js';
import { remembering, tenMinutes } from './remember.js';
import { descriptionOf, isCovered, ruleChanges, singleRules } from './rules.js';

export type Networking = {
  /** Lets traffic reach the binding's targets; a binding without `spec.networking` asks for nothing. */
  allow(binding: TargetGroupBinding, endpoints: readonly Endpoint[]): Promise<void>;
  /** The binding asks for nothing any more. */
  release(binding: TargetGroupBinding): Promise<void>;
  /** Whether the binding has been computed since the start. */
  knows(binding: TargetGroupBinding): boolean;
  /** Takes away all rules of ours that let this group in: it is about to be deleted. */
  dropSource(GroupId: string): Promise<void>;
};

type Options = GroupLookup & { bindings: Informer<TargetGroupBinding> };

const isOurs = (rule: IpPermission): boolean => descriptionOf(rule) === sharedDescription;

/** Bindings that have not said yet what they need. */
const createPending = (bindings: Informer<TargetGroupBinding>, vanished: (key: string) => void) => {
  const computed = new Set<string>();
  const open = new Set<string>();
  bindings.on((old, now) => {
    const key = keyOf((now ?? old) as TargetGroupBinding);
    if (!now) {
      computed.delete(key);
      open.delete(key);
      vanished(key);
    } else if (now.spec.networking && !now.metadata.deletionTimestamp && !computed.has(key)) open.add(key);
  });
  return {
    knows: (key: string): boolean => computed.has(key),
    none: (): boolean => open.size === 0,
    settle: (key: string): void => {
      computed.add(key);
      open.delete(key);
    },
  };
};

/** The groups of the VPC that may hold rules of ours: those of this cluster's nodes, asked for once. */
const clusterGroups = ({ ec2, flags, clock }: GroupLookup) =>
  remembering(clock, Infinity, async () => {
    const Filters = [{ Name: `tag:kubernetes.io/cluster/${flags.clusterName}`, Values: ['owned', 'shared'] }, { Name: 'vpc-id', Values: [flags.vpcId] }];
    return (await ec2.DescribeSecurityGroups({ Filters })).SecurityGroups.map(({ GroupId }) => GroupId);
  });

/** A group's rules as they are remembered, and the calls that change them; an empty change is no call. */
const groupRules = ({ ec2, clock }: GroupLookup) => ({
  present: remembering(clock, tenMinutes, async (id) => (await ec2.DescribeSecurityGroups({ GroupIds: [id] })).SecurityGroups[0]?.IpPermissions ?? []),
  authorize: async (GroupId: string, IpPermissions: IpPermission[]): Promise<void> => {
    if (IpPermissions.length > 0) await ec2.AuthorizeSecurityGroupIngress({ GroupId, IpPermissions });
  },
  revoke: async (GroupId: string, IpPermissions: IpPermission[]): Promise<void> => {
    if (IpPermissions.length > 0) await ec2.RevokeSecurityGroupIngress({ GroupId, IpPermissions });
  },
});

type GroupRules = ReturnType<typeof groupRules>;

const correct = async ({ present, authorize, revoke }: GroupRules, id: string, wanted: IpPermission[], may: { revoke: boolean; revokeFirst: boolean }): Promise<void> => {
  const now = await present.of(id);
  const changes = ruleChanges(wanted, now);
  // While not all is known the wanted range may be narrower than the one that is there, and that is no difference.
  const add = may.revoke ? changes.add : changes.add.filter((rule) => !isCovered(rule, now));
  const gone = may.revoke ? changes.remove.filter(isOurs) : [];
  if (add.length + gone.length === 0) return;
  try {
    if (may.revokeFirst) await revoke(id, gone);
    await authorize(id, add);
    if (!may.revokeFirst) await revoke(id, gone);
  } finally {
    present.forget(id);
  }
};

/** Brings one group's rules of ours in line, with one more try when somebody else was faster or the group is full. */
const correctTwice = async (rules: GroupRules, id: string, wanted: IpPermission[], revoke: boolean): Promise<void> => {
  try {
    await correct(rules, id, wanted, { revoke, revokeFirst: false });
  } catch (error) {
    const full = hasCode(error, 'RulesPerSecurityGroupLimitExceeded');
    if (!full && !hasCode(error, 'InvalidPermission.Duplicate', 'InvalidPermission.NotFound')) throw error;
    await correct(rules, id, wanted, { revoke, revokeFirst: full });
  }
};

/** One after the other: they write to the same groups. */
const inTurn = () => {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
};

type Inside = {
  ledger: ReturnType<typeof createLedger>;
  /** Groups that held rules of ours since the start. */
  seen: Set<string>;
  tagged: ReturnType<typeof clusterGroups>;
  rules: GroupRules;
  pending: ReturnType<typeof createPending>;
};

const known = async ({ tagged, seen }: Inside): Promise<string[]> => [...new Set([...(await tagged.of('')), ...seen])];

const reconcile = async ({ ledger, rules, seen }: Inside, id: string, mayRevoke: boolean): Promise<void> => {
  const wanted = ledger.permissions(id);
  try {
    await correctTwice(rules, id, wanted, mayRevoke);
  } catch (error) {
    // A group that is gone has no rules to take away.
    if (wanted.length > 0 || !hasCode(error, 'InvalidGroup.NotFound')) throw error;
    seen.delete(id);
  }
};

const exchange = async (inside: Inside, key: string, wanted: Map<string, WantedRule[]>): Promise<void> => {
  const { ledger, pending, seen } = inside;
  const concerned = ledger.put(key, wanted);
  pending.settle(key);
  for (const id of concerned) seen.add(id);
  const mayRevoke = pending.none();
  for (const id of mayRevoke ? await known(inside) : concerned) await reconcile(inside, id, mayRevoke);
};

const dropSource = async (inside: Inside, GroupId: string): Promise<void> => {
  const { present, revoke } = inside.rules;
  for (const id of await known(inside)) {
    present.forget(id);
    const from = [...singleRules(await present.of(id)).values()].filter((rule) => isOurs(rule) && rule.UserIdGroupPairs?.[0]?.GroupId === GroupId);
    await revoke(id, from);
    if (from.length > 0) present.forget(id);
  }
};

/** Knows nothing yet; bindings say what they need as their passes come. */
export const createNetworking = (options: Options): Networking => {
  const groupsOf = createGroupLookup(options);
  const ledger = createLedger();
  const pending = createPending(options.bindings, (key) => void ledger.put(key, new Map()));
  const inside: Inside = { ledger, seen: new Set(), tagged: clusterGroups(options), rules: groupRules(options), pending };
  const alone = inTurn();
  const settle = (key: string, wanted: Map<string, WantedRule[]>): Promise<void> => alone(() => exchange(inside, key, wanted));
  return {
    allow: async (binding, endpoints) => {
      const { networking } = binding.spec;
      await settle(keyOf(binding), networking ? rulesOf(networking.ingress ?? [], await groupsOf(endpoints)) : new Map());
    },
    release: (binding) => settle(keyOf(binding), new Map()),
    knows: (binding) => pending.knows(keyOf(binding)),
    dropSource: (GroupId) => alone(() => dropSource(inside, GroupId)),
  };
};
