// The life of one pod on its node: an address, its containers, its status, its end.
import { equal } from '../api/json.js';
import { seconds, type Recorder } from '../controllers/events.js';
import type { Container, Pod } from '../controllers/kinds.js';
import { isOver } from '../controllers/pods.js';
import type { Tell } from './container-state.js';
import { preStop } from './hooks.js';
import { makePart, type Part, type PartOptions } from './part.js';
import { initPassed, podStatus } from './status.js';

export type PodOptions = PartOptions & { record: Recorder; /** The pod's directory may go. */ cleared(): void };

export type PodLife = {
  podIP: string;
  /** The pod has changed in the API. */
  update(pod: Pod): void;
  /** Cuts everything; writes nothing. */
  kill(): void;
  part(container: string): Part | undefined;
};

type State = {
  options: PodOptions;
  /** The pod as it was when this life began. */
  first: Pod;
  init: Part[];
  main: Part[];
  begun: Set<Part>;
  dead: boolean;
  ending: boolean;
};

const namespaceOf = ({ metadata }: Pod): string => metadata.namespace ?? 'default';

const partsOf = ({ init, main }: State): Part[] => [...init, ...main];

/** The pod as it is now; undefined when it is gone or another has its name. */
const current = ({ options: { api }, first }: State): Pod | undefined => {
  const pod = api.get('pods', namespaceOf(first), first.metadata.name) as Pod | undefined;
  return pod?.metadata.uid === first.metadata.uid ? pod : undefined;
};

const publish = (state: State): void => {
  const pod = current(state);
  if (!pod || state.dead || state.ending) return;
  const { api, clock, node, podIP } = state.options;
  const containers = new Map(partsOf(state).map(({ container, life }) => [container.name, life.facts()]));
  const status = podStatus(pod, { hostIP: node.address, podIP, now: seconds(clock.now()), containers });
  if (!equal(status, pod.status)) api.update('pods', { ...pod, status }, 'status');
};

const tellOf = (state: State, { name }: Container, field = 'containers'): Tell => (type, reason, message) => {
  if (!state.dead) state.options.record(current(state) ?? state.first, type, reason, message, `spec.${field}{${name}}`);
};

const begin = ({ begun }: State, part: Part): void => {
  if (begun.has(part)) return;
  begun.add(part);
  void part.life.start();
};

/** Init containers one after the other, then the others together. */
const advance = (state: State): void => {
  if (state.dead || state.ending) return;
  for (const part of state.init) {
    begin(state, part);
    if (!initPassed(part.container, part.life.facts())) return;
  }
  for (const part of state.main) begin(state, part);
};

const changed = (state: State): void => {
  publish(state);
  advance(state);
};

const killAll = (state: State): void => {
  state.dead = true;
  for (const { life } of partsOf(state)) life.kill();
  state.options.cleared();
};

const finish = (state: State): void => {
  if (state.dead) return;
  killAll(state);
  const { name, uid } = state.first.metadata;
  if (current(state)) state.options.api.delete('pods', namespaceOf(state.first), name, { gracePeriodSeconds: 0, uid });
};

const stopContainer = async (state: State, { container, life, target }: Part): Promise<void> => {
  if ('running' in life.facts().state) {
    const tell = tellOf(state, container);
    tell('Normal', 'Killing', `Stopping container ${container.name}`);
    await preStop(state.options.clock, container, tell, target);
  }
  if (!state.dead) await life.stop();
};

// SIGTERM waits one turn of the event loop, in which the endpoints of Services lose the pod.
const terminate = (state: State, { metadata, spec }: Pod): void => {
  state.ending = true;
  const grace = (metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30) * 1000;
  const timer = state.options.clock.after(grace, () => finish(state));
  const stopAll = async (): Promise<void> => {
    await Promise.all(partsOf(state).map((part) => stopContainer(state, part)));
    timer.cancel();
    finish(state);
  };
  setImmediate(() => setImmediate(() => void stopAll()));
};

const update = (state: State, pod: Pod): void => {
  if (state.dead || state.ending) return;
  if (pod.metadata.deletionTimestamp) terminate(state, pod);
  else if (!isOver(pod)) publish(state);
};

/** Starts a pod that its node has just been given, or goes on with one from before a restart. */
export const startPod = (options: PodOptions, first: Pod): PodLife => {
  const state: State = { options, first, init: [], main: [], begun: new Set(), dead: false, ending: false };
  const part = (container: Container, field: string): Part => makePart(options, first, container, tellOf(state, container, field), () => changed(state));
  state.init = (first.spec.initContainers ?? []).map((container) => part(container, 'initContainers'));
  state.main = first.spec.containers.map((container) => part(container, 'containers'));
  if (!first.metadata.deletionTimestamp) changed(state);
  update(state, first);
  return {
    podIP: options.podIP,
    update: (pod) => update(state, pod),
    kill: () => killAll(state),
    part: (container) => [...state.main, ...state.init].find((one) => one.container.name === container),
  };
};
