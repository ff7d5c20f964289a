// The managed security group: made, corrected to the last rule, and at the very end deleted.
import type { IpPermission, SecurityGroup } from '../api/ec2/client.js';
import { messageOf } from '../errors.js';
import { retrying } from './calls.js';
import { resourceIdOf, sleepOf, type Deployer } from './deploy-context.js';
import { match } from './match.js';
import type { ManagedSecurityGroup, Model, Stack } from './model.js';
import { ruleChanges } from './rules.js';
import { clusterTag, legacyClusterTag, stackId, stackTag, tagChanges, tagList, tagMap } from './tags.js';

const listGroups = async ({ ec2, flags }: Deployer, stack: Stack): Promise<SecurityGroup[]> => {
  const found = new Map<string, SecurityGroup>();
  for (const cluster of [clusterTag, legacyClusterTag]) {
    const { SecurityGroups } = await ec2.DescribeSecurityGroups({
      Filters: [
        { Name: `tag:${cluster}`, Values: [flags.clusterName] },
        { Name: `tag:${stackTag}`, Values: [stackId(stack)] },
        { Name: 'vpc-id', Values: [flags.vpcId] },
      ],
    });
    for (const group of SecurityGroups) found.set(group.GroupId, group);
  }
  return [...found.values()];
};

// Authorize before revoke: traffic that is allowed before and after is allowed in between.
const reconcileRules = async ({ ec2 }: Deployer, GroupId: string, wanted: IpPermission[], present: IpPermission[]): Promise<void> => {
  const { add, remove } = ruleChanges(wanted, present);
  if (add.length > 0) await ec2.AuthorizeSecurityGroupIngress({ GroupId, IpPermissions: add });
  if (remove.length > 0) await ec2.RevokeSecurityGroupIngress({ GroupId, IpPermissions: remove });
};

const create = async (deployer: Deployer, group: ManagedSecurityGroup): Promise<string> => {
  const { ec2, flags } = deployer;
  const { GroupId } = await ec2.CreateSecurityGroup({
    GroupName: group.GroupName,
    Description: group.Description,
    VpcId: flags.vpcId,
    TagSpecifications: [{ ResourceType: 'security-group', Tags: tagList(group.tags) }],
  });
  const { SecurityGroups } = await ec2.DescribeSecurityGroups({ GroupIds: [GroupId] });
  await reconcileRules(deployer, GroupId, group.ingress, SecurityGroups[0]?.IpPermissions ?? []);
  return GroupId;
};

const update = async (deployer: Deployer, group: ManagedSecurityGroup, { GroupId, IpPermissions, Tags }: SecurityGroup): Promise<string> => {
  const { add, remove } = tagChanges(group.tags, tagMap(Tags), deployer.flags);
  if (Object.keys(add).length > 0) await deployer.ec2.CreateTags({ Resources: [GroupId], Tags: tagList(add) });
  if (remove.length > 0) await deployer.ec2.DeleteTags({ Resources: [GroupId], Tags: remove.map((Key) => ({ Key })) });
  await reconcileRules(deployer, GroupId, group.ingress, IpPermissions);
  return GroupId;
};

/** Makes or corrects the group; `surplus` is left for the end, when no load balancer uses it. */
export const deploySecurityGroup = async (deployer: Deployer, model: Model): Promise<{ managed: string | undefined; surplus: string[] }> => {
  const wanted = model.securityGroup;
  const { matched, missing, surplus } = match({
    desired: wanted ? [wanted] : [],
    actual: await listGroups(deployer, model.stack),
    desiredId: () => 'ManagedLBSecurityGroup',
    actualId: (group) => resourceIdOf('securityGroup', { arn: group.GroupId, tags: tagMap(group.Tags) }),
  });
  let managed: string | undefined;
  for (const [group, present] of matched) managed = await update(deployer, group, present);
  for (const group of missing) managed = await create(deployer, group);
  return { managed, surplus: surplus.map(({ GroupId }) => GroupId) };
};

/** Deletes groups; a load balancer that is just going may still hold them for a moment. */
export const deleteSecurityGroups = async (deployer: Deployer, ids: string[]): Promise<void> => {
  for (const GroupId of ids) {
    try {
      // Rules on targets that still name the group keep it.
      const wait = { ...deployer.waits.deleteSecurityGroup, sleep: sleepOf(deployer), onFirst: () => deployer.networking.dropSource(GroupId) };
      await retrying(() => deployer.ec2.DeleteSecurityGroup({ GroupId }), ['DependencyViolation'], wait);
    } catch (error) {
      throw new Error(`failed to delete securityGroup: ${messageOf(error)}`, { cause: error });
    }
  }
};
