// Attributes of target groups with the NLB's protocols: the table and its two operations.
import type { AttributeMap, TargetGroupRecord } from '../../state/types.js';
import { validationError } from '../../wire/fault.js';
import { asList, attributeChange, between, flag, fullSet, oneOf, type AttributeRow, type Refusals } from './attributes.js';
import { checked, once, type Course } from './checked.js';
import type { Context, Input, Output, WriteContext } from './context.js';
import { invalidConfiguration } from './faults.js';
import { findTargetGroup } from './find.js';
import { unseen } from './texts.js';

type Row = AttributeRow<TargetGroupRecord>;
const datagram = ['UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'];
const noStickiness = ['TLS', 'QUIC', 'TCP_QUIC'];

const row = (key: string, initial: string, check: (value: string) => void): Row => ({ key, initial: () => initial, check });
const limits = (key: string, initial: string, min: number, max: number, ...words: string[]): Row => row(key, initial, between(key, min, max, ...words));

/** A key that only groups have whose targets have connections: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html */
const ofConnections = (one: Row): Row => ({ ...one, initial: (record) => (datagram.includes(record.Protocol) ? undefined : one.initial(record)) });

const most = 1000;
const health = 'target_group_health';

const rows: readonly Row[] = [
  limits('deregistration_delay.timeout_seconds', '300', 0, 3600),
  {
    key: 'deregistration_delay.connection_termination.enabled',
    initial: ({ Protocol }) => String(Protocol === 'UDP' || Protocol === 'TCP_UDP'),
    check: oneOf('deregistration_delay.connection_termination.enabled', 'true', 'false'),
  },
  {
    key: 'stickiness.enabled',
    initial: () => 'false',
    check: (value, { Protocol }) => {
      oneOf('stickiness.enabled', 'true', 'false')(value);
      if (value === 'true' && noStickiness.includes(Protocol)) throw invalidConfiguration(`You cannot enable stickiness on target groups with the ${Protocol} protocol`);
    },
  },
  {
    key: 'stickiness.type',
    initial: () => 'source_ip',
    check: (value, { Protocol }) => {
      if (value !== 'source_ip') throw invalidConfiguration(`Stickiness type '${value}' is not supported for target groups with the ${Protocol} protocol`);
    },
  },
  row('load_balancing.cross_zone.enabled', 'use_load_balancer_configuration', oneOf('load_balancing.cross_zone.enabled', 'true', 'false', 'use_load_balancer_configuration')),
  {
    key: 'preserve_client_ip.enabled',
    initial: ({ TargetType, Protocol }) => String(TargetType !== 'ip' || datagram.includes(Protocol)),
    check: (value, { Protocol }) => {
      oneOf('preserve_client_ip.enabled', 'true', 'false')(value);
      if (value === 'false' && datagram.includes(Protocol)) throw unseen.clientIpFixed(Protocol);
    },
  },
  flag('proxy_protocol_v2.enabled', 'false'),
  limits(`${health}.dns_failover.minimum_healthy_targets.count`, '1', 1, most, 'off'),
  limits(`${health}.dns_failover.minimum_healthy_targets.percentage`, 'off', 1, 100, 'off'),
  limits(`${health}.unhealthy_state_routing.minimum_healthy_targets.count`, '1', 1, most),
  limits(`${health}.unhealthy_state_routing.minimum_healthy_targets.percentage`, 'off', 1, 100, 'off'),
  ofConnections(flag('target_health_state.unhealthy.connection_termination.enabled', 'true')),
  ofConnections(limits('target_health_state.unhealthy.draining_interval_seconds', '0', 0, 360_000)),
];

// Keys that AWS knows, on target groups of other load balancers.
const otherKeys = /^(stickiness\.(lb_cookie|app_cookie)\.|slow_start\.|load_balancing\.algorithm\.|lambda\.|target_failover\.)/;

const refusals: Refusals<TargetGroupRecord> = {
  unknown: (key) =>
    otherKeys.test(key)
      ? invalidConfiguration('The provided target group attribute is not supported')
      : validationError(`Target group attribute key '${key}' is not recognized`),
  unsupported: () => invalidConfiguration('The provided target group attribute is not supported'),
};

/** Every attribute with its value. */
export const targetGroupAttributes = (record: TargetGroupRecord) => fullSet(rows, record);

/** A zone leaves DNS no later than it routes to all: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html */
const checkThresholds = (full: AttributeMap): void => {
  for (const unit of ['count', 'percentage']) {
    const [failover, routing] = ['dns_failover', 'unhealthy_state_routing'].map((way) => full[`${health}.${way}.minimum_healthy_targets.${unit}`]);
    if (failover !== 'off' && routing !== 'off' && Number(failover) < Number(routing)) throw unseen.failoverBelowRouting(unit);
  }
};

/** The complete set. */
export const DescribeTargetGroupAttributes = checked(
  'DescribeTargetGroupAttributes',
  (context: Context, input: Input<'DescribeTargetGroupAttributes'>): Course<'DescribeTargetGroupAttributes', Output<'DescribeTargetGroupAttributes'>> => {
    const record = once(() => findTargetGroup(context, input.TargetGroupArn));
    return { checks: { 'target group': record }, act: () => ({ Attributes: asList(targetGroupAttributes(record())) }) };
  },
);

/** Sets some, answers all. */
export const ModifyTargetGroupAttributes = checked(
  'ModifyTargetGroupAttributes',
  (context: WriteContext, input: Input<'ModifyTargetGroupAttributes'>): Course<'ModifyTargetGroupAttributes', Output<'ModifyTargetGroupAttributes'>> => {
    const record = once(() => findTargetGroup(context, input.TargetGroupArn));
    const { checks, changed } = attributeChange(rows, record, input.Attributes, refusals);
    const full = once(() => targetGroupAttributes(changed()));
    return {
      checks: { 'target group': record, ...checks, 'health thresholds': () => checkThresholds(full()) },
      act: () => {
        context.tx.put('targetGroups', record().TargetGroupArn, changed());
        return { Attributes: asList(full()) };
      },
    };
  },
);
