// Attributes of network load balancers: the table and its two operations.
import type { LoadBalancerRecord } from '../../state/types.js';
import { validationError } from '../../wire/fault.js';
import { asList, attributeChange, between, flag, fullSet, oneOf, type AttributeRow, type Refusals } from './attributes.js';
import { checked, once, type Course } from './checked.js';
import type { Context, Input, Output, WriteContext } from './context.js';
import { invalidConfiguration } from './faults.js';
import { findLoadBalancer } from './find.js';
import { unseen } from './texts.js';

type Row = AttributeRow<LoadBalancerRecord>;
const text = (key: string): Row => ({ key, initial: () => '', check: () => {} });

const routingPolicy = 'dns_record.client_routing_policy';
const secondaryIps = 'secondary_ips.auto_assigned.per_subnet';

const rows: readonly Row[] = [
  flag('access_logs.s3.enabled', 'false'),
  text('access_logs.s3.bucket'),
  text('access_logs.s3.prefix'),
  flag('deletion_protection.enabled', 'false'),
  flag('load_balancing.cross_zone.enabled', 'false'),
  flag('zonal_shift.config.enabled', 'false'),
  {
    key: routingPolicy,
    initial: () => 'any_availability_zone',
    check: oneOf(routingPolicy, 'availability_zone_affinity', 'partial_availability_zone_affinity', 'any_availability_zone'),
  },
  {
    key: secondaryIps,
    initial: () => '0',
    check: (value, _record, current) => {
      between(secondaryIps, 0, 7)(value);
      if (Number(value) < Number(current[secondaryIps])) throw unseen.secondaryIpsLowered(secondaryIps);
    },
  },
  {
    key: 'ipv6.deny_all_igw_traffic',
    initial: ({ IpAddressType, Scheme }) => (IpAddressType === 'dualstack' ? String(Scheme === 'internal') : undefined),
    check: oneOf('ipv6.deny_all_igw_traffic', 'true', 'false'),
  },
];

// Keys that AWS knows, on load balancers of type application only.
const applicationKeys = /^(connection_logs\.s3\.|health_check_logs\.s3\.|client_keep_alive\.seconds$|idle_timeout\.timeout_seconds$|routing\.http|waf\.fail_open\.enabled$)/;

const refusals: Refusals<LoadBalancerRecord> = {
  unknown: (key) =>
    applicationKeys.test(key)
      ? invalidConfiguration(`Load balancer attribute key '${key}' is not supported on load balancers with type 'network'`)
      : validationError(`Load balancer attribute key '${key}' is not recognized`),
  unsupported: (key, { IpAddressType }) =>
    invalidConfiguration(`Load balancer attribute key '${key}' is not supported on load balancers with IP address type '${IpAddressType}'`),
};

/** Every attribute with its value. */
export const loadBalancerAttributes = (record: LoadBalancerRecord) => fullSet(rows, record);

export const isProtected = (record: LoadBalancerRecord): boolean => record.attributes['deletion_protection.enabled'] === 'true';

/** The complete set. */
export const DescribeLoadBalancerAttributes = checked(
  'DescribeLoadBalancerAttributes',
  (context: Context, input: Input<'DescribeLoadBalancerAttributes'>): Course<'DescribeLoadBalancerAttributes', Output<'DescribeLoadBalancerAttributes'>> => {
    const record = once(() => findLoadBalancer(context, input.LoadBalancerArn));
    return { checks: { 'load balancer': record }, act: () => ({ Attributes: asList(loadBalancerAttributes(record())) }) };
  },
);

/** Sets some, answers all. */
export const ModifyLoadBalancerAttributes = checked(
  'ModifyLoadBalancerAttributes',
  (context: WriteContext, input: Input<'ModifyLoadBalancerAttributes'>): Course<'ModifyLoadBalancerAttributes', Output<'ModifyLoadBalancerAttributes'>> => {
    const record = once(() => findLoadBalancer(context, input.LoadBalancerArn));
    const { checks, changed } = attributeChange(rows, record, input.Attributes, refusals);
    const full = once(() => loadBalancerAttributes(changed()));
    return {
      checks: {
        'load balancer': record,
        ...checks,
        'access logs bucket': () => {
          if (full()['access_logs.s3.enabled'] === 'true' && full()['access_logs.s3.bucket'] === '') throw unseen.bucketMissing();
        },
      },
      act: () => {
        context.tx.put('loadBalancers', record().LoadBalancerArn, changed());
        return { Attributes: asList(full()) };
      },
    };
  },
);
