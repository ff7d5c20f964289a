// A pod's status from what its node knows of its containers; pure. Models the kubelet's status generation.
import { createHash } from 'node:crypto';
import { withCondition } from '../controllers/conditions.js';
import type { Condition, Container, ContainerStatus, Pod, PodStatus } from '../controllers/kinds.js';
import { conditionOf } from '../controllers/pods.js';

/** What a node knows of one container. */
export type ContainerFacts = {
  state: { waiting: { reason: string; message?: string } } | { running: { startedAt: string } } | { terminated: Ended };
  ready: boolean;
  started: boolean;
  restartCount: number;
  last?: Ended;
};

export type Ended = { exitCode: number; reason: string; startedAt: string; finishedAt: string };

export type PodFacts = { hostIP: string; podIP: string; now: string; containers: ReadonlyMap<string, ContainerFacts> };

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

const statusOf = (pod: Pod, { name, image }: Container, facts: ContainerFacts | undefined): ContainerStatus => {
  const running = facts !== undefined && !('waiting' in facts.state);
  return {
    name,
    state: facts?.state ?? { waiting: { reason: 'ContainerCreating' } },
    lastState: facts?.last ? { terminated: facts.last } : {},
    ready: facts?.ready ?? false,
    restartCount: facts?.restartCount ?? 0,
    image,
    imageID: running ? `${image.split('@')[0]?.split(':')[0] ?? image}@sha256:${sha(image)}` : '',
    ...(running && { containerID: `containerd://${sha(`${pod.metadata.uid} ${name} ${facts.restartCount}`)}` }),
    started: facts?.started ?? false,
  };
};

type Told = { status: Condition['status']; reason?: string; message?: string };

const containersReady = (statuses: readonly ContainerStatus[]): Told => {
  const unready = statuses.filter(({ ready }) => !ready).map(({ name }) => name);
  return unready.length === 0 ? { status: 'True' } : { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
};

/** Ready also waits for the readiness gates, which others set (the AWS Load Balancer Controller's among them). */
const podReady = (pod: Pod, containers: Told): Told => {
  if (containers.status !== 'True') return containers;
  const gates = (pod.spec.readinessGates ?? []).map(({ conditionType }) => conditionType);
  const closed = gates.filter((gate) => conditionOf(pod.status?.conditions, gate)?.status !== 'True');
  const why = (gate: string): string =>
    conditionOf(pod.status?.conditions, gate) ? `the status of pod readiness gate "${gate}" is not "True", but ${conditionOf(pod.status?.conditions, gate)?.status}` : `corresponding condition of pod readiness gate "${gate}" does not exist.`;
  return closed.length === 0 ? { status: 'True' } : { status: 'False', reason: 'ReadinessGatesNotReady', message: closed.map(why).join(', ') };
};

const told = (type: string, { status, reason, message }: Told): Condition => ({ type, status, ...(reason && { reason }), ...(message && { message }) });

const order = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];

const rank = ({ type }: Condition): number => (order.includes(type) ? order.indexOf(type) : -1);

