// A VPC with three zones and three nodes, and tables in memory, for the tests of EC2.
import { manualClock } from '../../../emulator/clock.js';
import { createEc2, type Ec2 } from '../../../emulator/api/ec2/service.js';
import type { Ec2Api } from '../../../emulator/api/ec2/client.js';
import type { LoadBalancerRecord, Partition, Reader, TableName, Tables, Transaction } from '../../../emulator/state/types.js';
import type { VpcView } from '../../../emulator/state/vpc.js';
import type { AwsFault } from '../../../emulator/wire/fault.js';
import { parameter, parseQuery } from '../../../emulator/wire/query.js';
import { withRequestId } from '../../../emulator/wire/xml.js';

export const account = '000000000000';
export const region = 'us-west-2';
export const vpcId = 'vpc-0123456789abcdef0';

const zones = ['a', 'b', 'c'];

export const vpc: VpcView = {
  VpcId: vpcId,
  CidrBlock: '10.42.0.0/16',
  region,
  subnets: zones.flatMap((zone, index) => [
    { SubnetId: `subnet-0aaaaaaaaaaaaaaa${index}`, AvailabilityZone: `${region}${zone}`, AvailabilityZoneId: `usw2-az${index + 1}`, CidrBlock: `10.42.${index * 32}.0/19`, public: true },
    { SubnetId: `subnet-0bbbbbbbbbbbbbbb${index}`, AvailabilityZone: `${region}${zone}`, AvailabilityZoneId: `usw2-az${index + 1}`, CidrBlock: `10.42.${96 + index * 32}.0/19`, public: false },
  ]),
  instances: () => zones.map((zone, index) => ({
    InstanceId: `i-0ccccccccccccccc${index}`, nodeName: `node-${zone}`, PrivateIpAddress: `10.42.${96 + index * 32}.10`, AvailabilityZone: `${region}${zone}`, running: true,
  })),
  zoneOf: (address) => (address.startsWith('10.42.') ? `${region}${zones[Math.floor(Number(address.split('.')[2]) / 32) % 3]}` : undefined),
};

/** Tables in memory, all or nothing like the real store. */
export const memoryPartition = (): Partition => {
  let tables = new Map<string, Map<string, unknown>>();
  const readerOf = (current: () => typeof tables): Reader => ({
    get: <T extends TableName>(table: T, key: string) => current().get(table)?.get(key) as Tables[T] | undefined,
    list: <T extends TableName>(table: T) => [...(current().get(table)?.values() ?? [])] as Tables[T][],
  });
  return {
    account, region, read: readerOf(() => tables),
    update: async (change) => {
      const draft = new Map([...tables].map(([name, rows]) => [name, new Map(rows)]));
      const rows = (table: string) => draft.get(table) ?? draft.set(table, new Map()).get(table)!;
      const tx: Transaction = { ...readerOf(() => draft), put: (table, key, record) => void rows(table).set(key, record), delete: (table, key) => void rows(table).delete(key) };
      const result = change(tx);
      tables = draft;
      return result;
    },
  };
};

/** EC2 behind the dispatch's own steps: parse, answer or fault, RequestId. */
export const createWorld = (): { ec2: Ec2; client: Ec2Api; partition: Partition; call(body: string): Promise<{ status: number; body: string }> } => {
  const partition = memoryPartition();
  let ids = 0;
  const ec2 = createEc2({
    partition: () => partition, vpc: () => vpc, clusterName: 'eks-workshop', clock: manualClock(),
    newId: () => (++ids).toString(16).padStart(17, '0'),
  });
  const scope = { account, region };
  const call = async (body: string) => {
    const tree = parseQuery(body);
    const action = parameter(tree, 'Action') ?? '';
    const rendered = await Promise.resolve(ec2.service.answer({ scope, action, tree, body })).catch((error: AwsFault) => ec2.service.renderFault(error));
    return { status: rendered.status, body: withRequestId(rendered, 'r-1').toString() };
  };
  return { ec2, partition, client: ec2.client(scope), call };
};

export const loadBalancer = (SecurityGroups: string[]): LoadBalancerRecord => ({
  LoadBalancerArn: `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/one/0123456789abcdef`, LoadBalancerName: 'one',
  DNSName: `one-0123456789abcdef.elb.${region}.amazonaws.com`, CanonicalHostedZoneId: 'Z18D5FSROUN65G', CreatedTime: 0, Scheme: 'internal', VpcId: vpcId,
  Type: 'network', AvailabilityZones: [{ ZoneName: `${region}a`, SubnetId: 'subnet-0aaaaaaaaaaaaaaa0', address: '10.42.0.7' }], slot: 0, SecurityGroups,
  IpAddressType: 'ipv4', EnablePrefixForIpv6SourceNat: 'off', attributes: {}, tags: {},
});
