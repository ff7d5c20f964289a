// A dispatch over a memory store with a clock that stands still, and the official SDK client talking to it without sockets.
import { ElasticLoadBalancingV2Client, type ProtocolEnum } from '@aws-sdk/client-elastic-load-balancing-v2';
import { HttpResponse } from '@smithy/core/protocols';
import { createAcm } from '../../../emulator/api/acm/service.js';
import { createTagging } from '../../../emulator/api/tagging/service.js';
import { createDispatch, type Dispatch, type HttpAnswer } from '../../../emulator/api/dispatch.js';
import type { Elbv2Api } from '../../../emulator/api/elbv2/client.js';
import { manualClock, type ManualClock } from '../../../emulator/clock.js';
import { timingProfiles } from '../../../emulator/config.js';
import type { HealthView, TargetHealth } from '../../../emulator/dataplane/types.js';
import { silentLog } from '../../../emulator/log.js';
import { createMemoryStore, type IndexedStore } from '../../../emulator/state/store.js';
import { createVpc, type Instance, type VpcView } from '../../../emulator/state/vpc.js';
import { AwsFault } from '../../../emulator/wire/fault.js';
import { blob, type Pair } from '../certificates.js';

export const account = '123456789012';
export const region = 'us-west-2';
export const authorization = `AWS4-HMAC-SHA256 Credential=AKID/20260101/${region}/elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=0`;

export type TestHealth = HealthView & { set(group: string, target: string, status: TargetHealth['status'], since?: number): void };

const testHealth = (): TestHealth => {
  const known = new Map<string, TargetHealth>();
  let revision = 0;
  return {
    of: (pool, target) => known.get(`${pool} ${target}`),
    revision: () => revision,
    onChange: () => () => {},
    set: (group, target, status, since = 0) => {
      known.set(`${group} ${target}`, { status, since, history: [] });
      revision++;
    },
  };
};

export const node = (zone: string, index: number): Instance => ({
  InstanceId: `i-${String(index).padStart(17, '0')}`,
  nodeName: `node-${index}`,
  PrivateIpAddress: `10.42.${96 + 32 * index}.10`,
  AvailabilityZone: `${region}${zone}`,
  running: true,
});

type SdkRequest = { body?: unknown; headers: Record<string, string> };

const sdkClient = (dispatch: Dispatch): ElasticLoadBalancingV2Client =>
  new ElasticLoadBalancingV2Client({
    region,
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret' },
    endpoint: 'http://127.0.0.1:1',
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: SdkRequest) => {
        const { status, headers, body } = await dispatch.answer({ body: String(request.body), authorization: request.headers['authorization'] });
        const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
        return { response: new HttpResponse({ statusCode: status, headers: lower, body }) };
      },
    } as never,
  });

export type World = {
  dispatch: Dispatch;
  api: Elbv2Api;
  sdk: ElasticLoadBalancingV2Client;
  store: IndexedStore;
  clock: ManualClock;
  health: TestHealth;
  vpc: VpcView;
  nodes: Instance[];
  /** Calls an operation of a JSON service: `CertificateManager.ImportCertificate`. */
  json<T = Record<string, unknown>>(target: string, input: object): Promise<{ status: number; output: T }>;
  post(body: string): Promise<HttpAnswer & { text: string }>;
};

/** Everything a test of the ELBv2 API needs; the fast timing profile, three nodes, ids that count up. */
export const createWorld = async (options: { quotas?: Record<string, number>; timing?: keyof typeof timingProfiles; throttle?: number } = {}): Promise<World> => {
  const clock = manualClock();
  const store = await createMemoryStore({ clock, log: silentLog });
  const health = testHealth();
  const nodes = [node('a', 0), node('b', 1), node('c', 2)];
  const vpc = createVpc(region, account, 'eks-workshop', () => nodes);
  let ids = 0;
  const dispatch = createDispatch({
    store, vpc, health, clock, account, region,
    timing: timingProfiles[options.timing ?? 'fast'],
    quotas: options.quotas ?? {},
    throttle: options.throttle,
    octet: 43,
    log: silentLog,
    others: { json: [createAcm({ store, clock }), createTagging({ store })] },
    newId: () => (++ids).toString(16).padStart(16, '0'),
    newRequestId: () => '00000000-0000-4000-8000-000000000000',
  });
  const post = async (body: string) => {
    const answer = await dispatch.answer({ body, authorization });
    return { ...answer, text: answer.body.toString() };
  };
  const json = async <T>(target: string, input: object): Promise<{ status: number; output: T }> => {
    const { status, body } = await dispatch.answer({ body: JSON.stringify(input), target, authorization });
    return { status, output: JSON.parse(body.toString() || '{}') as T };
  };
  return { json, dispatch, api: dispatch.elbv2Api(), sdk: sdkClient(dispatch), store, clock, health, vpc, nodes, post };
};

