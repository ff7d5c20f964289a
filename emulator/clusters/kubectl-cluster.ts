// A cluster that is reached with a kubeconfig of our own: its nodes, the ways to them and to pods, and the seam's object.
import fs from 'node:fs';
import { parse } from 'yaml';
import type { Clock } from '../clock.js';
import type { Dial, DialUdp } from '../dataplane/types.js';
import type { Log } from '../log.js';
import { createTargetFinder } from './forward-target.js';
import { createForwards } from './forwards.js';
import { nodesIn, type NodeFact } from './nodes.js';
import { answersDns, isKubelet } from './prove.js';
import { dialBy, dialUdpBy, probe, routeBy, withoutDatagrams, type Probe, type Probes, type Reach } from './reach.js';
import { must, type Run } from './run.js';
import type { Cluster } from './types.js';

export type Deps = { clock: Clock; log: Log; say: (line: string) => void; execute: Run };

type ClusterEntry = { server?: string; 'certificate-authority-data'?: string };

const entryOf = (kubeconfig: string): ClusterEntry =>
  (parse(fs.readFileSync(kubeconfig, 'utf8')) as { clusters?: { cluster?: ClusterEntry }[] }).clusters?.[0]?.cluster ?? {};

export const serverOf = (kubeconfig: string): string => entryOf(kubeconfig).server ?? '';

const authorityOf = (kubeconfig: string): string => Buffer.from(entryOf(kubeconfig)['certificate-authority-data'] ?? '', 'base64').toString('utf8');

export const askNodes = async (kubeconfig: string, execute: Run): Promise<NodeFact[]> =>
  nodesIn(await must(execute('kubectl', ['--kubeconfig', kubeconfig, 'get', 'nodes', '-o', 'json'], { timeout: 30_000 }), `the nodes of the cluster at ${serverOf(kubeconfig)} cannot be read`));

type DnsPods = { items: { status?: { podIP?: string; phase?: string } }[] };

/** Every cluster has a DNS pod, and it listens on TCP port 53: if that answers, pods are in reach. */
const probePod = async (kubeconfig: string, { clock, execute }: Deps, dial: Dial | undefined): Promise<Probe | undefined> => {
  const found = await execute('kubectl', ['--kubeconfig', kubeconfig, 'get', 'pods', '-n', 'kube-system', '-l', 'k8s-app=kube-dns', '-o', 'json'], { timeout: 30_000 });
  if (!found.ok) return undefined;
  const address = (JSON.parse(found.stdout) as DnsPods).items.find(({ status }) => status?.phase === 'Running' && status.podIP?.includes('.'))?.status?.podIP;
  return address === undefined ? undefined : probe(address, 53, answersDns, clock, { dial });
};

const kubeletPort = 10_250;

/** What answers of a node and a pod, straight or by another dialler. */
export const lookAround = async (kubeconfig: string, nodes: readonly NodeFact[], deps: Deps, dial?: Dial): Promise<Probes> => {
  const [first] = nodes;
  const [node, pod] = await Promise.all([first && probe(first.address, kubeletPort, isKubelet(first.name), deps.clock, { dial }), probePod(kubeconfig, deps, dial)]);
  return { node, pod };
};

const foreignNote = (nodes: readonly NodeFact[]): string[] => {
  const names = nodes.filter(({ foreign }) => foreign).map(({ name }) => name);
  return names.length === 0 ? [] : [`warning: ${names.join(', ')} ${names.length === 1 ? 'is no EC2 instance' : 'are no EC2 instances'}; the API knows ${names.length === 1 ? 'it' : 'them'} by derived ids i-…`];
};

export type Reached = { kind: Cluster['kind']; title: string; kubeconfig: string; nodes: readonly NodeFact[]; reach: Reach; container?: { dial: Dial; dialUdp: DialUdp } | undefined; notes: readonly string[] };

export const clusterOf = ({ kind, title, kubeconfig, nodes, reach, container, notes }: Reached, { clock, log, execute }: Deps): Cluster => {
  const names = new Map(nodes.map(({ address, name }) => [address, name]));
  const forwards = createForwards({ kubeconfig, clock, log, find: createTargetFinder(kubeconfig, execute, (address) => names.get(address)) });
  return {
    kind,
    kubeconfig,
    server: serverOf(kubeconfig),
    certificateAuthority: authorityOf(kubeconfig),
    version: nodes[0]?.version ?? '',
    dial: dialBy(reach, (address) => names.has(address), { container: container?.dial, forwards, clock }),
    dialUdp: dialUdpBy(reach, (address) => names.has(address), container?.dialUdp),
    withoutDatagrams: withoutDatagrams(reach),
    route: routeBy(reach, (address) => names.has(address)),
    describe: () => [title, ...reach.lines, ...([reach.nodes, reach.pods].includes('forward') ? [forwards.describe()] : []), ...foreignNote(nodes), ...notes],
    nodePortConnections: () => ({}),
    close: async () => forwards.close(),
  };
};
