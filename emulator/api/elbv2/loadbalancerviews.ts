// Load balancers as they are described, and which of them a request asks for.
import type { LoadBalancer } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { LoadBalancerRecord } from '../../state/types.js';
import { validationError } from '../../wire/fault.js';
import { checkArn } from './arns.js';
import { checked, once, type Course } from './checked.js';
import type { Context, Input, Output } from './context.js';
import { checkDescribeLimit, loadBalancerNamesNotFound, loadBalancersNotFound } from './faults.js';
import { pageOf } from './paging.js';
import { unseen } from './texts.js';
import { describeZones } from './zones.js';

/** AWS complains about a name in the same words when one is described. */
export const checkName = (name: string): void => {
  if (!/^[A-Za-z0-9-]*$/.test(name)) throw validationError(`The load balancer name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`);
  if (name.length > 32) throw validationError(`The load balancer name '${name}' cannot be longer than '32' characters`);
};

const stateOf = ({ timing, reached }: Context, record: LoadBalancerRecord): 'active' | 'provisioning' =>
  reached(record.CreatedTime + timing.provisioning) ? 'active' : 'provisioning';

/** A load balancer as it is at this moment. */
export const describeBalancer = (context: Context, record: LoadBalancerRecord): LoadBalancer => ({
  LoadBalancerArn: record.LoadBalancerArn,
  DNSName: record.DNSName,
  CanonicalHostedZoneId: record.CanonicalHostedZoneId,
  CreatedTime: new Date(record.CreatedTime),
  LoadBalancerName: record.LoadBalancerName,
  Scheme: record.Scheme,
  VpcId: record.VpcId,
  State: { Code: stateOf(context, record) },
  Type: record.Type,
  AvailabilityZones: describeZones(record.AvailabilityZones),
  ...(record.SecurityGroups ? { SecurityGroups: [...record.SecurityGroups] } : {}),
  IpAddressType: record.IpAddressType,
  ...(record.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic === undefined
    ? {}
    : { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: record.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic }),
  EnablePrefixForIpv6SourceNat: record.EnablePrefixForIpv6SourceNat,
});

const byArns = ({ read }: Context, arns: readonly string[]): LoadBalancerRecord[] => {
  const records = [...new Set(arns)].map((arn) => read.get('loadBalancers', arn));
  if (records.includes(undefined)) throw loadBalancersNotFound();
  return records.filter((record) => record !== undefined);
};

const byNames = ({ read }: Context, names: readonly string[]): LoadBalancerRecord[] => {
  const found = [...new Set(names)].map((name) => ({ name, record: read.by('loadBalancers', 'LoadBalancerName', name)[0] }));
  const missing = found.filter(({ record }) => !record).map(({ name }) => name);
  if (missing.length > 0) throw loadBalancerNamesNotFound(missing);
  return found.map(({ record }) => record as LoadBalancerRecord);
};

const select = (context: Context, arns: readonly string[], names: readonly string[]): LoadBalancerRecord[] => {
  if (arns.length > 0) return byArns(context, arns);
  return names.length > 0 ? byNames(context, names) : [...context.read.list('loadBalancers')];
};

type DescribeCourse = Course<'DescribeLoadBalancers', Output<'DescribeLoadBalancers'>>;

/** All load balancers, or those asked for by ARN or by name, in pages. */
export const DescribeLoadBalancers = checked('DescribeLoadBalancers', (context: Context, input: Input<'DescribeLoadBalancers'>): DescribeCourse => {
  const { LoadBalancerArns: arns = [], Names: names = [] } = input;
  const found = once(() => select(context, arns, names));
  const page = once(() => pageOf(found(), (record) => record.LoadBalancerArn, input, arns, names));
  return {
    checks: {
      filters: () => {
        if (arns.length > 0 && names.length > 0) throw unseen.namesAndArns();
      },
      'number asked for': () => [arns, names].forEach((asked) => checkDescribeLimit(asked, 'load balancers')),
      ARNs: () => arns.forEach((arn) => checkArn('load balancer', arn)),
      names: () => names.forEach(checkName),
      'load balancers': found,
      marker: page,
    },
    act: () => {
      const { items, ...rest } = page();
      return { LoadBalancers: items.map((record) => describeBalancer(context, record)), ...rest };
    },
  };
});
