// The one composer: knows all rooms, and tells the story of a start and of an end in order.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import type { Clock } from './clock.js';
import type { Config } from './config.js';
import type { Log } from './log.js';
import { openDoor } from './main/door.js';
import { createHistory } from './main/history.js';
import { runIdOf, type Ending, type House } from './main/house.js';
import { infoOf, type Info } from './main/info.js';
import { createInstances } from './main/instances.js';
import { removeRules } from './main/engine.js';
import { isOurs } from './main/state-dir.js';
import { createHostsBlock, writable } from './names/hosts.js';

export type { Orphan } from './controller/orphans.js';
export type { Info, LoadBalancerInfo } from './main/info.js';

/** One step of the start, in the order in which they are run. `say` is for progress within it. */
export type Stage = { title: string; run(say: (line: string) => void): Promise<void> };

export type Nlbox = {
  stages: Stage[];
  /** Needed to stop it over HTTP. */
  token: string;
  info(): Info;
  /** Ends everything that was started, in reverse order; safe at any point of the start. */
  stop(): Promise<void>;
};

export type ComposeOptions = { clock: Clock; log: Log; detached: boolean; onStop(keep: boolean): void };

const lastFirst = async (endings: Ending[], log: Log): Promise<void> => {
  for (let end = endings.pop(); end; end = endings.pop()) {
    await Promise.resolve(end()).catch((error: unknown) => log.error({ err: error }, 'something could not be stopped'));
  }
};

const stagesOf = (house: House, info: () => Info): Stage[] => {
  const { config, instances } = house;
  const endpoint: Stage['run'] = async (say) => {
    house.running = await openDoor(house, info);
    say(`${house.running.endpoint}, region ${config.region}`);
  };
  // What only a cluster needs is loaded when there is one: the endpoint alone answers in half the time.
  const kubernetes: Stage['run'] = async (say) => {
    const { openCluster } = await import('./main/control.js');
    house.cluster = await openCluster(house, say);
    say(house.cluster.server);
  };
  const control: Stage['run'] = async (say) => {
    const { cluster, running } = house;
    if (!cluster || !running) return;
    const { forgetController, openClusterNames, openController, openNodes } = await import('./main/control.js');
    await openNodes(house, cluster);
    say(`${instances.list().length} nodes`);
    await openClusterNames(house, cluster);
    if (config.controller === 'built-in') await openController(house, cluster, running);
    else await forgetController(cluster);
  };
  if (config.cluster === 'none') return [{ title: 'AWS endpoint', run: endpoint }];
  return [
    { title: 'AWS endpoint', run: endpoint },
    { title: 'Kubernetes', run: kubernetes },
    { title: config.controller === 'none' ? 'Nodes' : 'AWS Load Balancer Controller', run: control },
  ];
};

/** Builds nothing yet: `stages` does, one after the other. */
export const compose = (config: Config, { clock, log, detached, onStop }: ComposeOptions): Nlbox => {
  const house: House = {
    config,
    clock,
    log,
    token: randomUUID(),
    onStop,
    began: clock.now(),
    instances: createInstances(),
    history: createHistory(clock),
    endings: [],
    running: undefined,
    cluster: undefined,
    controller: undefined,
  };
  const info = (): Info => {
    const { running, cluster } = house;
    if (!running) throw new Error('not started yet');
    return infoOf({ config, detached, cluster, orphans: house.controller?.orphans.seen() ?? [], leader: house.controller?.leader(), ...running }, clock.now());
  };
  return { stages: stagesOf(house, info), token: house.token, info, stop: () => lastFirst(house.endings, log) };
};

/** Removes what a run (this one, or one that died) left on the machine; with `keep`, its state stays for the next. */
export const removeLeftovers = async (stateDir: string, options: { keep: boolean; hostsFile?: string }): Promise<void> => {
  const { hostsFile } = options;
  if (hostsFile !== undefined && writable(hostsFile)) createHostsBlock({ file: hostsFile, id: runIdOf(stateDir) }).remove();
  await removeRules(runIdOf(stateDir));
  if (options.keep || !isOurs(stateDir)) return;
  const { removeCluster } = await import('./clusters/start.js');
  await removeCluster(stateDir);
  fs.rmSync(stateDir, { recursive: true, force: true });
};
