// Reserved capacity of a load balancer (LCUs). Nothing here becomes faster by it; AWS's states and limits are kept.
import type { LoadBalancerRecord } from '../../state/types.js';
import type { Context, Input, Output, WriteContext } from './context.js';
import { findLoadBalancer } from './find.js';
import { unseen } from './texts.js';

const day = 24 * 60 * 60_000;
const decreasesPerDay = 2;

type Capacity = NonNullable<LoadBalancerRecord['capacity']>;

const remaining = ({ reached }: Context, capacity: Capacity | undefined): number =>
  decreasesPerDay - (capacity?.decreases ?? []).filter((moment) => !reached(moment + day)).length;

/** A reservation takes as long as a new load balancer. */
const isPending = ({ reached, timing }: Context, { CapacityUnits, LastModifiedTime }: Capacity): boolean =>
  CapacityUnits !== undefined && !reached(LastModifiedTime + timing.provisioning);

/** A reservation on its way allows no other change of the load balancer's zones or capacity. */
export const checkNotPending = (context: Context, { capacity, LoadBalancerArn }: LoadBalancerRecord): void => {
  if (capacity && isPending(context, capacity)) throw unseen.capacityPending(LoadBalancerArn);
};

// Fields of a reservation must be absent when there is none: the controller dereferences what is there.
const describe = (context: Context, { AvailabilityZones, capacity }: LoadBalancerRecord): Output<'DescribeCapacityReservation'> => {
  const DecreaseRequestsRemaining = remaining(context, capacity);
  if (!capacity) return { DecreaseRequestsRemaining };
  const LastModifiedTime = new Date(capacity.LastModifiedTime);
  const { CapacityUnits } = capacity;
  if (CapacityUnits === undefined) return { LastModifiedTime, DecreaseRequestsRemaining };
  const pending = isPending(context, capacity);
  return {
    LastModifiedTime,
    DecreaseRequestsRemaining,
    MinimumLoadBalancerCapacity: { CapacityUnits },
    CapacityReservationState: AvailabilityZones.map(({ ZoneName }) => ({
      State: { Code: pending ? 'pending' as const : 'provisioned' as const },
      AvailabilityZone: ZoneName,
      ...(pending ? {} : { EffectiveCapacityUnits: CapacityUnits }),
    })),
  };
};

/** What is reserved, and how far that has come. */
export const DescribeCapacityReservation = (context: Context, input: Input<'DescribeCapacityReservation'>): Output<'DescribeCapacityReservation'> =>
  describe(context, findLoadBalancer(context, input.LoadBalancerArn));

const wantedUnits = (context: WriteContext, input: Input<'ModifyCapacityReservation'>): number | undefined => {
  const units = input.MinimumLoadBalancerCapacity?.CapacityUnits;
  if (input.ResetCapacityReservation) {
    if (units !== undefined) throw unseen.capacityAndReset();
    return undefined;
  }
  if (units === undefined) throw unseen.capacityMissing();
  const limit = context.quota('capacity-units-per-network-load-balancer');
  if (units < 1) throw unseen.capacityTooSmall(units);
  if (units > limit) throw unseen.capacityTooLarge(limit);
  return units;
};

const checkAllowed = (context: WriteContext, record: LoadBalancerRecord, units: number | undefined): void => {
  const { LoadBalancerArn: arn } = record;
  checkNotPending(context, record);
  const tls = context.read.by('listeners', 'LoadBalancerArn', arn).some(({ Protocol }) => Protocol === 'TLS');
  if (units !== undefined && tls) throw unseen.capacityTls();
};

/** Reserves, changes, or gives back. Less than before is allowed twice a day. */
export const ModifyCapacityReservation = (context: WriteContext, input: Input<'ModifyCapacityReservation'>): Output<'ModifyCapacityReservation'> => {
  const record = findLoadBalancer(context, input.LoadBalancerArn);
  const CapacityUnits = wantedUnits(context, input);
  checkAllowed(context, record, CapacityUnits);
  const { now, tx } = context;
  const before = record.capacity?.CapacityUnits ?? 0;
  const isDecrease = (CapacityUnits ?? 0) < before && CapacityUnits !== undefined;
  if (isDecrease && remaining(context, record.capacity) <= 0) {
    throw unseen.capacityDecreases(decreasesPerDay);
  }
  const recent = (record.capacity?.decreases ?? []).filter((moment) => moment + day > now);
  const changed: LoadBalancerRecord = { ...record, capacity: { CapacityUnits, LastModifiedTime: now, decreases: isDecrease ? [...recent, now] : recent } };
  tx.put('loadBalancers', record.LoadBalancerArn, changed);
  return describe(context, changed);
};
