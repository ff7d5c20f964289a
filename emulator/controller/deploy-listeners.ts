// Listeners: matched by port; surplus ones go first, so that nothing stands in the way of new ones.
import type { ForwardActionConfig, Listener, TargetGroupTuple } from '@aws-sdk/client-elastic-load-balancing-v2';
import { reconcileCertificates } from './deploy-certificates.js';
import { attributeList, attributeMap, reconcileTags, type Deployer } from './deploy-context.js';
import { changedEntries, match, sameSet } from './match.js';
import type { ListenerModel, Model } from './model.js';
import { tagList } from './tags.js';

/** ARN by the model's id. */
type Arns = ReadonlyMap<string, string>;

const listAll = async ({ elbv2 }: Deployer, LoadBalancerArn: string): Promise<Listener[]> => {
  const all: Listener[] = [];
  let Marker: string | undefined;
  do {
    const page = await elbv2.DescribeListeners({ LoadBalancerArn, ...(Marker ? { Marker } : {}) });
    all.push(...(page.Listeners ?? []));
    Marker = page.NextMarker;
  } while (Marker);
  return all;
};

/** The target groups of the default action, weights where there are several. */
const tuplesOf = ({ targetGroup, forward }: ListenerModel, arns: Arns): TargetGroupTuple[] => {
  const arnOf = (id: string): string => arns.get(id) ?? '';
  if (!forward) return [{ TargetGroupArn: arnOf(targetGroup) }];
  return forward.targetGroups.map((one) => ({ TargetGroupArn: 'arn' in one ? one.arn : arnOf(one.targetGroup), ...(one.weight === undefined ? {} : { Weight: one.weight }) }));
};

const settingsOf = (wanted: ListenerModel, arns: Arns) => settings(wanted, {
  TargetGroups: tuplesOf(wanted, arns),
  ...(wanted.forward?.stickiness ? { TargetGroupStickinessConfig: { Enabled: true } } : {}),
});

const settings = ({ Port, Protocol, certificates, SslPolicy, AlpnPolicy }: ListenerModel, ForwardConfig: ForwardActionConfig) => ({
  Port,
  Protocol,
  DefaultActions: [{ Type: 'forward' as const, Order: 1, ForwardConfig }],
  ...(certificates?.[0] ? { Certificates: [{ CertificateArn: certificates[0] }] } : {}),
  ...(SslPolicy ? { SslPolicy } : {}),
  ...(AlpnPolicy ? { AlpnPolicy } : {}),
});

const presentTuples = ({ DefaultActions }: Listener): TargetGroupTuple[] =>
  (DefaultActions ?? []).flatMap(({ Type, ForwardConfig, TargetGroupArn }) =>
    Type === 'forward' ? (ForwardConfig?.TargetGroups ?? [{ TargetGroupArn }]) : [{ TargetGroupArn: Type }]);

const wordsOf = (tuples: TargetGroupTuple[]): string[] => tuples.map(({ TargetGroupArn, Weight }) => (tuples.length > 1 ? `${TargetGroupArn}=${Weight}` : `${TargetGroupArn}`));

/** Asked for and not there; one that is there unasked stays, as with the real controller. */
const lacksStickiness = ({ forward }: ListenerModel, { DefaultActions }: Listener): boolean =>
  (forward?.stickiness ?? false) && !DefaultActions?.some(({ ForwardConfig }) => ForwardConfig?.TargetGroupStickinessConfig?.Enabled);

/** What ModifyListener would change; weights do not count with a single target group. */
const differs = (wanted: ListenerModel, arns: Arns, present: Listener): boolean =>
  present.Protocol !== wanted.Protocol ||
  !sameSet(wordsOf(tuplesOf(wanted, arns)), wordsOf(presentTuples(present))) ||
  lacksStickiness(wanted, present) ||
  (wanted.certificates?.[0] ?? '') !== (present.Certificates?.[0]?.CertificateArn ?? '') ||
  (wanted.SslPolicy !== undefined && wanted.SslPolicy !== present.SslPolicy) ||
  (wanted.AlpnPolicy !== undefined && !sameSet(wanted.AlpnPolicy, present.AlpnPolicy ?? []));

const reconcileAttributes = async ({ elbv2 }: Deployer, ListenerArn: string, { Protocol, attributes }: ListenerModel): Promise<void> => {
  if (Protocol === 'TLS') return;
  const { Attributes } = await elbv2.DescribeListenerAttributes({ ListenerArn });
  const changed = changedEntries(attributes, attributeMap(Attributes));
  if (Object.keys(changed).length === 0) return;
  await elbv2.ModifyListenerAttributes({ ListenerArn, Attributes: attributeList(changed) });
};

const create = async (deployer: Deployer, LoadBalancerArn: string, wanted: ListenerModel, arns: Arns): Promise<string> => {
  const { Listeners } = await deployer.elbv2.CreateListener({ LoadBalancerArn, ...settingsOf(wanted, arns), Tags: tagList(wanted.tags) });
  const arn = Listeners?.[0]?.ListenerArn ?? '';
  deployer.inventory.learn(arn, wanted.tags);
  await reconcileCertificates(deployer, arn, wanted, 'new');
  await reconcileAttributes(deployer, arn, wanted);
  return arn;
};

const update = async (deployer: Deployer, wanted: ListenerModel, arns: Arns, present: Listener): Promise<string> => {
  const arn = present.ListenerArn ?? '';
  const tags = (await deployer.inventory.tagsOf([arn])).get(arn) ?? {};
  await reconcileTags(deployer, arn, wanted.tags, tags);
  if (differs(wanted, arns, present)) await deployer.elbv2.ModifyListener({ ListenerArn: arn, ...settingsOf(wanted, arns) });
  await reconcileCertificates(deployer, arn, wanted, 'existing');
  await reconcileAttributes(deployer, arn, wanted);
  return arn;
};

/** Rules of a listener: a network load balancer has only the default one, but the real controller asks. */
const checkRules = async ({ elbv2, inventory, log }: Deployer, ListenerArn: string): Promise<void> => {
  const { Rules } = await elbv2.DescribeRules({ ListenerArn });
  await inventory.tagsOf((Rules ?? []).flatMap(({ RuleArn }) => RuleArn ?? []));
  const foreign = (Rules ?? []).filter(({ IsDefault }) => IsDefault === false);
  if (foreign.length > 0) log.warn({ ListenerArn, rules: foreign.map(({ RuleArn }) => RuleArn) }, 'a listener has rules that the model does not know');
};

/** Brings the listeners of one load balancer in line with the model. */
export const deployListeners = async (deployer: Deployer, model: Model, loadBalancerArn: string, targetGroups: Map<string, string>): Promise<void> => {
  const present = await listAll(deployer, loadBalancerArn);
  await deployer.inventory.tagsOf(present.map(({ ListenerArn }) => ListenerArn ?? ''));
  const { matched, missing, surplus } = match({
    desired: model.listeners,
    actual: present,
    desiredId: ({ id }) => id,
    actualId: ({ Port }) => String(Port),
  });
  const arns: string[] = [];
  for (const { ListenerArn } of surplus) {
    await deployer.elbv2.DeleteListener({ ListenerArn });
    deployer.inventory.forget(ListenerArn ?? '');
  }
  for (const wanted of missing) arns.push(await create(deployer, loadBalancerArn, wanted, targetGroups));
  for (const [wanted, listener] of matched) arns.push(await update(deployer, wanted, targetGroups, listener));
  for (const arn of arns) await checkRules(deployer, arn);
};
