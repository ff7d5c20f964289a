// Metrics: CloudWatch's names with the right figures, once each.
import test from 'ava';
import type { Dataplane, FlowCounters } from '../../emulator/dataplane/types.js';
import { createMetrics, type MetricsSources } from '../../emulator/main/metrics.js';
import type { Store } from '../../emulator/state/types.js';
import { balancer, group, ipTarget, listenerArn, listenerRecord, readerOf, tgArn } from '../plan/support.js';

const flows: FlowCounters = { newFlows: 3, activeFlows: 1, bytesIn: 10, bytesOut: 32, clientResets: 1, targetResets: 0, refused: 4, denied: 2, failOpen: 1 };

const records = {
  loadBalancers: [balancer({ capacity: { CapacityUnits: 2750, LastModifiedTime: 0, decreases: [] } })],
  listeners: [
    listenerRecord(), listenerRecord({ ListenerArn: `${listenerArn}2`, Port: 81 }),
    listenerRecord({ ListenerArn: `${listenerArn}3`, Port: 53, Protocol: 'TCP_UDP' }), listenerRecord({ ListenerArn: `${listenerArn}4`, Port: 443, Protocol: 'TLS' }),
    listenerRecord({ ListenerArn: `${listenerArn}5`, Port: 444, Protocol: 'QUIC' }),
  ],
  targetGroups: [group()],
  targets: [ipTarget(), ipTarget({ Id: '10.42.1.8' }), ipTarget({ Id: '10.42.40.8', AvailabilityZone: 'us-west-2b' }), ipTarget({ Id: 'i-0aaa' }), ipTarget({ Id: '10.42.1.9', DeregisteredAt: 1 })],
};

const sources: MetricsSources = {
  store: { partitions: () => [{ read: readerOf(records) }] } as unknown as Store,
  instances: { list: () => [{ InstanceId: 'i-0aaa', nodeName: 'n', PrivateIpAddress: '10.42.1.10', AvailabilityZone: 'us-west-2c', running: true }] },
  dataplane: {
    refresh: () => Promise.resolve(),
    zones: () => [{ zone: 'us-west-2a', healthy: true }, { zone: 'us-west-2b', healthy: false }],
    health: { of: (_: string, id: string) => ({ status: id.startsWith('10.42.1.7') || id.startsWith('i-') ? 'healthy' : 'unhealthy' }) },
    counters: () => ({
      listeners: {},
      zones: {
        [`${listenerArn}|us-west-2a|tcp`]: flows,
        [`${listenerArn}3|us-west-2a|tcp`]: { ...flows, packets: 7 }, [`${listenerArn}3|us-west-2a|udp`]: { ...flows, newFlows: 5 },
        [`${listenerArn}4|us-west-2b|tcp`]: { ...flows, clientTlsErrors: 6 }, [`${listenerArn}5|*|udp`]: { ...flows, strangeIds: 8 },
      },
      targets: { [`${tgArn}|10.42.1.7|8080`]: flows },
    }),
  } as unknown as Dataplane,
};

const balancerLabel = 'LoadBalancer="net/k8s-ui-uinlb-0123456789/0123456789abcdef"';
const at = (port: number, protocol: string, zone = 'us-west-2a'): string => `{${balancerLabel},Listener="${port}",Protocol="${protocol}",AvailabilityZone="${zone}"}`;
const hostsIn = (zone: string): string => `{${balancerLabel},TargetGroup="targetgroup/k8s-ui-uinlb-0123456789/aaaabbbbccccdddd",AvailabilityZone="${zone}"}`;

test('flows by load balancer, listener, protocol and zone; hosts by target group and zone; each once', async (t) => {
  const { body, contentType } = await createMetrics(sources)();
  t.regex(contentType, /^text\/plain/);
  const lines = body.split('\n');
  const wanted = [
    ...['ActiveFlowCount 1', 'NewFlowCount 3', 'ProcessedBytes 42', 'ActiveFlowCount_TCP 1', 'NewFlowCount_TCP 3', 'ProcessedBytes_TCP 42', 'TCP_Client_Reset_Count 1', 'TCP_Target_Reset_Count 0', 'TCP_ELB_Reset_Count 0',
      'RejectedFlowCount 4', 'RejectedFlowCount_TCP 4', 'SecurityGroupBlockedFlowCount_Inbound_TCP 2', 'UnhealthyRoutingFlowCount 1'].map((one) => one.replace(' ', `${at(80, 'TCP')} `)),
    ...['ActiveFlowCount 2', 'NewFlowCount 8', 'NewFlowCount_TCP 3', 'NewFlowCount_UDP 5', 'ActiveFlowCount_UDP 1', 'ProcessedBytes_UDP 42', 'ProcessedPackets 7', 'SecurityGroupBlockedFlowCount_Inbound_UDP 2', 'RejectedFlowCount 8', 'RejectedFlowCount_TCP 4'].map((one) => one.replace(' ', `${at(53, 'TCP_UDP')} `)),
    ...['NewFlowCount_TLS 3', 'ActiveFlowCount_TLS 1', 'ProcessedBytes_TLS 42', 'ClientTLSNegotiationErrorCount 6', 'TargetTLSNegotiationErrorCount 0'].map((one) => one.replace(' ', `${at(443, 'TLS', 'us-west-2b')} `)),
    ...['NewFlowCount_QUIC 3', 'ActiveFlowCount_QUIC 1', 'ProcessedBytes_QUIC 42', 'QUIC_Unknown_Server_ID_Packet_Drop_Count 8'].map((one) => one.replace(' ', `${at(444, 'QUIC', 'any')} `)),
    `HealthyHostCount${hostsIn('us-west-2a')} 1`, `UnHealthyHostCount${hostsIn('us-west-2a')} 1`, `HealthyHostCount${hostsIn('us-west-2b')} 0`, `UnHealthyHostCount${hostsIn('us-west-2b')} 1`, `HealthyHostCount${hostsIn('us-west-2c')} 1`,
    `ZonalHealthStatus{${balancerLabel},AvailabilityZone="us-west-2a"} 1`, `ZonalHealthStatus{${balancerLabel},AvailabilityZone="us-west-2b"} 0`, `ReservedLCUs{${balancerLabel}} 2750`,
    'Target_NewFlowCount{TargetGroup="targetgroup/k8s-ui-uinlb-0123456789/aaaabbbbccccdddd",Target="10.42.1.7:8080"} 3',
  ];
  for (const line of wanted) t.is(lines.filter((one) => one === line).length, 1, line);
});

test('what a protocol does not have is not told', async (t) => {
  const { body } = await createMetrics(sources)();
  for (const name of ['UnhealthyRoutingFlowCount', 'NewFlowCount_TCP']) t.notRegex(body, new RegExp(`^${name}\\{[^}]*Protocol="TLS"`, 'm'), name);
  t.notRegex(body, /^TCP_Client_Reset_Count\{[^}]*Protocol="QUIC"/m);
  t.notRegex(body, /^ProcessedPackets\{[^}]*Listener="80"/m);
});
