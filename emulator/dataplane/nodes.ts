// All listening sockets of a plan: opened and closed by difference, and brought back to their wanted ports.
import type { Clock, Timer } from '../clock.js';
import type { Log } from '../log.js';
import { diffNodes, inOne, nodeKey } from './apply.js';
import { openNode, type ListenerNode, type NodeSpec, type Open } from './listener.js';
import type { Bound, Change, Listener } from './types.js';

export type Nodes = {
  /** Opens and closes what these changes ask for. */
  reconcile(changes: readonly Change<Listener>[]): Promise<void>;
  bound(): Bound[];
  /** Where the listener's node is at home; undefined while it is not open. */
  boundAddress(node: Pick<NodeSpec, 'listenerId' | 'address' | 'port'>): string | undefined;
};

/** Nobody says when a port becomes free, so a taken one is asked for again in this rhythm, and only while there is one. */
const retryEvery = 5000;

/** No socket yet. */
export const createNodes = ({ open, clock, log }: { open: Open; clock: Clock; log: Log }): Nodes => {
  const nodes = new Map<string, ListenerNode>();
  /** Those that do not listen where they should: few, among thousands. */
  const misplaced = new Set<ListenerNode>();
  let timer: Timer | undefined;
  const settle = async (key: string, node: ListenerNode, opening: Promise<void>): Promise<void> => {
    await opening;
    if (node.misplaced() && nodes.get(key) === node) misplaced.add(node);
    else misplaced.delete(node);
  };
  const retryThose = async (are: (node: ListenerNode) => boolean): Promise<void> =>
    void (await Promise.all([...misplaced].filter(are).map((node) => settle(nodeKey(node.spec), node, node.retry()))));
  const retry = async (): Promise<void> => {
    timer = undefined;
    await retryThose((node) => node.waits());
    arm();
  };
  const arm = (): void => {
    const wanted = [...misplaced].some((node) => node.waits());
    if (!wanted) timer?.cancel();
    timer = wanted ? (timer ?? clock.after(retryEvery, () => void retry())) : undefined;
  };
  const close = async (key: string): Promise<void> => {
    const node = nodes.get(key);
    if (!node) return;
    nodes.delete(key);
    misplaced.delete(node);
    await node.close();
  };
  const start = (spec: NodeSpec): Promise<void> => {
    const node = openNode(spec, open, log);
    nodes.set(nodeKey(spec), node);
    return settle(nodeKey(spec), node, node.ready);
  };
  const boundAddress: Nodes['boundAddress'] = (spec) => {
    const either = (['tcp', 'udp'] as const).map((transport) => nodes.get(nodeKey({ ...spec, transport }))?.bound());
    return either.find((bound) => bound?.port)?.address;
  };
  return {
    // Closes before it opens: another listener may have taken over the port.
    reconcile: async (changes) => {
      const change = diffNodes(inOne(changes));
      await Promise.all(change.close.map(close));
      await retryThose(() => true);
      await Promise.all(change.open.map(start));
      arm();
    },
    bound: () => [...nodes.values()].map((node) => node.bound()),
    boundAddress,
  };
};
