// Chooses where the Kubernetes of a run comes from; each provider is loaded only when it is the one.
import type { Clock } from '../clock.js';
import type { Config } from '../config.js';
import type { Log } from '../log.js';
import type { Outside } from '../tinykube/tinykube.js';
import type { Cluster } from './types.js';

export type StartOptions = { acceptsToken: (token: string) => boolean; /** Where names of load balancers lead. */ outside?: Outside; clock: Clock; log: Log; say: (line: string) => void };

export const startCluster = async (config: Config, options: StartOptions): Promise<Cluster> => {
  if (config.cluster === 'kind' || config.cluster === 'kubeconfig') {
    const { run } = await import('./run.js');
    const deps = { ...options, execute: run };
    return config.cluster === 'kind' ? (await import('./kind.js')).startKind(config, deps) : (await import('./kubeconfig.js')).startKubeconfig(config, deps);
  }
  return (await import('./embedded.js')).startEmbedded(config, options);
};

/** Removes what a provider made outside the state directory; what it adopted stays. */
export const removeCluster = async (stateDir: string): Promise<void> => (await import('./kind-record.js')).removeKind(stateDir);
