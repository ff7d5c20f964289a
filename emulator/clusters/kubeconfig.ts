// Any cluster that a kubeconfig of the user's names: k3d, minikube, a remote one. Nothing of it is made or removed.
import fs from 'node:fs';
import path from 'node:path';
import type { Config } from '../config.js';
import { UserError } from '../errors.js';
import { askNodes, clusterOf, lookAround, serverOf, type Deps } from './kubectl-cluster.js';
import { decideReach } from './reach.js';
import { must } from './run.js';
import type { Cluster } from './types.js';

/** On EKS the real controller and the real AWS are at work; ours would tear down what they make. */
export const isEks = (server: string): boolean => /\.eks\.amazonaws\.com(\.cn)?(:\d+)?\/?$/.test(server);

/** The chosen context alone, with its certificates inside: the user's files and current context stay as they are. */
const extract = async (config: Config, { execute }: Deps): Promise<string> => {
  const context = config.context === undefined ? [] : ['--context', config.context];
  const text = await must(execute('kubectl', ['config', 'view', '--raw', '--minify', '--flatten', ...context]), `the kubeconfig has no ${config.context === undefined ? 'current context' : `context '${config.context}'`}`);
  fs.mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const file = path.join(config.stateDir, 'kubeconfig');
  fs.writeFileSync(file, text, { mode: 0o600 });
  return file;
};

/** `--cluster kubeconfig [--context C]`. */
export const startKubeconfig = async (config: Config, deps: Deps): Promise<Cluster> => {
  const kubeconfig = await extract(config, deps);
  const server = serverOf(kubeconfig);
  if (isEks(server)) throw new UserError(`${server} is a cluster on EKS; nlbox is for clusters off AWS`, { hint: 'Choose another context with --context.' });
  const nodes = await askNodes(kubeconfig, deps.execute);
  deps.say(`${server}, ${nodes.length} nodes`);
  const reach = decideReach({ direct: await lookAround(kubeconfig, nodes, deps) }, false);
  return clusterOf({ kind: 'kubeconfig', title: `cluster at ${server}${config.context === undefined ? '' : ` (context ${config.context})`}`, kubeconfig, nodes, reach, notes: [] }, deps);
};
