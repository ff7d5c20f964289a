// What the data plane counted, for Prometheus, under the names that CloudWatch has for network load balancers.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
import type { Registry } from 'prom-client';
import type { Dataplane, FlowCounters } from '../dataplane/types.js';
import { poolsOf } from '../plan/plan.js';
import type { ListenerRecord, Reader, Store, TargetRecord } from '../state/types.js';

type Labels = Record<string, string>;
export type Sample = { name: string; kind: 'gauge' | 'counter'; help: string; labels: Labels; value: number };
type Meaning = { kind: Sample['kind']; help: string; of(counters: FlowCounters): number };

const meanings: Record<string, Meaning> = {
  ActiveFlowCount: { kind: 'gauge', help: 'Flows that live now.', of: ({ activeFlows }) => activeFlows },
  NewFlowCount: { kind: 'counter', help: 'Flows since the start.', of: ({ newFlows }) => newFlows },
  ProcessedBytes: { kind: 'counter', help: 'Bytes in both directions: of the payload in user space, of whole packets in the kernel.', of: ({ bytesIn, bytesOut }) => bytesIn + bytesOut },
  TCP_Client_Reset_Count: { kind: 'counter', help: 'RST from clients to targets.', of: ({ clientResets }) => clientResets },
  TCP_Target_Reset_Count: { kind: 'counter', help: 'RST from targets to clients.', of: ({ targetResets }) => targetResets },
  TCP_ELB_Reset_Count: { kind: 'counter', help: 'RST that the load balancer itself sent.', of: ({ balancerResets = 0 }) => balancerResets },
  RejectedFlowCount: { kind: 'counter', help: 'Flows without a target, or whose target did not accept.', of: ({ refused }) => refused },
  SecurityGroupBlockedFlowCount_Inbound: { kind: 'counter', help: 'Flows that no security group rule admits.', of: ({ denied = 0 }) => denied },
  ClientTLSNegotiationErrorCount: { kind: 'counter', help: 'Handshakes that failed with clients.', of: ({ clientTlsErrors = 0 }) => clientTlsErrors },
  TargetTLSNegotiationErrorCount: { kind: 'counter', help: 'Handshakes that failed with targets.', of: ({ targetTlsErrors = 0 }) => targetTlsErrors },
};

/** The part of an ARN that CloudWatch has as the dimension: `net/name/id`, `targetgroup/name/id`. */
const dimension = (arn: string): string => (arn.split(':').at(-1) ?? arn).replace(/^loadbalancer\//, '');

const flowSamples = (labels: Labels, counters: FlowCounters): Sample[] =>
  Object.entries(meanings).map(([name, { kind, help, of }]) => ({ name, kind, help, labels, value: of(counters) }));

const listenerSamples = (listener: ListenerRecord, zones: Record<string, FlowCounters>): Sample[] => {
  const prefix = `${listener.ListenerArn}|`;
  const labels = { LoadBalancer: dimension(listener.LoadBalancerArn), Listener: String(listener.Port), Protocol: listener.Protocol };
  return Object.entries(zones)
    .filter(([key]) => key.startsWith(prefix))
    .flatMap(([key, counters]) => flowSamples({ ...labels, AvailabilityZone: key.slice(prefix.length).replace('*', 'any') }, counters));
};

const hosts = { healthy: 'HealthyHostCount', unhealthy: 'UnHealthyHostCount' } as const;

const hostSamples = (listener: ListenerRecord, targets: readonly TargetRecord[], { health }: Dataplane): Sample[] =>
  poolsOf(listener).flatMap(({ id }) => {
    const members = targets.filter(({ TargetGroupArn, DeregisteredAt }) => TargetGroupArn === id && DeregisteredAt === undefined);
    return Object.entries(hosts).map(([status, name]) => ({
      name,
      kind: 'gauge' as const,
      help: `Registered targets that are ${status}.`,
      labels: { LoadBalancer: dimension(listener.LoadBalancerArn), TargetGroup: dimension(id) },
      value: members.filter((one) => health.of(id, `${one.Id}|${one.Port}`)?.status === status).length,
    }));
  });

const targetSamples = (target: TargetRecord, counted: Record<string, FlowCounters>): Sample[] => {
  const counters = counted[`${target.TargetGroupArn}|${target.Id}|${target.Port}`];
  const labels = { TargetGroup: dimension(target.TargetGroupArn), Target: `${target.Id}:${target.Port}` };
  // Names of their own: a sum over the load balancer's would count each flow twice.
  return counters ? flowSamples(labels, counters).map((sample) => ({ ...sample, name: `Target_${sample.name}` })) : [];
};

const partitionSamples = (read: Reader, dataplane: Dataplane): Sample[] => {
  const { zones, targets: counted } = dataplane.counters();
  const targets = [...read.list('targets')];
  return [
    ...[...read.list('listeners')].flatMap((listener) => [...listenerSamples(listener, zones), ...hostSamples(listener, targets, dataplane)]),
    ...targets.flatMap((target) => targetSamples(target, counted)),
  ];
};

/** Every figure as it is now. */
export const samplesOf = (store: Pick<Store, 'partitions'>, dataplane: Dataplane): Sample[] =>
  [...store.partitions()].flatMap(({ read }) => partitionSamples(read, dataplane));

const fill = (registry: Registry, { Counter, Gauge }: Pick<typeof import('prom-client'), 'Counter' | 'Gauge'>, samples: readonly Sample[]): void => {
  for (const { name, kind, help, labels, value } of samples) {
    const options = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    const known = registry.getSingleMetric(name) ?? (kind === 'gauge' ? new Gauge(options) : new Counter(options));
    // A group behind two listeners of one load balancer is told once.
    if (known instanceof Gauge) known.set(labels, value);
    else if (known instanceof Counter) known.inc(labels, value);
  }
};

/** The text that Prometheus reads; its library is loaded when first asked for. */
export const createMetrics = (store: Pick<Store, 'partitions'>, dataplane: Dataplane) => async (): Promise<{ contentType: string; body: string }> => {
  const { default: prometheus } = await import('prom-client');
  await dataplane.refresh();
  const registry = new prometheus.Registry();
  fill(registry, prometheus, samplesOf(store, dataplane));
  return { contentType: registry.contentType, body: await registry.metrics() };
};