/** The public subnets of the first zones. */
export const publicSubnets = ({ vpc }: World, count = 3): string[] =>
  vpc.subnets.filter((subnet) => subnet.public).slice(0, count).map((subnet) => subnet.SubnetId);

export const createLoadBalancer = async (world: World, Name = 'my-nlb') => {
  const { LoadBalancers } = await world.api.CreateLoadBalancer({ Name, Type: 'network', Subnets: publicSubnets(world) });
  return LoadBalancers?.[0]?.LoadBalancerArn ?? '';
};

export const createTargetGroup = async (world: World, Name = 'my-group', TargetType: 'ip' | 'instance' = 'ip', Port = 8080, Protocol: ProtocolEnum = 'TCP') => {
  const { TargetGroups } = await world.api.CreateTargetGroup({ Name, Protocol, Port, VpcId: world.vpc.VpcId, TargetType });
  return TargetGroups?.[0]?.TargetGroupArn ?? '';
};

export const createListener = async (world: World, LoadBalancerArn: string, TargetGroupArn: string, Port = 80) => {
  const { Listeners } = await world.api.CreateListener({ LoadBalancerArn, Protocol: 'TCP', Port, DefaultActions: [{ Type: 'forward', TargetGroupArn }] });
  return Listeners?.[0]?.ListenerArn ?? '';
};

/** Code and message of the refusal that a call ends in. */
export const refusal = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'no refusal';
  } catch (error) {
    return error instanceof AwsFault ? `${error.code}: ${error.message}` : `not a fault: ${String(error)}`;
  }
};

/** An ARN of the same form that nothing has. */
export const nowhere = (arn: string): string => arn.replace(/.{16}$/, 'ffffffffffffffff');

/** Attributes as an object. */
export const asObject = (attributes: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined): Record<string, string> =>
  Object.fromEntries((attributes ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));

/** A load balancer that listens on port 80 for a group of its own. */
export const createService = async (world: World, type: 'ip' | 'instance' = 'ip') => {
  const LoadBalancerArn = await createLoadBalancer(world);
  const TargetGroupArn = await createTargetGroup(world, 'my-group', type);
  const ListenerArn = await createListener(world, LoadBalancerArn, TargetGroupArn);
  const register = (...Targets: { Id: string; Port?: number; AvailabilityZone?: string }[]) => world.api.RegisterTargets({ TargetGroupArn, Targets });
  return { LoadBalancerArn, TargetGroupArn, ListenerArn, register };
};

/** `id:port state reason` of each target. */
export const states = async (world: World, TargetGroupArn: string): Promise<string[]> =>
  ((await world.api.DescribeTargetHealth({ TargetGroupArn })).TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) =>
    `${Target?.Id}:${Target?.Port} ${TargetHealth?.State}${TargetHealth?.Reason ? ` ${TargetHealth.Reason}` : ''}`);

/** Security groups of the VPC, by id. */
export const createGroups = async (world: World, ...ids: string[]): Promise<string[]> => {
  await world.store.partition(account, region).update((tx) => {
    for (const GroupId of ids) tx.put('securityGroups', GroupId, { GroupId, GroupName: GroupId, Description: '', VpcId: world.vpc.VpcId, IpPermissions: [], tags: {} });
  });
  return ids;
};

/** A TLS listener on port 443 with a certificate of its own, and a way to import more. */
export const createTls = async (world: World, pair: Pair) => {
  const imported = async (): Promise<string> => {
    const input = { Certificate: blob(pair.cert), PrivateKey: blob(pair.key) };
    return (await world.json<{ CertificateArn: string }>('CertificateManager.ImportCertificate', input)).output.CertificateArn;
  };
  const CertificateArn = await imported();
  const LoadBalancerArn = await createLoadBalancer(world);
  const TargetGroupArn = await createTargetGroup(world);
  const create = (input: object) =>
    world.api.CreateListener({ LoadBalancerArn, Protocol: 'TLS', Port: 443, Certificates: [{ CertificateArn }], DefaultActions: [{ Type: 'forward', TargetGroupArn }], ...input });
  return { CertificateArn, LoadBalancerArn, TargetGroupArn, imported, create, unknown: `arn:aws:acm:${region}:${account}:certificate/nowhere` };
};
