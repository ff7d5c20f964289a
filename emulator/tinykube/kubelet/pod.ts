// The life of one pod on its node: an address, its containers, its status, its end.
import type { Clock } from '../../clock.js';
import type { Api } from '../types.js';
import { canonical } from '../controllers/hash.js';
import { seconds, type Recorder } from '../controllers/events.js';
import type { Container, Pod } from '../controllers/kinds.js';
import type { Image } from '../images/types.js';
import { containerLife, type ContainerLife, type Tell } from './container.js';
import { containerJournal, type ContainerJournal } from './journal.js';
import { preStop } from './prestop.js';
import type { NodePlan } from './nodes.js';
import { podStatus } from './status.js';

export type PodOptions = {
  api: Api;
  clock: Clock;
  images: readonly Image[];
  node: NodePlan;
  record: Recorder;
  podIP: string;
  listen: string;
  unproject(address: string): string;
};

export type PodLife = {
  podIP: string;
  /** The pod has changed in the API. */
  update(pod: Pod): void;
  /** Cuts everything; writes nothing. */
  kill(): void;
  logs(container: string): string | undefined;
};

type Part = { container: Container; life: ContainerLife; journal: ContainerJournal };

const tcpPorts = ({ ports = [] }: Container): number[] => ports.filter(({ protocol }) => (protocol ?? 'TCP') === 'TCP').map(({ containerPort }) => containerPort);

const makePart = (options: PodOptions, pod: Pod, container: Container, tell: Tell, changed: () => void): Part => {
  const { clock, images, node, podIP, listen, unproject } = options;
  const journal = containerJournal(clock);
  const { name, namespace = 'default', uid } = pod.metadata;
  const context = {
    namespace, pod: name, container: container.name, image: container.image, node: node.name, zone: node.zone, podIP, listen,
    ports: tcpPorts(container), args: [...(container.command ?? []).slice(1), ...(container.args ?? [])], unproject, log: journal.write,
  };
  const target = { shown: podIP, connect: listen, from: node.listen };
  const before = pod.status?.containerStatuses?.find((status) => status.name === container.name);
  const podTag = `${name}_${namespace}(${uid})`;
  return { container, journal, life: containerLife({ clock, container, images, context, target, podTag, before, tell, changed }) };
};

/** Starts a pod that its node has just been given, or goes on with one from before a restart. */
export const startPod = (options: PodOptions, first: Pod): PodLife => {
  const { api, clock, record, node, podIP } = options;
  const { name, namespace = 'default', uid } = first.metadata;
  let dead = false;
  let ending = false;

  const current = (): Pod | undefined => {
    const pod = api.get('pods', namespace, name) as Pod | undefined;
    return pod?.metadata.uid === uid ? pod : undefined;
  };

  const publish = (): void => {
    const pod = current();
    if (!pod || dead || ending) return;
    const containers = new Map(parts.map(({ container, life }) => [container.name, life.facts()]));
    const status = podStatus(pod, { hostIP: node.address, podIP, now: seconds(clock.now()), containers });
    if (canonical(status) !== canonical(pod.status)) api.update('pods', { ...pod, status }, 'status');
  };

  const tellOf = (container: Container): Tell => (type, reason, message) => {
    if (!dead) record(current() ?? first, type, reason, message, `spec.containers{${container.name}}`);
  };

  const parts: Part[] = first.spec.containers.map((container) => makePart(options, first, container, tellOf(container), publish));

  const start = (): void => {
    publish();
    if (first.spec.initContainers?.length) {
      record(first, 'Warning', 'Failed', 'init containers cannot run in the embedded cluster, whose containers are not processes; a kind cluster can run them');
      return;
    }
    for (const { life } of parts) void life.start();
  };

  const finish = (): void => {
    if (dead) return;
    dead = true;
    for (const { life } of parts) life.kill();
    if (current()) api.delete('pods', namespace, name, { gracePeriodSeconds: 0, uid });
  };

  const stopContainer = async ({ container, life }: Part): Promise<void> => {
    const facts = life.facts();
    if ('running' in facts.state) tellOf(container)('Normal', 'Killing', `Stopping container ${container.name}`);
    await preStop(clock, container, tellOf(container));
    if (!dead) await life.stop();
  };

  // SIGTERM waits one turn of the event loop, in which the endpoints of Services lose the pod.
  const terminate = (pod: Pod): void => {
    ending = true;
    const grace = (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
    const timer = clock.after(grace, finish);
    const stopAll = async (): Promise<void> => {
      await Promise.all(parts.map(stopContainer));
      timer.cancel();
      finish();
    };
    setImmediate(() => setImmediate(() => void stopAll()));
  };

  const update = (pod: Pod): void => {
    if (dead || ending) return;
    if (pod.metadata.deletionTimestamp) terminate(pod);
    else publish();
  };

  if (!first.metadata.deletionTimestamp) start();
  update(first);
  return {
    podIP,
    update,
    kill: () => {
      dead = true;
      for (const { life } of parts) life.kill();
    },
    logs: (container) => parts.find((part) => part.container.name === container)?.journal.text(),
  };
};
