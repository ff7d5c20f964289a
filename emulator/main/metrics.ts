// What the data plane counted, for Prometheus, under the names that CloudWatch has for network load balancers.
import type { Registry } from 'prom-client';
import type { Dataplane, FlowCounters, Transport } from '../dataplane/types.js';
import { poolsOf } from '../plan/plan.js';
import { targetId, targetKey } from '../state/targets.js';
import type { ListenerRecord, LoadBalancerRecord, Reader, Store, TargetRecord } from '../state/types.js';
import type { Instance } from '../state/vpc.js';
import { balancerMeanings, meaningsOf, targetMeanings, type Meaning } from './metric-names.js';

type Labels = Record<string, string>;
export type Sample = { name: string; kind: Meaning['kind']; help: string; labels: Labels; value: number };

export type MetricsSources = { store: Pick<Store, 'partitions'>; dataplane: Dataplane; instances: { list(): readonly Instance[] } };

/** The part of an ARN that CloudWatch has as the dimension: `net/name/id`, `targetgroup/name/id`. */
const dimension = (arn: string): string => (arn.split(':').at(-1) ?? arn).replace(/^loadbalancer\//, '');

const gauge = (name: keyof typeof balancerMeanings, labels: Labels, value: number): Sample => ({ name, kind: 'gauge', help: balancerMeanings[name], labels, value });

const samplesBy = (meanings: Record<string, Meaning>, labels: Labels, counters: FlowCounters): Sample[] =>
  Object.entries(meanings).flatMap(([name, { kind, help, of }]) => {
    const value = of(counters);
    return value === undefined ? [] : [{ name, kind, help, labels, value }];
  });

type Zonal = { zone: string; transport: Transport; counters: FlowCounters };

/** What was counted in zones, by listener. */
const byListener = (zones: Record<string, FlowCounters>): Map<string, Zonal[]> => {
  const found = new Map<string, Zonal[]>();
  for (const [key, counters] of Object.entries(zones)) {
    const [id = '', zone = '', transport] = key.split('|');
    const known = found.get(id) ?? [];
    found.set(id, known);
    known.push({ zone, transport: transport as Transport, counters });
  }
  return found;
};

const listenerSamples = (listener: ListenerRecord, zones: readonly Zonal[]): Sample[] => {
  const labels = { LoadBalancer: dimension(listener.LoadBalancerArn), Listener: String(listener.Port), Protocol: listener.Protocol };
  return zones.flatMap(({ zone, transport, counters }) =>
    samplesBy(meaningsOf(listener.Protocol, transport), { ...labels, AvailabilityZone: zone.replace('*', 'any') }, counters));
};

const hosts = { healthy: 'HealthyHostCount', unhealthy: 'UnHealthyHostCount' } as const;

type ZoneOf = (target: TargetRecord) => string;

const hostSamples = (arn: string, groups: ReadonlySet<string>, targets: readonly TargetRecord[], zoneOf: ZoneOf, { health }: Dataplane): Sample[] =>
  targets.filter(({ TargetGroupArn, DeregisteredAt }) => groups.has(TargetGroupArn) && DeregisteredAt === undefined).flatMap((target) => {
    const labels = { LoadBalancer: dimension(arn), TargetGroup: dimension(target.TargetGroupArn), AvailabilityZone: zoneOf(target) };
    const found = health.of(target.TargetGroupArn, targetId(target))?.status;
    return Object.entries(hosts).map(([status, name]) => gauge(name, labels, found === status ? 1 : 0));
  });

const balancerSamples = (balancer: LoadBalancerRecord, listeners: readonly ListenerRecord[], targets: readonly TargetRecord[], zoneOf: ZoneOf, dataplane: Dataplane): Sample[] => {
  const labels = { LoadBalancer: dimension(balancer.LoadBalancerArn) };
  const units = balancer.capacity?.CapacityUnits;
  return [
    ...dataplane.zones(listeners.map(({ ListenerArn }) => ListenerArn)).map(({ zone, healthy }) =>
      gauge('ZonalHealthStatus', { ...labels, AvailabilityZone: zone }, healthy ? 1 : 0)),
    ...hostSamples(balancer.LoadBalancerArn, new Set(listeners.flatMap((one) => poolsOf(one).map(({ id }) => id))), targets, zoneOf, dataplane),
    ...(units === undefined ? [] : [gauge('ReservedLCUs', labels, units)]),
  ];
};

const targetSamples = (target: TargetRecord, counted: Record<string, FlowCounters>): Sample[] => {
  const counters = counted[targetKey(target)];
  const labels = { TargetGroup: dimension(target.TargetGroupArn), Target: targetId(target).replaceAll('|', ':') };
  // Names of their own: a sum over the load balancer's would count each flow twice.
  return counters ? samplesBy(targetMeanings, labels, counters).map((sample) => ({ ...sample, name: `Target_${sample.name}` })) : [];
};

const partitionSamples = (read: Reader, zoneOf: ZoneOf, dataplane: Dataplane): Sample[] => {
  const { zones, targets: counted } = dataplane.counters();
  const zonal = byListener(zones);
  const [targets, listeners] = [[...read.list('targets')], [...read.list('listeners')]];
  return [
    ...listeners.flatMap((listener) => listenerSamples(listener, zonal.get(listener.ListenerArn) ?? [])),
    ...[...read.list('loadBalancers')].flatMap((one) =>
      balancerSamples(one, listeners.filter(({ LoadBalancerArn }) => LoadBalancerArn === one.LoadBalancerArn), targets, zoneOf, dataplane)),
    ...targets.flatMap((target) => targetSamples(target, counted)),
  ];
};

/** Every figure as it is now; samples of one name and the same labels are parts of one figure. */
export const samplesOf = ({ store, dataplane, instances }: MetricsSources): Sample[] => {
  const byId = new Map(instances.list().map((one) => [one.InstanceId, one.AvailabilityZone]));
  const zoneOf: ZoneOf = ({ Id, AvailabilityZone }) => byId.get(Id) ?? AvailabilityZone ?? 'all';
  return [...store.partitions()].flatMap(({ read }) => partitionSamples(read, zoneOf, dataplane));
};

const fill = (registry: Registry, { Counter, Gauge }: Pick<typeof import('prom-client'), 'Counter' | 'Gauge'>, samples: readonly Sample[]): void => {
  for (const { name, kind, help, labels, value } of samples) {
    const options = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    const known = registry.getSingleMetric(name) ?? (kind === 'gauge' ? new Gauge(options) : new Counter(options));
    if (known instanceof Gauge || known instanceof Counter) known.inc(labels, value);
  }
};

/** The text that Prometheus reads; its library is loaded when first asked for. */
export const createMetrics = (sources: MetricsSources) => async (): Promise<{ contentType: string; body: string }> => {
  const { default: prometheus } = await import('prom-client');
  await sources.dataplane.refresh();
  const registry = new prometheus.Registry();
  fill(registry, prometheus, samplesOf(sources));
  return { contentType: registry.contentType, body: await registry.metrics() };
};
