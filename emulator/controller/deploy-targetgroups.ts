// Target groups: made, adjusted in place, replaced when type or protocol differ; deleted at the end.
import type { TargetGroup } from '@aws-sdk/client-elastic-load-balancing-v2';
import { messageOf } from '../errors.js';
import { retrying } from './calls.js';
import { attributeList, attributeMap, reconcileTags, resourceIdOf, sleepOf, type Deployer } from './deploy-context.js';
import type { Tagged } from './inventory.js';
import { changedEntries, match } from './match.js';
import type { HealthCheck, Model, TargetGroupModel } from './model.js';
import { tagList } from './tags.js';

const reconcileAttributes = async ({ elbv2 }: Deployer, TargetGroupArn: string, { attributes }: TargetGroupModel): Promise<void> => {
  const { Attributes } = await elbv2.DescribeTargetGroupAttributes({ TargetGroupArn });
  const changed = changedEntries(attributes, attributeMap(Attributes));
  if (Object.keys(changed).length === 0) return;
  await elbv2.ModifyTargetGroupAttributes({ TargetGroupArn, Attributes: attributeList(changed) });
};

const create = async (deployer: Deployer, group: TargetGroupModel): Promise<string> => {
  const { Name, Protocol, Port, TargetType, IpAddressType, healthCheck, tags } = group;
  const { TargetGroups } = await deployer.elbv2.CreateTargetGroup({
    Name, Protocol, Port, TargetType,
    VpcId: deployer.flags.vpcId,
    ...(IpAddressType === 'ipv6' ? { IpAddressType } : {}),
    HealthCheckEnabled: true,
    ...healthCheck,
    Tags: tagList(tags),
  });
  const arn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  deployer.inventory.learn(arn, tags);
  await reconcileAttributes(deployer, arn, group);
  return arn;
};

const healthCheckDiffers = (wanted: HealthCheck, present: TargetGroup): boolean => {
  const { Matcher, HealthCheckPath, ...plain } = wanted;
  return (
    Object.entries(plain).some(([key, value]) => present[key as keyof typeof plain] !== value) ||
    (HealthCheckPath !== undefined && present.HealthCheckPath !== HealthCheckPath) ||
    (Matcher !== undefined && present.Matcher?.HttpCode !== Matcher.HttpCode)
  );
};

const update = async (deployer: Deployer, group: TargetGroupModel, { item, arn, tags }: Tagged<TargetGroup>): Promise<string> => {
  await reconcileTags(deployer, arn, group.tags, tags);
  if (healthCheckDiffers(group.healthCheck, item)) {
    await deployer.elbv2.ModifyTargetGroup({ TargetGroupArn: arn, HealthCheckEnabled: true, ...group.healthCheck });
  }
  await reconcileAttributes(deployer, arn, group);
  return arn;
};

export type DeployedTargetGroups = {
  /** ARN by the model's id. */
  arns: Map<string, string>;
  surplus: string[];
};

/** Makes and adjusts; those in `surplus` may still be used by a listener. */
export const deployTargetGroups = async (deployer: Deployer, model: Model): Promise<DeployedTargetGroups> => {
  const { matched, missing, surplus } = match({
    desired: model.targetGroups,
    actual: await deployer.inventory.targetGroups(model.stack),
    desiredId: ({ id }) => id,
    actualId: (one) => resourceIdOf('targetGroup', one),
    compatible: (wanted, { item }) => item.TargetType === wanted.TargetType && item.Protocol === wanted.Protocol,
  });
  const arns = new Map<string, string>();
  for (const group of missing) arns.set(group.id, await create(deployer, group));
  for (const [group, present] of matched) arns.set(group.id, await update(deployer, group, present));
  return { arns, surplus: surplus.map(({ arn }) => arn) };
};

/** Deletes target groups; a listener that has just let go may not have settled yet. */
export const deleteTargetGroups = async (deployer: Deployer, arns: string[]): Promise<void> => {
  for (const TargetGroupArn of arns) {
    try {
      const wait = { ...deployer.waits.deleteTargetGroup, sleep: sleepOf(deployer) };
      await retrying(() => deployer.elbv2.DeleteTargetGroup({ TargetGroupArn }), ['ResourceInUse'], wait);
      deployer.inventory.forget(TargetGroupArn);
    } catch (error) {
      throw new Error(`failed to delete targetGroup: ${messageOf(error)}`, { cause: error });
    }
  }
};
