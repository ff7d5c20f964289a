// `nlbox node`: machines of the embedded cluster through its Kubernetes API; the kubelets act on what the Node objects say.
import { UserError } from '../errors.js';
import { createKubeClient, type KubeClient } from '../kube/client.js';
import { nodes } from '../kube/resources.js';
import type { Node } from '../kube/types.js';
import { nodeObject, planNodes, stoppedAnnotation } from '../tinykube/kubelet/nodes.js';
import type { Clock } from '../clock.js';
import { iso } from '../clock.js';

const most = 96;

const using = async <T>(kubeconfig: string, fn: (client: KubeClient) => Promise<T>): Promise<T> => {
  const client = await createKubeClient(kubeconfig);
  try {
    return await fn(client);
  } finally {
    client.close();
  }
};

const find = async (client: KubeClient, name: string): Promise<Node> => {
  const { items } = await client.list<Node>(nodes);
  const found = items.find(({ metadata }) => metadata.name === name || metadata.name.startsWith(`${name}.`));
  if (!found) throw new UserError(`there is no node '${name}'`, { hint: `There are: ${items.map(({ metadata }) => metadata.name).join(', ')}` });
  return found;
};

/** Adds the next node of the plan that is not there, in the zone whose turn it is; returns its name. */
export const addNode = (kubeconfig: string, region: string, clock: Clock): Promise<string> =>
  using(kubeconfig, async (client) => {
    const { items } = await client.list<Node>(nodes);
    const there = new Set(items.map(({ metadata }) => metadata.name));
    const plan = planNodes({ count: most, loopback: 0, region }).find(({ name }) => !there.has(name));
    if (!plan) throw new UserError(`the cluster has all the ${most} nodes that it can have`);
    const { status: _status, ...node } = nodeObject(plan, iso(clock.now()));
    return (await client.create<Node>(nodes, undefined, node)).metadata.name;
  });

/** Switches a node off or on; returns its name. */
export const switchNode = (kubeconfig: string, name: string, on: boolean): Promise<string> =>
  using(kubeconfig, async (client) => {
    const node = await find(client, name);
    await client.patch(nodes, undefined, node.metadata.name, { metadata: { annotations: { [stoppedAnnotation]: on ? null : 'true' } } });
    return node.metadata.name;
  });

/** Removes a node, and with it the pods that it runs; returns its name. */
export const removeNode = (kubeconfig: string, name: string): Promise<string> =>
  using(kubeconfig, async (client) => {
    const node = await find(client, name);
    await client.delete(nodes, undefined, node.metadata.name);
    return node.metadata.name;
  });
