// `nlbox node`: adds, stops, starts and removes nodes of the embedded cluster while it runs.
import { systemClock } from '../clock.js';
import { UserError } from '../errors.js';
import { addNode, removeNode, switchNode } from '../main/nodepool.js';
import { fetchInfo } from './admin.js';
import { requireRun, type StateOptions } from './run-file.js';

export type NodeAction = 'add' | 'stop' | 'start' | 'rm';

const done: Record<NodeAction, string> = { add: 'added', stop: 'stopped', start: 'started', rm: 'removed' };

const act = (action: NodeAction, kubeconfig: string, region: string, name: string): Promise<string> => {
  if (action === 'add') return addNode(kubeconfig, region, systemClock);
  if (action === 'rm') return removeNode(kubeconfig, name);
  return switchNode(kubeconfig, name, action === 'start');
};

/** Does it and says the node's name. */
export const node = async (action: NodeAction, name: string | undefined, options: StateOptions): Promise<void> => {
  if (action !== 'add' && name === undefined) throw new UserError(`nlbox node ${action} needs the name of a node`, { hint: 'See `kubectl get nodes`.' });
  const { cluster, region } = await fetchInfo(requireRun(options));
  if (cluster?.kind !== 'embedded') throw new UserError('nlbox can only change the nodes of its embedded cluster');
  process.stdout.write(`node ${await act(action, cluster.kubeconfig, region, name ?? '')} ${done[action]}\n`);
};
