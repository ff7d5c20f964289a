// The life of one pod on its node: an address, its containers, its status, its end.
import { canonical } from '../controllers/hash.js';
import { seconds, type Recorder } from '../controllers/events.js';
import type { Container, Pod } from '../controllers/kinds.js';
import { isOver } from '../controllers/pods.js';
import type { Tell } from './container.js';
import { makePart, type Part, type PartOptions } from './part.js';
import { preStop } from './prestop.js';
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

/** Starts a pod that its node has just been given, or goes on with one from before a restart. */
export const startPod = (options: PodOptions, first: Pod): PodLife => {
  const { api, clock, record, node, podIP } = options;
  const { name, namespace = 'default', uid } = first.metadata;
  const begun = new Set<Part>();
  let dead = false;
  let ending = false;

  const current = (): Pod | undefined => {
    const pod = api.get('pods', namespace, name) as Pod | undefined;
    return pod?.metadata.uid === uid ? pod : undefined;
  };

  const publish = (): void => {
    const pod = current();
    if (!pod || dead || ending) return;
    const containers = new Map([...init, ...main].map(({ container, life }) => [container.name, life.facts()]));
    const status = podStatus(pod, { hostIP: node.address, podIP, now: seconds(clock.now()), containers });
    if (canonical(status) !== canonical(pod.status)) api.update('pods', { ...pod, status }, 'status');
  };

  const tellOf = (container: Container, field = 'containers'): Tell => (type, reason, message) => {
    if (!dead) record(current() ?? first, type, reason, message, `spec.${field}{${container.name}}`);
  };

  const begin = (part: Part): void => {
    if (begun.has(part)) return;
    begun.add(part);
    void part.life.start();
  };

  /** Init containers one after the other, then the others together. */
  const advance = (): void => {
    if (dead || ending) return;
    for (const part of init) {
      begin(part);
      if (!initPassed(part.container, part.life.facts())) return;
    }
    main.forEach(begin);
  };

  const changed = (): void => {
    publish();
    advance();
  };

  const init: Part[] = (first.spec.initContainers ?? []).map((container) => makePart(options, first, container, tellOf(container, 'initContainers'), changed));
  const main: Part[] = first.spec.containers.map((container) => makePart(options, first, container, tellOf(container), changed));

  const killAll = (): void => {
    dead = true;
    for (const { life } of [...init, ...main]) life.kill();
    options.cleared();
  };

  const finish = (): void => {
    if (dead) return;
    killAll();
    if (current()) api.delete('pods', namespace, name, { gracePeriodSeconds: 0, uid });
  };

  const stopContainer = async ({ container, life, target }: Part): Promise<void> => {
    if ('running' in life.facts().state) {
      tellOf(container)('Normal', 'Killing', `Stopping container ${container.name}`);
      await preStop(clock, container, tellOf(container), target);
    }
    if (!dead) await life.stop();
  };

  // SIGTERM waits one turn of the event loop, in which the endpoints of Services lose the pod.
  const terminate = (pod: Pod): void => {
    ending = true;
    const grace = (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    const timer = clock.after(grace, finish);
    const stopAll = async (): Promise<void> => {
      await Promise.all([...init, ...main].map(stopContainer));
      timer.cancel();
      finish();
    };
    setImmediate(() => setImmediate(() => void stopAll()));
  };

  const update = (pod: Pod): void => {
    if (dead || ending) return;
    if (pod.metadata.deletionTimestamp) terminate(pod);
    else if (!isOver(pod)) publish();
  };

  if (!first.metadata.deletionTimestamp) changed();
  update(first);
  return { podIP, update, kill: killAll, part: (container) => [...main, ...init].find((part) => part.container.name === container) };
};
