// The names that CloudWatch has for what a network load balancer counted, and what of the counters each one tells. Pure.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
// Not here: PeakBytesPerSecond, PeakPacketsPerSecond and ConsumedLCUs are rates over time, which Prometheus makes of these
// counters; nothing of ours has outbound rules, ICMP or a zonal shift.
import type { FlowCounters, Transport } from '../dataplane/types.js';

type Kind = 'gauge' | 'counter';
export type Meaning = { kind: Kind; help: string; of(counters: FlowCounters): number | undefined };

const counter = (help: string, of: Meaning['of']): Meaning => ({ kind: 'counter', help, of });

const flows = {
  ActiveFlowCount: { kind: 'gauge', help: 'Flows that live now.', of: ({ activeFlows }) => activeFlows },
  NewFlowCount: counter('Flows since the start.', ({ newFlows }) => newFlows),
  ProcessedBytes: counter('Bytes in both directions: of the payload in user space, of whole packets in the kernel.', ({ bytesIn, bytesOut }) => bytesIn + bytesOut),
} satisfies Record<string, Meaning>;

const rejected = counter('Flows without a target, or whose target did not accept.', ({ refused }) => refused);
const blocked = counter('Flows that no security group rule admits.', ({ denied = 0 }) => denied);

/** What every listener counts. */
const general: Record<string, Meaning> = {
  ...flows,
  ProcessedPackets: counter('Packets in both directions, where the kernel carries them.', ({ packets }) => packets),
  RejectedFlowCount: rejected,
  PortAllocationErrorCount: counter('Flows that ended for want of a local port to dial from; the kernel does not tell.', ({ portErrors }) => portErrors),
};

const overTcp: Record<string, Meaning> = {
  TCP_Client_Reset_Count: counter('RST from clients to targets.', ({ clientResets }) => clientResets),
  TCP_Target_Reset_Count: counter('RST from targets to clients.', ({ targetResets }) => targetResets),
  TCP_ELB_Reset_Count: counter('RST that the load balancer itself sent.', ({ balancerResets = 0 }) => balancerResets),
};

const overTls: Record<string, Meaning> = {
  ClientTLSNegotiationErrorCount: counter('Handshakes that failed with clients.', ({ clientTlsErrors = 0 }) => clientTlsErrors),
  TargetTLSNegotiationErrorCount: counter('Handshakes that failed with targets.', ({ targetTlsErrors = 0 }) => targetTlsErrors),
};

const failOpen: Record<string, Meaning> = { UnhealthyRoutingFlowCount: counter('New flows that fail-open sent.', ({ failOpen = 0 }) => failOpen) };

const overQuic: Record<string, Meaning> = {
  QUIC_Unknown_Server_ID_Packet_Drop_Count: counter('Datagrams with a server id that names no target.', ({ strangeIds = 0 }) => strangeIds),
};

const named = (meanings: Record<string, Meaning>, protocol: string): Record<string, Meaning> =>
  Object.fromEntries(Object.entries(meanings).map(([name, meaning]) => [`${name}_${protocol}`, meaning]));

/** TLS and QUIC are protocols of their own, whatever they run over. */
const familyOf = (protocol: string, transport: Transport): string =>
  protocol === 'TLS' ? 'TLS' : transport === 'udp' && protocol.includes('QUIC') ? 'QUIC' : transport.toUpperCase();

/** What a listener of this protocol tells of its flows over one transport. */
export const meaningsOf = (protocol: string, transport: Transport): Record<string, Meaning> => {
  const family = familyOf(protocol, transport);
  return {
    ...general,
    ...named(flows, family),
    ...named({ SecurityGroupBlockedFlowCount_Inbound: blocked }, transport.toUpperCase()),
    ...(transport === 'tcp' ? { ...overTcp, ...named({ RejectedFlowCount: rejected }, 'TCP') } : {}),
    ...(family === 'TLS' ? overTls : failOpen),
    ...(family === 'QUIC' ? overQuic : {}),
  };
};

/** What is told of one target, whichever listeners lead there. */
export const targetMeanings: Record<string, Meaning> = { ...general, ...overTcp, ...overTls, ...failOpen };

/** What is told of a load balancer's zones and groups. */
export const balancerMeanings = {
  HealthyHostCount: 'Registered targets in the zone that are healthy.',
  UnHealthyHostCount: 'Registered targets in the zone that are unhealthy.',
  ZonalHealthStatus: '1 where the zone has healthy targets enough to be in DNS.',
  ReservedLCUs: 'Capacity units reserved.',
} as const;
