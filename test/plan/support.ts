// Records as the store would hold them, with few words.
import { indexRows } from '../../emulator/state/indexes.js';
import { readerOf as readerOfRows, type IndexedReader } from '../../emulator/state/transaction.js';
import type { CertificateRecord, ListenerRecord, LoadBalancerRecord, SecurityGroupRecord, TableName, TargetGroupRecord, TargetRecord } from '../../emulator/state/types.js';

const prefix = 'arn:aws:elasticloadbalancing:us-west-2:000000000000';
export const lbArn = `${prefix}:loadbalancer/net/k8s-ui-uinlb-0123456789/0123456789abcdef`;
export const listenerArn = `${prefix}:listener/net/k8s-ui-uinlb-0123456789/0123456789abcdef/fedcba9876543210`;
export const tgArn = `${prefix}:targetgroup/k8s-ui-uinlb-0123456789/aaaabbbbccccdddd`;

export const balancer = (overrides: Partial<LoadBalancerRecord> = {}): LoadBalancerRecord => ({
  LoadBalancerArn: lbArn, LoadBalancerName: 'k8s-ui-uinlb-0123456789', DNSName: 'k8s-ui-uinlb-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com',
  CanonicalHostedZoneId: 'Z18D5FSROUN65G', CreatedTime: 0, Scheme: 'internet-facing', VpcId: 'vpc-0', Type: 'network',
  AvailabilityZones: [
    { ZoneName: 'us-west-2a', SubnetId: 'subnet-a', address: '127.43.0.1' }, { ZoneName: 'us-west-2b', SubnetId: 'subnet-b', address: '127.43.1.1' },
  ],
  frontAddress: '127.43.0.8', slot: 0, IpAddressType: 'ipv4', EnablePrefixForIpv6SourceNat: 'off', attributes: {}, tags: {}, ...overrides,
});

export const listenerRecord = (overrides: Partial<ListenerRecord> = {}): ListenerRecord => ({
  ListenerArn: listenerArn, LoadBalancerArn: lbArn, Port: 80, Protocol: 'TCP', DefaultActions: [{ Type: 'forward', TargetGroupArn: tgArn }],
  attributes: {}, tags: {}, ...overrides,
});

export const group = (overrides: Partial<TargetGroupRecord> = {}): TargetGroupRecord => ({
  TargetGroupArn: tgArn, TargetGroupName: 'k8s-ui-uinlb-0123456789', Protocol: 'TCP', Port: 8080, VpcId: 'vpc-0', TargetType: 'ip', IpAddressType: 'ipv4',
  HealthCheckProtocol: 'TCP', HealthCheckPort: 'traffic-port', HealthCheckEnabled: true, HealthCheckIntervalSeconds: 10, HealthCheckTimeoutSeconds: 10,
  HealthyThresholdCount: 3, UnhealthyThresholdCount: 3, attributes: {}, tags: {}, ...overrides,
});

export const ipTarget = (overrides: Partial<TargetRecord> = {}): TargetRecord => ({
  TargetGroupArn: tgArn, Id: '10.42.1.7', Port: 8080, AvailabilityZone: 'us-west-2a', RegisteredAt: 600_000, ...overrides,
});

export type Records = {
  loadBalancers: LoadBalancerRecord[];
  listeners: ListenerRecord[];
  targetGroups: TargetGroupRecord[];
  targets: TargetRecord[];
  securityGroups?: SecurityGroupRecord[];
  certificates?: CertificateRecord[];
};

export const readerOf = (records: Records): IndexedReader => {
  const tables: { [T in TableName]?: Map<string, unknown> } = {
    loadBalancers: new Map(records.loadBalancers.map((one) => [one.LoadBalancerArn, one])),
    listeners: new Map(records.listeners.map((one) => [one.ListenerArn, one])),
    targetGroups: new Map(records.targetGroups.map((one) => [one.TargetGroupArn, one])),
    targets: new Map(records.targets.map((one) => [`${one.TargetGroupArn}|${one.Id}|${one.Port}`, one])),
    securityGroups: new Map((records.securityGroups ?? []).map((one) => [one.GroupId, one])),
    certificates: new Map((records.certificates ?? []).map((one) => [one.CertificateArn, one])),
  };
  const rows = new Map(Object.entries(tables).map(([name, table]) => [name, indexRows(name as TableName, table)]));
  return readerOfRows((name) => rows.get(name) ?? indexRows(name, new Map()));
};

/** A source of records for a planner. */
export const sourceOf = (read: IndexedReader) => ({ account: '000000000000', region: 'us-west-2', read });
