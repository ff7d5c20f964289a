// What a run tells of itself, for `status`, `env` and the admin endpoint.
import type { Config } from '../config.js';
import type { Cluster } from '../clusters/types.js';
import { orphanText, type Orphan } from '../controller/orphans.js';
import type { Bound, Dataplane, FlowCounters, FlowTrace } from '../dataplane/types.js';
import type { OpenNames } from '../names/open.js';
import { targetId, targetKey } from '../state/targets.js';
import type { ListenerRecord, LoadBalancerRecord, Reader, Store, TargetRecord } from '../state/types.js';
import { poolsOf } from '../plan/plan.js';
import { lostWords } from './lost.js';
import { version } from '../version.js';

export type ListenerInfo = Omit<FlowCounters, never> & { port: number; protocol: string; bound: Bound[] };
export type TargetInfo = FlowCounters & { TargetGroup: string; Id: string; Port: number; State: string; Reason?: string; lastProbe?: string };
/** `clientAddress` says what targets see of the client. */
export type TargetGroupInfo = { TargetGroup: string; clientAddress: string };
/** `front` is where the name as a whole is listened for, `zones` where its zonal names are. */
export type LoadBalancerInfo = { LoadBalancerName: string; DNSName: string; front?: string; zones?: { zone: string; address: string }[]; State: string; listeners: ListenerInfo[]; targetGroups?: TargetGroupInfo[]; targets: TargetInfo[] };
export type Info = {
  version: string;
  pid: number;
  detached: boolean;
  endpoint: string;
  region: string;
  account: string;
  clusterName: string;
  timing: string;
  controller: string;
  /** The flags that the built-in controller was given. */
  controllerFlags?: Record<string, string>;
  cluster: { kind: string; server: string; kubeconfig: string; lines: string[] } | undefined;
  names: { mode: 'hosts' | 'proxy'; lines: string[] };
  /** What had to be recovered or could not be had, one sentence each. */
  notes: string[];
  loadBalancers: LoadBalancerInfo[];
  nodePorts: Record<string, number>;
  /** How connections are carried, and what the targets see of the client. */
  engines?: string[];
  /** The newest connections and refusals, oldest first. */
  flows?: FlowTrace[];
};

export type InfoSources = {
  config: Config;
  endpoint: string;
  detached: boolean;
  store: Store;
  dataplane: Dataplane;
  names: OpenNames;
  orphans: Orphan[];
  /** The controller that holds the Lease instead of ours. */
  leader: string | undefined;
  cluster: Cluster | undefined;
};

const noFlows: FlowCounters = { newFlows: 0, activeFlows: 0, bytesIn: 0, bytesOut: 0, clientResets: 0, targetResets: 0, refused: 0 };

type Counted = ReturnType<Dataplane['counters']>;

const groupName = (arn: string): string => arn.split('/')[1] ?? '';

const targetInfo = (target: TargetRecord, dataplane: Dataplane, counted: Counted): TargetInfo => {
  const id = targetId(target);
  const health = dataplane.health.of(target.TargetGroupArn, id);
  const probe = health?.history.at(-1);
  return {
    ...(counted.targets[targetKey(target)] ?? noFlows),
    TargetGroup: groupName(target.TargetGroupArn),
    Id: target.Id,
    Port: target.Port,
    State: target.DeregisteredAt === undefined ? (health?.status ?? 'unknown') : 'draining',
    ...(probe ? { lastProbe: probe.saw } : {}),
  };
};

const grouped = <T>(all: Iterable<T>, keyOf: (one: T) => string): ((key: string) => readonly T[]) => {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(keyOf(one));
    if (group) group.push(one);
    else groups.set(keyOf(one), [one]);
  }
  return (key) => groups.get(key) ?? [];
};

/** What belongs to what, looked through once for all load balancers. */
type Belongings = { counted: Counted; listenersOf(balancer: string): readonly ListenerRecord[]; targetsOf(group: string): readonly TargetRecord[]; boundOf(listener: string): readonly Bound[] };

const belongingsOf = (read: Reader, dataplane: Dataplane, counted: Counted): Belongings => ({
  counted,
  listenersOf: grouped(read.list('listeners'), ({ LoadBalancerArn }) => LoadBalancerArn),
  targetsOf: grouped(read.list('targets'), ({ TargetGroupArn }) => TargetGroupArn),
  boundOf: grouped(dataplane.bound(), ({ listenerId }) => listenerId),
});

