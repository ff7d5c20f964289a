// Which security groups a load balancer gets, and the group shared by all load balancers of the cluster.
import type { Ec2Api } from '../api/ec2/client.js';
import { stackOf, type ExistingLoadBalancer, type SecurityGroupPlan, type Subject } from './facts.js';
import type { ControllerFlags } from './flags.js';
import { backendSecurityGroupName } from './names.js';
import { backendTag, clusterTag, stackId, tagList } from './tags.js';

export type BackendSecurityGroup = {
  /** The group's id, for the Service of that key; makes it when there is none. */
  ensure(user: string): Promise<string>;
  /** The Service no longer needs it. Deletes the group when nobody does. */
  release(user: string, neededByOthers: () => boolean, remove: (GroupId: string) => Promise<void>): Promise<void>;
  /** Something went wrong with it: search again next time. */
  forget(): void;
};

const findBackend = async (ec2: Ec2Api, { vpcId, clusterName }: ControllerFlags): Promise<string | undefined> => {
  const { SecurityGroups } = await ec2.DescribeSecurityGroups({
    Filters: [
      { Name: 'vpc-id', Values: [vpcId] },
      { Name: `tag:${clusterTag}`, Values: [clusterName] },
      { Name: `tag:${backendTag}`, Values: ['backend-sg'] },
    ],
  });
  return SecurityGroups[0]?.GroupId;
};

const makeBackend = async (ec2: Ec2Api, { vpcId, clusterName, defaultTags }: ControllerFlags): Promise<string> => {
  const tags = { ...defaultTags, [clusterTag]: clusterName, [backendTag]: 'backend-sg' };
  const { GroupId } = await ec2.CreateSecurityGroup({
    GroupName: backendSecurityGroupName(clusterName),
    Description: '[k8s] Shared Backend SecurityGroup for LoadBalancer',
    VpcId: vpcId,
    TagSpecifications: [{ ResourceType: 'security-group', Tags: tagList(tags) }],
  });
  return GroupId;
};

/** Several passes may want it at once: they share one search. */
export const createBackendSecurityGroup = (ec2: Ec2Api, flags: ControllerFlags): BackendSecurityGroup => {
  let pending: Promise<string> | undefined;
  const users = new Set<string>();
  const forget = (): void => void (pending = undefined);
  return {
    ensure: (user) => {
      users.add(user);
      if (flags.backendSecurityGroup) return Promise.resolve(flags.backendSecurityGroup);
      pending ??= findBackend(ec2, flags).then((found) => found ?? makeBackend(ec2, flags)).catch((error: unknown) => {
        forget();
        throw error;
      });
      return pending;
    },
    release: async (user, neededByOthers, remove) => {
      users.delete(user);
      if (flags.backendSecurityGroup || users.size > 0 || neededByOthers()) return;
      const found = await findBackend(ec2, flags);
      forget();
      if (found) await remove(found);
      forget();
    },
    forget,
  };
};

const customGroups = async (ec2: Ec2Api, wanted: string[], vpcId: string): Promise<string[]> => {
  const ids = wanted.filter((one) => one.startsWith('sg-'));
  const names = wanted.filter((one) => !one.startsWith('sg-'));
  const byId = ids.length > 0 ? (await ec2.DescribeSecurityGroups({ GroupIds: ids })).SecurityGroups : [];
  if (byId.length < new Set(ids).size) {
    throw new Error(`couldn't find all security groups: requested ids [${ids.join(', ')}] but found [${byId.map(({ GroupId }) => GroupId).join(', ')}]`);
  }
  const filters = [{ Name: 'tag:Name', Values: names }, { Name: 'vpc-id', Values: [vpcId] }];
  const byName = names.length > 0 ? (await ec2.DescribeSecurityGroups({ Filters: filters })).SecurityGroups : [];
  const found = new Set(byName.map(({ Tags }) => Tags.find(({ Key }) => Key === 'Name')?.Value));
  if (names.some((name) => !found.has(name))) {
    throw new Error(`couldn't find all security groups: requested names [${names.join(', ')}] but found [${[...found].join(', ')}]`);
  }
  return [...byId, ...byName].map(({ GroupId }) => GroupId);
};

const customPlan = async (ec2: Ec2Api, { annotations, flags, service }: Subject, backend: BackendSecurityGroup, wanted: string[]): Promise<SecurityGroupPlan> => {
  const ids = await customGroups(ec2, wanted, flags.vpcId);
  const manage = annotations.get('aws-load-balancer-manage-backend-security-group-rules') ?? flags.enableManageBackendSecurityGroupRules;
  if (!manage) return { kind: 'custom', ids };
  if (!flags.enableBackendSecurityGroup) throw new Error('backendSG feature is required to manage worker node SG rules when frontendSG is manually specified');
  return { kind: 'custom', ids, backend: await backend.ensure(stackId(stackOf(service))) };
};

/** A load balancer that was made without groups can never get any: AWS refuses it. */
export const planSecurityGroups = async (
  ec2: Ec2Api,
  subject: Subject,
  existing: ExistingLoadBalancer | undefined,
  backend: BackendSecurityGroup,
): Promise<SecurityGroupPlan> => {
  if (existing && existing.SecurityGroups.length === 0) return { kind: 'none' };
  if (subject.annotations.get('aws-load-balancer-disable-nlb-sg')) {
    if (existing) throw new Error('conflicting security groups configuration');
    return { kind: 'none' };
  }
  const wanted = subject.annotations.get('aws-load-balancer-security-groups') ?? [];
  if (wanted.length > 0) return customPlan(ec2, subject, backend, wanted);
  return subject.flags.enableBackendSecurityGroup ? { kind: 'managed', backend: await backend.ensure(stackId(stackOf(subject.service))) } : { kind: 'managed' };
};
