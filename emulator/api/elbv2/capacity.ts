// Reserved capacity of a load balancer (LCUs). Nothing here becomes faster by it; AWS's states and limits are kept.
import type { LoadBalancerRecord } from '../../state/types.js';
import { checked, once, type Course } from './checked.js';
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
export const DescribeCapacityReservation = checked(
  'DescribeCapacityReservation',
  (context: Context, input: Input<'DescribeCapacityReservation'>): Course<'DescribeCapacityReservation', Output<'DescribeCapacityReservation'>> => {
    const record = once(() => findLoadBalancer(context, input.LoadBalancerArn));
    return { checks: { 'load balancer': record }, act: () => describe(context, record()) };
  },
);

/** The units that a request names; undefined to give the reservation back. */
const wantedUnits = ({ MinimumLoadBalancerCapacity, ResetCapacityReservation }: Input<'ModifyCapacityReservation'>): number | undefined => {
  const units = MinimumLoadBalancerCapacity?.CapacityUnits;
  if (ResetCapacityReservation && units !== undefined) throw unseen.capacityAndReset();
  if (!ResetCapacityReservation && units === undefined) throw unseen.capacityMissing();
  return units;
};

const checkUnits = (units: number, limit: number): void => {
  if (units < 1) throw unseen.capacityTooSmall(units);
  if (units > limit) throw unseen.capacityTooLarge(limit);
};

const checkNoTls = ({ read }: Context, { LoadBalancerArn: arn }: LoadBalancerRecord): void => {
  if (read.by('listeners', 'LoadBalancerArn', arn).some(({ Protocol }) => Protocol === 'TLS')) throw unseen.capacityTls();
};

const withCapacity = (record: LoadBalancerRecord, CapacityUnits: number | undefined, isDecrease: boolean, now: number): LoadBalancerRecord => {
  const recent = (record.capacity?.decreases ?? []).filter((moment) => moment + day > now);
  return { ...record, capacity: { CapacityUnits, LastModifiedTime: now, decreases: isDecrease ? [...recent, now] : recent } };
};

type ModifyCourse = Course<'ModifyCapacityReservation', Output<'ModifyCapacityReservation'>>;

/** Reserves, changes, or gives back. Less than before is allowed twice a day. */
export const ModifyCapacityReservation = checked('ModifyCapacityReservation', (context: WriteContext, input: Input<'ModifyCapacityReservation'>): ModifyCourse => {
  const record = once(() => findLoadBalancer(context, input.LoadBalancerArn));
  const units = once(() => wantedUnits(input));
  const isDecrease = (): boolean => (units() ?? Infinity) < (record().capacity?.CapacityUnits ?? 0);
  const unlessReset = (check: (units: number) => void) => (): void => {
    const wanted = units();
    if (wanted !== undefined) check(wanted);
  };
  return {
    checks: {
      'load balancer': record,
      'capacity given': units,
      'capacity units': unlessReset((wanted) => checkUnits(wanted, context.quota('capacity-units-per-network-load-balancer'))),
      'pending reservation': () => checkNotPending(context, record()),
      'TLS listeners': unlessReset(() => checkNoTls(context, record())),
      decreases: () => {
        if (isDecrease() && remaining(context, record().capacity) <= 0) throw unseen.capacityDecreases(decreasesPerDay);
      },
    },
    act: () => {
      const changed = withCapacity(record(), units(), isDecrease(), context.now);
      context.tx.put('loadBalancers', changed.LoadBalancerArn, changed);
      return describe(context, changed);
    },
  };
});
