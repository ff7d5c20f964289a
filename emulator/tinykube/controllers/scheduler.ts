// The scheduler: gives each new pod a node, and says why when none will do.
import { equal } from '../api/json.js';
import { withCondition } from './conditions.js';
import { stopAll, type Context, type Running } from './context.js';
import { recorder, seconds, type Recorder } from './events.js';
import type { Node, Pod } from './kinds.js';
import { isOver } from './pods.js';
import { createOccupancy, type Occupancy } from './occupancy.js';
import { controllerOf } from './owners.js';
import { place } from './placement.js';
import { keyOf, splitKey, workQueue } from './queue.js';

const ours = 'default-scheduler';

const waits = (pod: Pod): boolean =>
  !pod.spec.nodeName && !pod.metadata.deletionTimestamp && !isOver(pod) && (pod.spec.schedulerName ?? ours) === ours && !pod.spec.schedulingGates?.length;

const bind = ({ api }: Context, record: Recorder, pod: Pod, nodeName: string): void => {
  api.bind(pod, nodeName);
  record(pod, 'Normal', 'Scheduled', `Successfully assigned ${pod.metadata.namespace ?? 'default'}/${pod.metadata.name} to ${nodeName}`);
};

const postpone = ({ api, clock }: Context, record: Recorder, pod: Pod, problem: string): void => {
  const conditions = withCondition(pod.status?.conditions, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: problem }, seconds(clock.now()));
  const status = { ...pod.status, phase: 'Pending', conditions };
  if (equal(status, pod.status)) return;
  api.update('pods', { ...pod, status }, 'status');
  record(pod, 'Warning', 'FailedScheduling', problem);
};

const siblingsOf = ({ api }: Context, pod: Pod): Pod[] => {
  const owner = controllerOf(pod);
  return owner ? (api.by('pods', 'owner', owner.uid) as Pod[]) : [];
};

const reconcile = (context: Context, record: Recorder, occupancy: Occupancy, key: string): void => {
  const { api } = context;
  const pod = api.get('pods', ...splitKey(key)) as Pod | undefined;
  if (!pod || !waits(pod)) return;
  const placement = place(pod, api.list('nodes') as Node[], { usageOf: occupancy.of, siblings: siblingsOf(context, pod) });
  if ('node' in placement) bind(context, record, pod, placement.node);
  else postpone(context, record, pod, placement.problem);
};

/** Starts the scheduler. Pods that fit nowhere are looked at again when a node changes or a pod goes. */
export const startScheduler = (context: Context): Running => {
  const { api, clock, log } = context;
  const record = recorder(context, ours);
  const occupancy = createOccupancy();
  const queue = workQueue({ clock, log, reconcile: (key) => reconcile(context, record, occupancy, key) });
  // Those of no node.
  const addWaiting = (): void => (api.by('pods', 'node', '') as Pod[]).filter(waits).forEach((pod) => queue.add(keyOf(pod)));
  const stops = [
    api.watch('pods', ({ type, object }) => {
      occupancy.seen({ type, object: object as Pod });
      if (type === 'DELETED') addWaiting();
      else if (waits(object as Pod)) queue.add(keyOf(object));
    }),
    api.watch('nodes', addWaiting),
    queue.stop,
  ];
  for (const pod of api.list('pods') as Pod[]) occupancy.seen({ type: 'ADDED', object: pod });
  addWaiting();
  return stopAll(stops);
};
