// EC2 over a memory store and the real address plan, behind the dispatch that the wire goes through.
import { createDispatch, type Dispatch } from '../../../emulator/api/dispatch.js';
import type { Ec2Api } from '../../../emulator/api/ec2/client.js';
import { createEc2 } from '../../../emulator/api/ec2/service.js';
import { stsService } from '../../../emulator/api/sts/service.js';
import { manualClock } from '../../../emulator/clock.js';
import { timingProfiles } from '../../../emulator/config.js';
import { silentLog } from '../../../emulator/log.js';
import { createMemoryStore } from '../../../emulator/state/store.js';
import type { LoadBalancerRecord, Partition } from '../../../emulator/state/types.js';
import { createVpc, type VpcView } from '../../../emulator/state/vpc.js';

export const account = '123456789012';
export const region = 'us-west-2';

const zones = ['a', 'b', 'c'];
const nodes = zones.map((zone, index) => ({
  InstanceId: `i-0ccccccccccccccc${index}`, nodeName: `node-${zone}`, PrivateIpAddress: `10.42.${96 + index * 32}.10`, AvailabilityZone: `${region}${zone}`, running: true,
}));

export type World = {
  dispatch: Dispatch;
  client: Ec2Api;
  partition: Partition;
  vpc: VpcView;
  publicSubnet: string;
  privateSubnet: string;
  call(body: string, inRegion?: string): Promise<{ status: number; body: string }>;
};

export const createWorld = async (): Promise<World> => {
  const clock = manualClock();
  const store = await createMemoryStore({ clock, log: silentLog });
  const vpc = createVpc(region, account, 'eks-workshop', () => nodes);
  let ids = 0;
  const ec2 = createEc2({ store, vpc, clusterName: 'eks-workshop', clock, newId: () => (++ids).toString(16).padStart(17, '0') });
  const dispatch = createDispatch({
    store, vpc, clusterName: 'eks-workshop', clock, account, region, health: { of: () => undefined, revision: () => 0, onChange: () => () => {} },
    timing: timingProfiles.instant, quotas: {}, octet: 43, log: silentLog, newRequestId: () => 'r-1',
    services: { ec2: ec2.service, sts: stsService },
  });
  const subnet = (isPublic: boolean) => vpc.subnets.find((one) => one.public === isPublic && one.AvailabilityZone === `${region}a`)?.SubnetId ?? '';
  return {
    dispatch, vpc, client: ec2.client({ account, region }), partition: store.partition(account, region), publicSubnet: subnet(true), privateSubnet: subnet(false),
    call: async (body, inRegion = region) => {
      const authorization = `AWS4-HMAC-SHA256 Credential=AKID/20260101/${inRegion}/ec2/aws4_request, SignedHeaders=host, Signature=0`;
      const answer = await dispatch.answer({ body, authorization });
      return { status: answer.status, body: answer.body.toString() };
    },
  };
};

/** A record of a load balancer that wears these groups. */
export const loadBalancer = ({ vpc, publicSubnet }: World, SecurityGroups: string[]): LoadBalancerRecord => ({
  LoadBalancerArn: `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/one/0123456789abcdef`, LoadBalancerName: 'one',
  DNSName: `one-0123456789abcdef.elb.${region}.amazonaws.com`, CanonicalHostedZoneId: 'Z18D5FSROUN65G', CreatedTime: 0, Scheme: 'internal', VpcId: vpc.VpcId,
  Type: 'network', AvailabilityZones: [{ ZoneName: `${region}a`, SubnetId: publicSubnet, address: '127.43.0.7' }], frontAddress: '127.43.0.8', slot: 0, SecurityGroups,
  IpAddressType: 'ipv4', EnablePrefixForIpv6SourceNat: 'off', attributes: {}, tags: {},
});
