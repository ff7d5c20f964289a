// All listening sockets of a plan: opened and closed by difference, and brought back to their wanted ports.
import type { Clock, Timer } from '../clock.js';
import type { Log } from '../log.js';
import { changesBetween, diffNodes, nodeKey, type Indexed } from './apply.js';
import { openNode, type ListenerNode, type NodeSpec, type Open } from './listener.js';
import type { Bound } from './types.js';

export type Nodes = {
  reconcile(plan: Indexed): Promise<void>;
  bound(): Bound[];
  /** Where the listener's node is at home; undefined while it is not open. */
  boundAddress(node: Pick<NodeSpec, 'listenerId' | 'address' | 'port'>): string | undefined;
};

/** Nobody says when a port becomes free, so a taken one is asked for again in this rhythm, and only while there is one. */
const retryEvery = 5000;

/** No socket yet. */
export const createNodes = ({ open, clock, log }: { open: Open; clock: Clock; log: Log }): Nodes => {
  const nodes = new Map<string, ListenerNode>();
  let applied: Indexed['listeners'] = new Map();
  let timer: Timer | undefined;
  const retry = async (): Promise<void> => {
    timer = undefined;
    await Promise.all([...nodes.values()].map((node) => node.waits() && node.retry()));
    arm();
  };
  const arm = (): void => {
    const wanted = [...nodes.values()].some((node) => node.waits());
    if (!wanted) timer?.cancel();
    timer = wanted ? (timer ?? clock.after(retryEvery, () => void retry())) : undefined;
  };
  const close = async (key: string): Promise<void> => {
    const node = nodes.get(key);
    nodes.delete(key);
    await node?.close();
  };
  const start = (spec: NodeSpec): Promise<void> => {
    const node = openNode(spec, open, log);
    nodes.set(nodeKey(spec), node);
    return node.ready;
  };
  const boundAddress: Nodes['boundAddress'] = (spec) => {
    const either = (['tcp', 'udp'] as const).map((transport) => nodes.get(nodeKey({ ...spec, transport }))?.bound());
    return either.find((bound) => bound?.port)?.address;
  };
  return {
    // Closes before it opens: another listener may have taken over the port.
    reconcile: async ({ listeners }) => {
      const change = diffNodes(changesBetween(applied, listeners));
      applied = listeners;
      await Promise.all(change.close.map(close));
      await Promise.all([...nodes.values()].filter((node) => node.misplaced()).map((node) => node.retry()));
      await Promise.all(change.open.map(start));
      arm();
    },
    bound: () => [...nodes.values()].map((node) => node.bound()),
    boundAddress,
  };
};