const conditionsOf = (pod: Pod, statuses: readonly ContainerStatus[], now: string, init: Told, phase: string): Condition[] => {
  const over: Told | undefined = phase === 'Succeeded' ? { status: 'False', reason: 'PodCompleted' } : phase === 'Failed' ? { status: 'False', reason: 'PodFailed' } : undefined;
  const containers: Told = over ?? (init.status === 'True' ? containersReady(statuses) : { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${statuses.map(({ name }) => name).join(' ')}]` });
  const own = [
    told('PodReadyToStartContainers', { status: over ? 'False' : 'True' }),
    told('Initialized', init),
    told('Ready', podReady(pod, containers)),
    told('ContainersReady', containers),
    told('PodScheduled', { status: 'True' }),
  ];
  const all = own.reduce((list, one) => withCondition(list, one, now), pod.status?.conditions ?? []);
  // Gates and other foreign conditions stay, in front of the kubelet's own.
  return [...all].sort((a, b) => rank(a) - rank(b));
};

const quality = (pod: Pod): string => {
  const figures = pod.spec.containers.map(({ resources }) => ({ requests: { ...resources?.limits, ...resources?.requests }, limits: resources?.limits ?? {} }));
  const none = figures.every(({ requests, limits }) => !requests['cpu'] && !requests['memory'] && !limits['cpu'] && !limits['memory']);
  const exact = figures.every(({ requests, limits }) => ['cpu', 'memory'].every((name) => limits[name] !== undefined && requests[name] === limits[name]));
  return none ? 'BestEffort' : exact ? 'Guaranteed' : 'Burstable';
};

const terminated = ({ state }: ContainerStatus): Ended | undefined => state?.terminated as Ended | undefined;

/** An init container that lets the next one begin: ended well, or a sidecar that has started. */
export const initPassed = (container: Container, facts: Pick<ContainerFacts, 'state' | 'started'> | undefined): boolean =>
  container.restartPolicy === 'Always' ? (facts?.started ?? false) : facts !== undefined && 'terminated' in facts.state && facts.state.terminated.exitCode === 0;

const initialized = (pod: Pod, containers: PodFacts['containers']): Told => {
  const left = (pod.spec.initContainers ?? []).filter((container) => !initPassed(container, containers.get(container.name))).map(({ name }) => name);
  return left.length === 0 ? { status: 'True' } : { status: 'False', reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${left.join(' ')}]` };
};

/** Running once every container has run: one that waits to start again does not take the pod back to Pending. */
const phaseOf = (pod: Pod, statuses: readonly ContainerStatus[], init: readonly ContainerStatus[]): string => {
  const never = pod.spec.restartPolicy === 'Never';
  const failedInit = never && init.some((status) => (terminated(status)?.exitCode ?? 0) !== 0);
  const over = pod.spec.restartPolicy !== undefined && pod.spec.restartPolicy !== 'Always' && statuses.length > 0 && statuses.every(terminated);
  if (failedInit) return 'Failed';
  if (over && statuses.every((status) => terminated(status)?.exitCode === 0)) return 'Succeeded';
  if (over && never) return 'Failed';
  return statuses.length > 0 && statuses.every(({ state, lastState }) => state?.running || state?.terminated || lastState?.terminated) ? 'Running' : 'Pending';
};

const completed = (phase: string, told: Told): Told => (phase === 'Succeeded' ? { status: told.status, reason: 'PodCompleted' } : told);

/** The whole status of a pod that a node runs. */
export const podStatus = (pod: Pod, facts: PodFacts): PodStatus => {
  const init = initialized(pod, facts.containers);
  const waiting = init.status === 'True' ? 'ContainerCreating' : 'PodInitializing';
  const blank: ContainerFacts = { state: { waiting: { reason: waiting } }, ready: false, started: false, restartCount: 0 };
  const begun = (name: string): ContainerFacts => {
    const known = facts.containers.get(name);
    return known && !('waiting' in known.state && known.state.waiting.reason === 'ContainerCreating') ? known : blank;
  };
  const statuses = pod.spec.containers.map((container) => statusOf(pod, container, begun(container.name)));
  const initStatuses = (pod.spec.initContainers ?? []).map((container) => ({
    ...statusOf(pod, container, begun(container.name)),
    ready: initPassed(container, facts.containers.get(container.name)),
  }));
  const phase = phaseOf(pod, statuses, initStatuses);
  return {
    ...pod.status,
    phase,
    conditions: conditionsOf(pod, statuses, facts.now, completed(phase, init), phase),
    hostIP: facts.hostIP,
    hostIPs: [{ ip: facts.hostIP }],
    podIP: facts.podIP,
    podIPs: [{ ip: facts.podIP }],
    startTime: pod.status?.startTime ?? facts.now,
    ...(initStatuses.length > 0 && { initContainerStatuses: initStatuses }),
    containerStatuses: statuses,
    qosClass: pod.status?.qosClass ?? quality(pod),
  };
};
