// Keeps the Node objects and their Leases in the API, with as few writes as a client can live with.
import { messageOf } from '../../errors.js';
import { withCondition } from '../controllers/conditions.js';
import type { Context, Running } from '../controllers/context.js';
import { micro, seconds } from '../controllers/events.js';
import type { Node } from '../controllers/kinds.js';
import { nodeObject, type NodePlan } from './nodes.js';

const leases = 'leases.coordination.k8s.io';
const leaseNamespace = 'kube-node-lease';

// Real kubelets renew each 10 s; nothing here fails a node over, so once a minute keeps an idle emulator idle.
const renewEvery = 60_000;

const register = ({ api, clock }: Context, plan: NodePlan): void => {
  const now = seconds(clock.now());
  const wanted = nodeObject(plan, now);
  const have = api.get('nodes', undefined, plan.name) as Node | undefined;
  // The status goes in through its own door too: a server may drop it from a create.
  const node = have ?? (api.create('nodes', wanted) as Node);
  const ready = withCondition(have?.status?.conditions, { type: 'Ready', status: 'True' }, now).find(({ type }) => type === 'Ready');
  if (!have || ready?.lastTransitionTime === now) api.update('nodes', { ...node, status: wanted['status'] }, 'status');
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

const renew = ({ api, clock, log }: Context, plan: NodePlan): void => {
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

/** Registers the nodes and renews their Leases. */
export const registerNodes = (context: Context, plans: readonly NodePlan[]): Running => {
  for (const plan of plans) register(context, plan);
  const beat = (): void => {
    for (const plan of plans) renew(context, plan);
    timer = context.clock.after(renewEvery, beat);
  };
  let timer = context.clock.after(renewEvery, beat);
  for (const plan of plans) renew(context, plan);
  return { stop: () => timer.cancel() };
};
