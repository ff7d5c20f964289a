// The pods that run here: one life per pod bound to a machine that is switched on.
import fs from 'node:fs';
import path from 'node:path';
import type { Context } from '../controllers/context.js';
import type { Pod } from '../controllers/kinds.js';
import { isOver } from '../controllers/pods.js';
import { keyOf, splitKey, workQueue } from '../controllers/queue.js';
import type { Guard } from '../images/guard.js';
import type { Image } from '../images/types.js';
import { project, unproject, type PortMap } from './addresses.js';
import type { Machine } from './machines.js';
import type { NodePlan } from './nodes.js';
import type { Part, PodNetwork } from './part.js';
import { startPod, type PodLife } from './pod.js';
import { podAddresses, type PodAddresses } from './pod-addresses.js';

export type FleetOptions = {
  context: Context;
  images: readonly Image[];
  network: PodNetwork;
  loopback: number;
  podPort: PortMap;
  guard: Guard;
  /** Where pods have a directory of their own. */
  directory: string;
  machine(name: string): Machine | undefined;
};

export type Fleet = {
  started(machine: Machine): void;
  stopped(plan: NodePlan, gone: boolean): void;
  part(namespace: string, pod: string, container: string): Part | undefined;
  podIP(namespace: string, pod: string): string | undefined;
  stop(): void;
};

type Known = { uid: string; node: string; life: PodLife };

type State = FleetOptions & { pods: Map<string, Known>; addresses: PodAddresses };

/** A directory that exists from the moment someone asks for it. */
const directoryOf = (base: string, uid: string) => {
  const directory = path.join(base, uid);
  let made = false;
  return {
    get: (): string => {
      if (!made) fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
      made = true;
      return directory;
    },
    clear: (): void => {
      if (made) fs.rmSync(directory, { recursive: true, force: true });
    },
  };
};

const begin = (state: State, pod: Pod, { plan, record }: Machine): void => {
  const { context, images, network, loopback, podPort, guard, addresses, pods } = state;
  const podIP = addresses.take(pod, plan);
  if (!podIP) return record(pod, 'Warning', 'FailedCreatePodSandBox', `no free address in the subnet of ${plan.name}`);
  const directory = directoryOf(state.directory, pod.metadata.uid);
  const own = { images, network, podPort, guard, node: plan, record, podIP, listen: project(loopback, podIP), unproject: (address: string) => unproject(loopback, address) };
  const life = startPod({ api: context.api, clock: context.clock, ...own, directory: directory.get, cleared: directory.clear }, pod);
  pods.set(keyOf(pod), { uid: pod.metadata.uid, node: plan.name, life });
};

const end = (state: State, key: string, known: Known): void => {
  known.life.kill();
  state.pods.delete(key);
};

/** Brings what runs in line with one pod of the API: nil means it is gone. */
const reconcile = (state: State, key: string): void => {
  const pod = state.context.api.get('pods', ...splitKey(key)) as Pod | undefined;
  const known = state.pods.get(key);
  if (known && known.uid !== pod?.metadata.uid) {
    end(state, key, known);
    state.addresses.release(known.life.podIP);
  }
  if (!pod) return;
  const still = state.pods.get(key);
  if (still) return still.life.update(pod);
  const machine = state.machine(pod.spec.nodeName ?? '');
  if (machine && !isOver(pod)) begin(state, pod, machine);
};

const podsOn = ({ context }: State, node: string): Pod[] => context.api.by('pods', 'node', node) as Pod[];

/** Directories of pods that went while nlbox was down, or with it. */
const clearLeftovers = (base: string, pods: readonly Pod[]): void => {
  if (!fs.existsSync(base)) return;
  const known = new Set(pods.map(({ metadata }) => metadata.uid));
  for (const name of fs.readdirSync(base)) if (!known.has(name)) fs.rmSync(path.join(base, name), { recursive: true, force: true });
};

/** Starts following the pods. */
export const startFleet = (options: FleetOptions): Fleet => {
  const { api, clock, log } = options.context;
  const state: State = { ...options, pods: new Map(), addresses: podAddresses(api.list('pods') as Pod[]) };
  clearLeftovers(options.directory, api.list('pods') as Pod[]);
  const queue = workQueue({ clock, log, reconcile: (key) => reconcile(state, key) });
  const unwatch = api.watch('pods', ({ object }) => queue.add(keyOf(object)));
  return {
    started: ({ plan }) => {
      state.addresses.reserve(plan.address);
      for (const pod of podsOn(state, plan.name)) queue.add(keyOf(pod));
    },
    stopped: (plan, gone) => {
      for (const [key, known] of state.pods) if (known.node === plan.name) end(state, key, known);
      // What the pod garbage collector does about pods whose node is no more.
      if (gone) for (const pod of podsOn(state, plan.name)) api.delete('pods', pod.metadata.namespace, pod.metadata.name, { gracePeriodSeconds: 0, uid: pod.metadata.uid });
    },
    part: (namespace, pod, container) => state.pods.get(`${namespace}/${pod}`)?.life.part(container),
    podIP: (namespace, pod) => state.pods.get(`${namespace}/${pod}`)?.life.podIP,
    stop: () => {
      unwatch();
      queue.stop();
      for (const { life } of state.pods.values()) life.kill();
      state.pods.clear();
    },
  };
};