const listenerInfo = (listener: ListenerRecord, { counted, boundOf }: Belongings): ListenerInfo => ({
  ...(counted.listeners[listener.ListenerArn] ?? noFlows),
  port: listener.Port,
  protocol: listener.Protocol,
  bound: [...boundOf(listener.ListenerArn)],
});

const loadBalancerInfo = (record: LoadBalancerRecord, belongings: Belongings, { dataplane, config }: InfoSources, now: number): LoadBalancerInfo => {
  const listeners = belongings.listenersOf(record.LoadBalancerArn);
  const groups = new Set(listeners.flatMap((listener) => poolsOf(listener).map((pool) => pool.id)));
  return {
    LoadBalancerName: record.LoadBalancerName,
    DNSName: record.DNSName,
    front: record.frontAddress,
    zones: record.AvailabilityZones.map(({ ZoneName, address }) => ({ zone: ZoneName, address })),
    State: now < record.CreatedTime + config.timing.provisioning ? 'provisioning' : 'active',
    listeners: listeners.map((listener) => listenerInfo(listener, belongings)),
    targetGroups: [...groups].flatMap((arn) => {
      const clientAddress = dataplane.clientAddress(arn);
      return clientAddress === undefined ? [] : [{ TargetGroup: groupName(arn), clientAddress }];
    }),
    targets: [...groups].flatMap((arn) => belongings.targetsOf(arn).map((target) => targetInfo(target, dataplane, belongings.counted))),
  };
};

const loadBalancersOf = (read: Reader, sources: InfoSources, counted: Counted, now: number): LoadBalancerInfo[] => {
  const belongings = belongingsOf(read, sources.dataplane, counted);
  return [...read.list('loadBalancers')].map((record) => loadBalancerInfo(record, belongings, sources, now));
};

/** One sentence a port and reason, however many addresses share it. */
const problemsOf = (dataplane: Dataplane): string[] => {
  const troubled = dataplane.bound().filter((one) => one.problem !== undefined);
  return [...new Set(troubled.map(({ address, wanted, problem = '', port }) => {
    const reason = problem.replace(`${address}:${wanted} `, '');
    return `port ${wanted} ${reason}: ${port === 0 ? 'nothing listens there' : 'it listens elsewhere, and the forward proxy leads there'}`;
  }))];
};

/** Load balancers whose datagrams get lost on the way to their targets. */
const lostOf = ({ store, cluster }: InfoSources): string[] => {
  const lost = cluster?.withoutDatagrams ?? [];
  if (lost.length === 0) return [];
  const lostIn = (read: Reader) => ({ DNSName, LoadBalancerArn }: LoadBalancerRecord): string[] => {
    const listeners = [...read.list('listeners')].filter((one) => one.LoadBalancerArn === LoadBalancerArn && /UDP|QUIC/.test(one.Protocol));
    const groups = new Set(listeners.flatMap((listener) => poolsOf(listener).map(({ id }) => id)));
    const isLost = [...read.list('targetGroups')].some(({ TargetGroupArn, TargetType }) => groups.has(TargetGroupArn) && lost.includes(TargetType === 'ip' ? 'pods' : 'nodes'));
    return isLost ? [`${DNSName}: ${lostWords(lost)}`] : [];
  };
  return [...store.partitions()].flatMap(({ read }) => [...read.list('loadBalancers')].flatMap(lostIn(read)));
};

const standbyOf = (leader: string | undefined): string[] =>
  leader === undefined ? [] : [`the controller stands by: ${leader} holds the Lease, and Services become load balancers there`];

export const infoOf = (sources: InfoSources, now: number): Info => {
  const { config, store, cluster, names, dataplane } = sources;
  const counted = dataplane.counters();
  return {
    version: version(),
    pid: process.pid,
    detached: sources.detached,
    endpoint: sources.endpoint,
    region: config.region,
    account: config.account,
    clusterName: config.clusterName,
    timing: config.timing.name,
    controller: config.cluster === 'none' ? 'none' : config.controller,
    controllerFlags: config.controllerFlags,
    cluster: cluster && { kind: cluster.kind, server: cluster.server, kubeconfig: cluster.kubeconfig, lines: cluster.describe() },
    names: { mode: names.mode(), lines: names.report() },
    notes: [...store.recovered, ...problemsOf(sources.dataplane), ...dataplane.problems(), ...lostOf(sources), ...standbyOf(sources.leader), ...sources.orphans.map(orphanText)],
    loadBalancers: [...store.partitions()].flatMap(({ read }) => loadBalancersOf(read, sources, counted, now)),
    nodePorts: cluster?.nodePortConnections() ?? {},
    engines: dataplane.engines(),
    flows: dataplane.trace(),
  };
};
