// Listeners: matched by port; surplus ones go first, so that nothing stands in the way of new ones.
import type { Listener } from '@aws-sdk/client-elastic-load-balancing-v2';
import { reconcileCertificates } from './deploy-certificates.js';
import { attributeList, attributeMap, reconcileTags, type Deployer } from './deploy-context.js';
import { changedEntries, match, sameSet } from './match.js';
import type { ListenerModel, Model } from './model.js';
import { tagList } from './tags.js';

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

const settingsOf = ({ Port, Protocol, certificates, SslPolicy, AlpnPolicy }: ListenerModel, TargetGroupArn: string) => ({
  Port,
  Protocol,
  DefaultActions: [{ Type: 'forward' as const, Order: 1, ForwardConfig: { TargetGroups: [{ TargetGroupArn }] } }],
  ...(certificates?.[0] ? { Certificates: [{ CertificateArn: certificates[0] }] } : {}),
  ...(SslPolicy ? { SslPolicy } : {}),
  ...(AlpnPolicy ? { AlpnPolicy } : {}),
});

const targetsOf = ({ DefaultActions }: Listener): string[] =>
  (DefaultActions ?? []).flatMap(({ Type, ForwardConfig, TargetGroupArn }) =>
    Type === 'forward' ? (ForwardConfig?.TargetGroups?.map((tuple) => tuple.TargetGroupArn ?? '') ?? [TargetGroupArn ?? '']) : [`${Type}`]);

/** What ModifyListener would change; weights do not count with a single target group. */
const differs = (wanted: ListenerModel, targetGroup: string, present: Listener): boolean =>
  present.Protocol !== wanted.Protocol ||
  !sameSet([targetGroup], targetsOf(present)) ||
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

const create = async (deployer: Deployer, LoadBalancerArn: string, wanted: ListenerModel, targetGroup: string): Promise<string> => {
  const { Listeners } = await deployer.elbv2.CreateListener({ LoadBalancerArn, ...settingsOf(wanted, targetGroup), Tags: tagList(wanted.tags) });
  const arn = Listeners?.[0]?.ListenerArn ?? '';
  deployer.inventory.learn(arn, wanted.tags);
  await reconcileCertificates(deployer, arn, wanted, 'new');
  await reconcileAttributes(deployer, arn, wanted);
  return arn;
};

const update = async (deployer: Deployer, wanted: ListenerModel, targetGroup: string, present: Listener): Promise<string> => {
  const arn = present.ListenerArn ?? '';
  const tags = (await deployer.inventory.tagsOf([arn])).get(arn) ?? {};
  await reconcileTags(deployer, arn, wanted.tags, tags);
  if (differs(wanted, targetGroup, present)) await deployer.elbv2.ModifyListener({ ListenerArn: arn, ...settingsOf(wanted, targetGroup) });
  await reconcileCertificates(deployer, arn, wanted, 'existing');
  await reconcileAttributes(deployer, arn, wanted);
  return arn;
};

/** Rules of a listener: a network load balancer has only the default one, but the real controller asks. */
const checkRules = async ({ elbv2, log }: Deployer, ListenerArn: string): Promise<void> => {
  const { Rules } = await elbv2.DescribeRules({ ListenerArn });
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
  const arnOf = ({ targetGroup }: ListenerModel): string => targetGroups.get(targetGroup) ?? '';
  const arns: string[] = [];
  for (const { ListenerArn } of surplus) {
    await deployer.elbv2.DeleteListener({ ListenerArn });
    deployer.inventory.forget(ListenerArn ?? '');
  }
  for (const wanted of missing) arns.push(await create(deployer, loadBalancerArn, wanted, arnOf(wanted)));
  for (const [wanted, listener] of matched) arns.push(await update(deployer, wanted, arnOf(wanted), listener));
  for (const arn of arns) await checkRules(deployer, arn);
};
