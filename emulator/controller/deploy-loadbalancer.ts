// The load balancer: deleted and made again when its scheme differs, else adjusted in place.
import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import { hasCode } from './calls.js';
import { attributeList, attributeMap, reconcileTags, resourceIdOf, type Deployer } from './deploy-context.js';
import type { Tagged } from './inventory.js';
import { changedEntries, match, sameSet } from './match.js';
import { managedRef, type LoadBalancerModel, type Model } from './model.js';
import { tagList } from './tags.js';

export type DeployedLoadBalancer = { arn: string; dnsName: string; existed: boolean };

const remove = async ({ elbv2, inventory }: Deployer, LoadBalancerArn: string): Promise<void> => {
  try {
    await elbv2.DeleteLoadBalancer({ LoadBalancerArn });
  } catch (error) {
    if (!hasCode(error, 'OperationNotPermitted') || !error.detail.includes('deletion protection')) throw error;
    await elbv2.ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }] });
    await elbv2.DeleteLoadBalancer({ LoadBalancerArn });
  }
  inventory.forget(LoadBalancerArn);
};

const reconcileAttributes = async ({ elbv2 }: Deployer, LoadBalancerArn: string, { attributes }: LoadBalancerModel): Promise<void> => {
  const { Attributes } = await elbv2.DescribeLoadBalancerAttributes({ LoadBalancerArn });
  const changed = changedEntries(attributes, attributeMap(Attributes));
  if (Object.keys(changed).length === 0) return;
  await elbv2.ModifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: attributeList(changed) });
};

const enforcement = (wanted: LoadBalancerModel) => {
  const value = wanted.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic;
  return value ? { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: value } : {};
};

const create = async (deployer: Deployer, wanted: LoadBalancerModel, SecurityGroups: string[]): Promise<DeployedLoadBalancer> => {
  const { Name, Scheme, IpAddressType, SubnetMappings, EnablePrefixForIpv6SourceNat, tags } = wanted;
  const { LoadBalancers } = await deployer.elbv2.CreateLoadBalancer({
    Name, Type: 'network', Scheme, IpAddressType, SubnetMappings,
    ...(SecurityGroups.length > 0 ? { SecurityGroups } : {}),
    EnablePrefixForIpv6SourceNat,
    Tags: tagList(tags),
  });
  const { LoadBalancerArn: arn = '', DNSName: dnsName = '' } = LoadBalancers?.[0] ?? {};
  deployer.inventory.learn(arn, tags);
  await reconcileAttributes(deployer, arn, wanted);
  if (wanted.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic) {
    await deployer.elbv2.SetSecurityGroups({ LoadBalancerArn: arn, SecurityGroups, ...enforcement(wanted) });
  }
  return { arn, dnsName, existed: false };
};

const reconcileSecurityGroups = async ({ elbv2 }: Deployer, wanted: LoadBalancerModel, SecurityGroups: string[], item: LoadBalancer): Promise<void> => {
  const enforce = wanted.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic;
  const same = sameSet(SecurityGroups, item.SecurityGroups ?? []) && (!enforce || enforce === item.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic);
  if (same) return;
  await elbv2.SetSecurityGroups({ LoadBalancerArn: item.LoadBalancerArn, SecurityGroups, ...enforcement(wanted) });
};

const natPrefixes = (zones: { SubnetId?: string | undefined; SourceNatIpv6Prefix?: string | undefined }[]): string[] =>
  zones.flatMap(({ SubnetId, SourceNatIpv6Prefix }) => (SourceNatIpv6Prefix ? [`${SubnetId}=${SourceNatIpv6Prefix}`] : []));

/** EIPs and private addresses alone make no difference: the real controller does not see them either. */
const subnetsDiffer = (wanted: LoadBalancerModel, item: LoadBalancer): boolean => {
  const zones = item.AvailabilityZones ?? [];
  const prefixes = zones.flatMap(({ SubnetId, SourceNatIpv6Prefixes }) => (SourceNatIpv6Prefixes ?? []).map((SourceNatIpv6Prefix) => ({ SubnetId, SourceNatIpv6Prefix })));
  const pinned = natPrefixes(wanted.SubnetMappings).filter((one) => !one.endsWith('=auto_assigned'));
  return (
    !sameSet(wanted.SubnetMappings.map(({ SubnetId }) => SubnetId), zones.map(({ SubnetId }) => SubnetId ?? '')) ||
    wanted.EnablePrefixForIpv6SourceNat !== item.EnablePrefixForIpv6SourceNat ||
    (pinned.length > 0 && !sameSet(pinned, natPrefixes(prefixes))) ||
    (wanted.IpAddressType === 'dualstack' && item.IpAddressType === 'ipv4' && wanted.SubnetMappings.some(({ IPv6Address }) => IPv6Address))
  );
};

const update = async (deployer: Deployer, wanted: LoadBalancerModel, groups: string[], { item, arn, tags }: Tagged<LoadBalancer>): Promise<DeployedLoadBalancer> => {
  const { elbv2 } = deployer;
  const { IpAddressType, SubnetMappings, EnablePrefixForIpv6SourceNat } = wanted;
  await reconcileTags(deployer, arn, wanted.tags, tags);
  await reconcileSecurityGroups(deployer, wanted, groups, item);
  if (subnetsDiffer(wanted, item)) {
    const dualstack = item.IpAddressType === IpAddressType ? {} : { IpAddressType };
    await elbv2.SetSubnets({ LoadBalancerArn: arn, SubnetMappings, EnablePrefixForIpv6SourceNat, ...dualstack });
    if (dualstack.IpAddressType) item.IpAddressType = IpAddressType;
  }
  if (item.IpAddressType !== IpAddressType) await elbv2.SetIpAddressType({ LoadBalancerArn: arn, IpAddressType });
  await reconcileAttributes(deployer, arn, wanted);
  return { arn, dnsName: item.DNSName ?? '', existed: true };
};

/** Undefined when the model has none; then what is there is deleted, its listeners with it. */
export const deployLoadBalancer = async (deployer: Deployer, model: Model, managedGroup: string | undefined): Promise<DeployedLoadBalancer | undefined> => {
  const { matched, missing, surplus } = match({
    desired: model.loadBalancer ? [model.loadBalancer] : [],
    actual: await deployer.inventory.loadBalancers(model.stack),
    desiredId: () => 'LoadBalancer',
    actualId: (one) => resourceIdOf('loadBalancer', one),
    compatible: (wanted, { item }) => item.Type === 'network' && item.Scheme === wanted.Scheme,
  });
  const groups = (model.loadBalancer?.SecurityGroups ?? []).map((id) => (id === managedRef ? (managedGroup ?? '') : id));
  for (const { arn } of surplus) await remove(deployer, arn);
  for (const wanted of missing) return create(deployer, wanted, groups);
  for (const [wanted, present] of matched) return update(deployer, wanted, groups, present);
  return undefined;
};

/** Whether the load balancer is still being set up by AWS; then the rest of the pass has to wait. */
export const isProvisioning = async ({ elbv2 }: Deployer, arn: string): Promise<boolean> => {
  const { LoadBalancers } = await elbv2.DescribeLoadBalancers({ LoadBalancerArns: [arn] });
  return LoadBalancers?.[0]?.State?.Code === 'provisioning';
};
