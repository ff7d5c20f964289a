// The controller's life: it works from start to stop, or while it holds the Lease of those that wait for each other.
import { messageOf } from '../errors.js';
import { createKubeClient, type KubeClient } from '../kube/client.js';
import { electedLife, type LeaderElection, type Life } from './elected.js';
import type { Orphan, Orphans } from './orphans.js';
import { run, type RunOptions } from './run.js';

export type ControllerOptions = RunOptions & {
  /** Given: of all that are started with the same Lease, one works. */
  leaderElection?: LeaderElection;
};

export type Controller = {
  /** Ends all watches and passes; nothing is deleted. */
  stop(): Promise<void>;
  /** Resolves when the caches are full and passes run, or when another one holds the Lease; rejects when the cluster cannot be used. */
  ready: Promise<void>;
  /** What is left of Services that are gone; empty before the controller is ready, and while another one works. */
  orphans: { seen(): Orphan[]; look(): Promise<Orphan[]>; remove(): Promise<Orphan[]> };
  /** Who works instead, as far as known: it holds the Lease. Undefined when this one works. */
  leader(): string | undefined;
};

/** How long `stop` waits for passes that are under way, in ms. */
const patience = 5_000;

const plainLife = (options: ControllerOptions, client: KubeClient, signal: AbortSignal): Life => {
  let orphans: Orphans | undefined;
  const running = run(options, client, signal);
  running.then((one) => (orphans = one.orphans), () => {});
  return {
    ready: running.then((one) => one.ready),
    leader: () => undefined,
    orphans: () => orphans,
    end: async () => (await running.catch(() => undefined))?.end(),
  };
};

/** Starts the AWS Load Balancer Controller against one cluster. */
export const startController = async (options: ControllerOptions): Promise<Controller> => {
  const stopping = new AbortController();
  const client = await createKubeClient(options.kubeconfig);
  const life = options.leaderElection ? electedLife(options, client, stopping.signal, options.leaderElection) : plainLife(options, client, stopping.signal);
  life.ready.catch((error: unknown) => {
    if (!stopping.signal.aborted) options.log.error({ err: messageOf(error) }, 'the controller could not start');
  });
  return {
    ready: life.ready,
    leader: life.leader,
    orphans: {
      seen: () => life.orphans()?.seen() ?? [],
      look: async () => (await life.orphans()?.look()) ?? [],
      remove: async () => (await life.orphans()?.remove()) ?? [],
    },
    stop: async () => {
      stopping.abort(new Error('the controller is stopped'));
      // A cluster that no longer answers must not keep us: closing the client ends what still hangs.
      const ended = new AbortController();
      await Promise.race([life.end().finally(() => ended.abort()), options.clock.sleep(patience, ended.signal).catch(() => {})]);
      client.close();
    },
  };
};
