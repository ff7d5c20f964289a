// Keeps the Node objects and their Leases in the API, with as few writes as a client can live with.
import { messageOf } from '../../errors.js';
import { withCondition } from '../controllers/conditions.js';
import type { Context, Running } from '../controllers/context.js';
import { micro, seconds } from '../controllers/events.js';
import type { Node, Pod } from '../controllers/kinds.js';
import { conditionOf, isOver } from '../controllers/pods.js';
import { nodeObject, type NodePlan } from './nodes.js';

const leases = 'leases.coordination.k8s.io';
const leaseNamespace = 'kube-node-lease';

// Real kubelets renew each 10 s; nothing here fails a node over, so once a minute keeps an idle emulator idle.
const renewEvery = 60_000;

const unreachable = 'node.kubernetes.io/unreachable';

/** Makes the Node objects of a new cluster. */
export const createNodes = ({ api, clock }: Context, plans: readonly NodePlan[], podsPerNode?: number): void => {
  for (const plan of plans) {
    const wanted = nodeObject(plan, seconds(clock.now()), podsPerNode);
    // The status goes in through its own door too: a server may drop it from a create.
    const node = api.create('nodes', wanted) as Node;
    api.update('nodes', { ...node, status: wanted['status'] }, 'status');
  }
};

/** A node that has just been switched on says so; one that was made by hand gets its status. */
export const markReady = ({ api, clock }: Context, plan: NodePlan, podsPerNode?: number): void => {
  const now = seconds(clock.now());
  const node = api.get('nodes', undefined, plan.name) as Node | undefined;
  if (!node) return;
  const wanted = nodeObject(plan, now, podsPerNode);
  const { taints = [], ...spec } = node.spec;
  const kept = taints.filter(({ key }) => key !== unreachable);
  const wantedLabels = wanted.metadata.labels ?? {};
  const unlabelled = Object.keys(wantedLabels).some((key) => node.metadata.labels?.[key] === undefined);
  const next = kept.length < taints.length || unlabelled
    ? (api.update('nodes', { ...node, metadata: { ...node.metadata, labels: { ...wantedLabels, ...node.metadata.labels } }, spec: { ...spec, ...(kept.length > 0 && { taints: kept }) } }) as Node)
    : node;
  if (conditionOf(node.status?.conditions, 'Ready')?.status === 'True') return;
  api.update('nodes', { ...next, status: { ...(wanted['status'] as object), ...(next.status?.capacity && { capacity: next.status.capacity, allocatable: next.status.allocatable }) } }, 'status');
};

const unready = ({ api, clock }: Context, pod: Pod): void => {
  const conditions = withCondition(pod.status?.conditions, { type: 'Ready', status: 'False', reason: 'NodeNotReady', message: 'Node is not ready' }, seconds(clock.now()));
  api.update('pods', { ...pod, status: { ...pod.status, conditions } }, 'status');
};

/** What the node lifecycle controller does about a node that is silent, without its 40 s of doubt. */
export const markStopped = (context: Context, plan: NodePlan): void => {
  const { api, clock } = context;
  const now = seconds(clock.now());
  const node = api.get('nodes', undefined, plan.name) as Node | undefined;
  if (!node) return;
  const taints = (node.spec.taints ?? []).filter(({ key }) => key !== unreachable);
  const tainted = api.update('nodes', { ...node, spec: { ...node.spec, taints: [...taints, ...['NoSchedule', 'NoExecute'].map((effect) => ({ key: unreachable, effect, timeAdded: now }))] } }) as Node;
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].reduce(
    (list, type) => withCondition(list, { type, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }, now), node.status?.conditions ?? []);
  api.update('nodes', { ...tainted, status: { ...tainted.status, conditions } }, 'status');
  for (const pod of api.by('pods', 'node', plan.name) as Pod[]) if (!isOver(pod)) unready(context, pod);
};

const leaseOf = (node: Node, now: string) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: {
    name: node.metadata.name,
    namespace: leaseNamespace,
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node.metadata.name, uid: node.metadata.uid }],
  },
  spec: { holderIdentity: node.metadata.name, leaseDurationSeconds: 40, renewTime: now },
});

/** Renews a node's Lease, or makes it. */
export const renew = ({ api, clock, log }: Context, plan: NodePlan): void => {
  try {
    const node = api.get('nodes', undefined, plan.name) as Node | undefined;
    if (!node) return;
    const wanted = leaseOf(node, micro(clock.now()));
    const have = api.get(leases, leaseNamespace, plan.name);
    if (have) api.update(leases, { ...have, spec: wanted.spec });
    else api.create(leases, wanted);
  } catch (error) {
    log.debug({ node: plan.name, error: messageOf(error) }, 'lease not renewed');
  }
};

/** Renews the Leases of the nodes that run, again and again. */
export const renewLeases = (context: Context, running: () => readonly NodePlan[]): Running => {
  const beat = (): void => {
    for (const plan of running()) renew(context, plan);
    timer = context.clock.after(renewEvery, beat);
  };
  let timer = context.clock.after(renewEvery, beat);
  return { stop: () => timer.cancel() };
};
