// One container of a pod with all that belongs to it: context, journal, life.
import type { Clock } from '../../clock.js';
import type { Api } from '../types.js';
import type { Container, Pod } from '../controllers/kinds.js';
import type { Origin, Reach } from '../dns/reach.js';
import { runCommand } from '../images/process.js';
import type { Guard } from '../images/guard.js';
import type { ContainerContext, Image } from '../images/types.js';
import type { PortMap } from './addresses.js';
import { containerLife, type ContainerLife } from './container.js';
import type { Tell } from './container-state.js';
import { policyOf } from './container-facts.js';
import { environmentOf, expand } from './environment.js';
import { containerJournal, type ContainerJournal } from './journal.js';
import type { NodePlan } from './nodes.js';
import type { ProbeTarget } from './probe.js';

export type Part = { container: Container; context: ContainerContext; target: ProbeTarget; journal: ContainerJournal; life: ContainerLife };

/** How pods reach what they name. */
export type PodNetwork = Reach & { surroundings(origin: Origin, pod: Pod): Record<string, string> };

export type PartOptions = {
  api: Api;
  clock: Clock;
  images: readonly Image[];
  network: PodNetwork;
  node: NodePlan;
  podIP: string;
  listen: string;
  podPort: PortMap;
  guard: Guard;
  unproject(address: string): string;
  directory(): string;
};

/** Pods with this annotation run their commands as processes of this machine: `nlbox.dev/run: local`. */
export const isLocal = (pod: Pod): boolean => pod.metadata.annotations?.['nlbox.dev/run'] === 'local';

const portsOf = ({ ports = [] }: Container, wanted: 'TCP' | 'UDP'): number[] => ports.filter(({ protocol = 'TCP' }) => protocol === wanted).map(({ containerPort }) => containerPort);

const contextOf = (options: PartOptions, pod: Pod, container: Container, journal: ContainerJournal): ContainerContext => {
  const { api, clock, network, node, podIP, listen, podPort, guard, unproject, directory } = options;
  const { name, namespace = 'default' } = pod.metadata;
  const origin = { namespace, podIP };
  const env = environmentOf({ api, pod, podIP, hostIP: node.address, listen }, container);
  const expanded = (words: readonly string[] = []): string[] => words.map((word) => expand(word, env));
  return {
    namespace, pod: name, container: container.name, image: container.image, node: node.name, zone: node.zone, podIP, listen,
    ports: portsOf(container, 'TCP'), udpPorts: portsOf(container, 'UDP'),
    command: expanded(container.command), args: expanded(container.args), env,
    surroundings: () => network.surroundings(origin, pod), stdin: container.stdin ?? false, tty: container.tty ?? false, connect: (host, port) => network.connect(origin, host, port), guard, directory, clock, podPort, unproject, log: journal.write,
  };
};

/** Makes a container's part of a pod; nothing runs yet. */
export const makePart = (options: PartOptions, pod: Pod, container: Container, tell: Tell, changed: () => void): Part => {
  const { clock, images, node, podIP, listen, podPort } = options;
  const { name, namespace = 'default', uid } = pod.metadata;
  const journal = containerJournal(clock);
  const context = contextOf(options, pod, container, journal);
  const local = isLocal(pod);
  const target: ProbeTarget = { shown: podIP, connect: listen, podPort, from: node.listen, ...(local && { run: (command, ms) => runCommand(clock, command, context, ms) }) };
  const isInit = pod.spec.initContainers?.includes(container) ?? false;
  const before = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((status) => status.name === container.name);
  const policy = policyOf(pod.spec.restartPolicy, container, isInit);
  const life = containerLife({ clock, container, images, context, target, journal, policy, local, podTag: `${name}_${namespace}(${uid})`, before, tell, changed });
  return { container, context, target, journal, life };
};
