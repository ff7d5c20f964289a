// The row of a pod. Models pkg/printers/internalversion printPod.
import { at, fields, items, number, text, type Fields } from '../json.js';
import { age, columns, orNone, since, type Printer } from './columns.js';

const ended = (terminated: Fields, prefix = ''): string => {
  if (text(terminated.reason) !== '') return `${prefix}${text(terminated.reason)}`;
  return number(terminated.signal) !== 0 ? `${prefix}Signal:${number(terminated.signal)}` : `${prefix}ExitCode:${number(terminated.exitCode)}`;
};

const isSidecar = (spec: Fields, name: string): boolean =>
  items(spec.initContainers).some((container) => container.name === name && container.restartPolicy === 'Always');

/** The reason of the first init container that is not done. */
const initReason = (pod: Fields): string | undefined => {
  const spec = fields(pod.spec);
  const statuses = items(at(pod, 'status', 'initContainerStatuses'));
  for (const [index, status] of statuses.entries()) {
    const state = fields(status.state);
    if (state.terminated !== undefined && number(at(state, 'terminated', 'exitCode')) === 0) continue;
    if (isSidecar(spec, text(status.name)) && status.started === true) continue;
    if (state.terminated !== undefined) return ended(fields(state.terminated), 'Init:');
    const waiting = text(at(state, 'waiting', 'reason'));
    return waiting !== '' && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${index}/${items(spec.initContainers).length}`;
  }
  return undefined;
};

const isRunning = (status: Fields): boolean => status.ready === true && at(status, 'state', 'running') !== undefined;

const containerReason = (pod: Fields, otherwise: string): string => {
  let reason = otherwise;
  const statuses = items(at(pod, 'status', 'containerStatuses'));
  for (const status of [...statuses].reverse()) {
    const waiting = text(at(status, 'state', 'waiting', 'reason'));
    const terminated = at(status, 'state', 'terminated');
    if (waiting !== '') reason = waiting;
    else if (terminated !== undefined) reason = ended(fields(terminated));
  }
  if (reason !== 'Completed' || !statuses.some(isRunning)) return reason;
  const ready = items(at(pod, 'status', 'conditions')).some((one) => one.type === 'Ready' && one.status === 'True');
  return ready ? 'Running' : 'NotReady';
};

const podStatus = (pod: Fields): string => {
  const phase = text(at(pod, 'status', 'phase'));
  const reason = text(at(pod, 'status', 'reason'));
  if (fields(pod.metadata).deletionTimestamp !== undefined && phase !== 'Succeeded' && phase !== 'Failed') return reason === 'NodeLost' ? 'Unknown' : 'Terminating';
  const gated = items(at(pod, 'status', 'conditions')).some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated');
  const start = gated ? 'SchedulingGated' : reason === '' ? phase : reason;
  return initReason(pod) ?? containerReason(pod, start);
};

const restarts = (pod: Fields, now: number): string => {
  const statuses = items(at(pod, 'status', 'containerStatuses'));
  const count = statuses.reduce((sum, status) => sum + number(status.restartCount), 0);
  const last = statuses.map((status) => text(at(status, 'lastState', 'terminated', 'finishedAt'))).sort().at(-1);
  return count > 0 && last !== undefined && last !== '' ? `${count} (${since(last, now)} ago)` : String(count);
};

const readiness = (pod: Fields): string => {
  const spec = fields(pod.spec);
  const sidecars = items(spec.initContainers).filter((container) => container.restartPolicy === 'Always').map((container) => container.name);
  const statuses = [...items(at(pod, 'status', 'containerStatuses')), ...items(at(pod, 'status', 'initContainerStatuses')).filter((status) => sidecars.includes(status.name))];
  return `${statuses.filter(isRunning).length}/${items(spec.containers).length + sidecars.length}`;
};

const gates = (pod: Fields): string => {
  const wanted = items(at(pod, 'spec', 'readinessGates')).map((gate) => gate.conditionType);
  if (wanted.length === 0) return '<none>';
  const conditions = items(at(pod, 'status', 'conditions'));
  return `${wanted.filter((type) => conditions.some((one) => one.type === type && one.status === 'True')).length}/${wanted.length}`;
};

export const podPrinter: Printer = {
  columns: columns('Name Ready Status Restarts Age IP* Node* Nominated_Node* Readiness_Gates*'),
  cells: (pod, now) => [
    pod.metadata.name,
    readiness(pod),
    podStatus(pod),
    restarts(pod, now),
    age(pod, now),
    orNone(at(pod, 'status', 'podIP')),
    orNone(at(pod, 'spec', 'nodeName')),
    orNone(at(pod, 'status', 'nominatedNodeName')),
    gates(pod),
  ],
  conditions: (pod) => {
    const phase = text(at(pod, 'status', 'phase'));
    if (phase !== 'Succeeded' && phase !== 'Failed') return undefined;
    return [{ type: 'Completed', status: 'True', reason: phase, message: phase === 'Succeeded' ? 'The pod has completed successfully.' : 'The pod failed.' }];
  },
};
