// A listener's actions: what an NLB allows, which target groups fit, and the form that is stored and echoed.
import type { Action, TargetGroupTuple } from '@aws-sdk/client-elastic-load-balancing-v2';
import { forwardedGroups } from '../../state/indexes.js';
import type { LoadBalancerRecord, TargetGroupRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { once, type Checks } from './checked.js';
import type { Checked, Context } from './context.js';
import { notModelled } from './faults.js';
import { findTargetGroup } from './find.js';
import { checkAddressFamily } from './ipv6.js';
import { unseen } from './texts.js';

type GivenAction = Checked<Action>;

/** The protocols of target groups that a listener's protocol can forward to. */
const compatible: Record<string, readonly string[]> = {
  TCP: ['TCP', 'TCP_UDP'],
  TLS: ['TCP', 'TLS'],
  UDP: ['UDP', 'TCP_UDP'],
  TCP_UDP: ['TCP_UDP'],
  QUIC: ['QUIC', 'TCP_QUIC'],
  TCP_QUIC: ['TCP_QUIC'],
};

const onlyForward = (actions: readonly GivenAction[]): GivenAction => {
  const [action, ...others] = actions;
  if (!action) throw validationError('An action must be specified');
  const wrong = actions.find(({ Type }) => Type !== 'forward');
  if (wrong) throw unseen.actionType(wrong.Type);
  if (others.length > 0) throw unseen.tooManyActions();
  return action;
};

const tuplesOf = (action: GivenAction): TargetGroupTuple[] => {
  const tuples = action.ForwardConfig?.TargetGroups ?? [];
  if (tuples.length === 0 && action.TargetGroupArn === undefined) throw unseen.actionGroupMissing();
  if (tuples.length === 0) return [{ TargetGroupArn: action.TargetGroupArn }];
  const arns = tuples.map(({ TargetGroupArn }) => TargetGroupArn);
  if (arns.some((arn) => arn === undefined)) throw unseen.actionGroupMissing();
  if (new Set(arns).size < arns.length) throw unseen.actionGroupTwice();
  if (action.TargetGroupArn !== undefined && (arns.length > 1 || arns[0] !== action.TargetGroupArn)) {
    throw unseen.actionGroupTwoWays();
  }
  return tuples;
};

const echoTuple = ({ TargetGroupArn, Weight }: TargetGroupTuple, alone: boolean): TargetGroupTuple => {
  if (Weight !== undefined) return { TargetGroupArn, Weight };
  // One group has no weight unless it was given; several always do.
  return alone ? { TargetGroupArn } : { TargetGroupArn, Weight: 1 };
};

/** The action as AWS answers it: both forms of the same wish filled in. */
export const normalizeActions = (actions: readonly GivenAction[]): Action[] => {
  const action = onlyForward(actions);
  if (action.ForwardConfig?.TargetGroupStickinessConfig?.Enabled) throw notModelled('stickiness between target groups');
  const { DurationSeconds } = action.ForwardConfig?.TargetGroupStickinessConfig ?? {};
  const tuples = tuplesOf(action);
  const alone = tuples.length === 1 ? tuples[0] : undefined;
  return [{
    Type: 'forward',
    ...(alone ? { TargetGroupArn: alone.TargetGroupArn } : {}),
    ...(action.Order === undefined ? {} : { Order: action.Order }),
    ForwardConfig: {
      TargetGroups: tuples.map((tuple) => echoTuple(tuple, alone !== undefined)),
      // A duration is told as it was given, also while stickiness is off: Terraform compares it.
      TargetGroupStickinessConfig: { Enabled: false, ...(DurationSeconds === undefined ? {} : { DurationSeconds }) },
    },
  }];
};

/** A copy that a caller may keep: records never leave the house. */
export const copyActions = (actions: readonly Action[]): Action[] => structuredClone(actions) as Action[];

const checkProtocols = (groups: readonly TargetGroupRecord[], protocol: string): void => {
  const wrong = groups.filter((group) => !compatible[protocol]?.includes(group.Protocol)).map((group) => `'${group.TargetGroupArn}'`);
  if (wrong.length > 0) throw new AwsFault('IncompatibleProtocols', `The listener and the following target groups have incompatible protocols: ${wrong.join(', ')}`);
};

const checkAssociation = ({ read }: Context, groups: readonly TargetGroupRecord[], loadBalancer: LoadBalancerRecord): void => {
  const taken = groups
    .map((group) => group.TargetGroupArn)
    .filter((arn) => read.by('listeners', 'TargetGroupArn', arn).some((listener) => listener.LoadBalancerArn !== loadBalancer.LoadBalancerArn));
  if (taken.length > 0) throw new AwsFault('TargetGroupAssociationLimit', `The following target groups cannot be associated with more than one load balancer: ${taken.join(', ')}`);
};

const checkNumber = ({ quota }: Context, groups: readonly TargetGroupRecord[]): void => {
  const limit = quota('target-groups-per-action-on-network-load-balancer');
  if (groups.length > limit) throw unseen.actionGroups(limit);
};

const checkVpc = (groups: readonly TargetGroupRecord[], { VpcId }: LoadBalancerRecord): void => {
  const elsewhere = groups.find((group) => group.VpcId !== VpcId);
  if (elsewhere) throw unseen.groupOfOtherVpc(elsewhere.TargetGroupArn, VpcId);
};

type About = 'number' | 'protocols' | 'VPC' | 'address type' | 'association';
type Forwarding = { groups(): TargetGroupRecord[]; checks: Checks<'actions' | 'target groups' | `${About} of target groups`> };

/** The target groups that actions name, and the checks whether a listener may forward to them. */
export const forwarding = (context: Context, actions: () => readonly Action[], protocol: () => string, loadBalancer: () => LoadBalancerRecord): Forwarding => {
  const groups = once(() => forwardedGroups(actions()).map((arn) => findTargetGroup(context, arn)));
  return {
    groups,
    checks: {
      actions,
      'target groups': groups,
      'number of target groups': () => checkNumber(context, groups()),
      'protocols of target groups': () => checkProtocols(groups(), protocol()),
      'VPC of target groups': () => checkVpc(groups(), loadBalancer()),
      'address type of target groups': () => checkAddressFamily(groups(), protocol(), loadBalancer()),
      'association of target groups': () => checkAssociation(context, groups(), loadBalancer()),
    },
  };
};
