// The Deployment controller: rolling updates, Recreate, pausing, revisions, status. Models pkg/controller/deployment.
import { messageOf } from '../../errors.js';
import { equal } from '../api/json.js';
import type { ResourceKey } from '../types.js';
import { stopAll, type Context, type Running } from './context.js';
import { deploymentStatus, isComplete, untilDeadline, type Progress } from './deployment-status.js';
import { recorder, seconds, type Recorder } from './events.js';
import type { Deployment, Pod, ReplicaSet } from './kinds.js';
import { claim, controllerOf } from './owners.js';
import { isOver } from './pods.js';
import { keyOf, splitKey, workQueue, type WorkQueue } from './queue.js';
import { findNewest, handedDown, newReplicaSet, recordedReplicas, revisionOf, sizeAnnotations, withRevision } from './revisions.js';
import { byAge, newSize, oldSizes, proportionalSizes, wantedReplicas } from './rollout.js';

const deployments: ResourceKey = 'deployments.apps';
const replicaSets: ResourceKey = 'replicasets.apps';

type Pass = Context & { record: Recorder; deployment: Deployment; /** A webhook will have none of a new ReplicaSet. */ refused(name: string, error: unknown): void };

const scale = ({ api, record, deployment }: Pass, set: ReplicaSet, replicas: number): boolean => {
  const from = wantedReplicas(set);
  const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
  api.update(replicaSets, { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } });
  if (from === replicas) return false;
  record(deployment, 'Normal', 'ScalingReplicaSet', `Scaled ${replicas > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${replicas}`);
  return true;
};

const scaleAll = (pass: Pass, sets: readonly ReplicaSet[], sizes: Map<string, number>): boolean =>
  sets.filter((set) => sizes.has(set.metadata.name) && scale(pass, set, sizes.get(set.metadata.name) ?? 0)).length > 0;

const noteRevision = (pass: Pass, revision: number): void => {
  if (revisionOf(pass.deployment) === revision) return;
  pass.deployment = pass.api.update(deployments, withRevision(pass.deployment, revision)) as Deployment;
};

/** The newest ReplicaSet brought up to date or made, and what that was. */
const ensureNewest = (pass: Pass, sets: readonly ReplicaSet[]): { newest: ReplicaSet; happened: Progress } => {
  const { api, deployment } = pass;
  const found = findNewest(deployment, sets);
  const others = sets.filter((set) => set.metadata.name !== found?.metadata.name);
  const revision = Math.max(found ? revisionOf(found) : 0, 1 + Math.max(0, ...others.map(revisionOf)));
  if (!found) {
    const size = newSize(deployment, sets, undefined);
    const wanted = newReplicaSet(deployment, size, revision);
    const newest = api.create(replicaSets, wanted, (error) => pass.refused(wanted.metadata.name ?? '', error)) as ReplicaSet;
    noteRevision(pass, revision);
    if (size > 0) pass.record(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${newest.metadata.name} from 0 to ${size}`);
    return { newest, happened: { reason: 'NewReplicaSetCreated', name: newest.metadata.name } };
  }
  const annotations = { ...found.metadata.annotations, ...handedDown(deployment, revision) };
  const { minReadySeconds: _old, ...spec } = found.spec;
  const next = { ...found, metadata: { ...found.metadata, annotations }, spec: { ...spec, ...(deployment.spec.minReadySeconds && { minReadySeconds: deployment.spec.minReadySeconds }) } };
  const newest = (equal(next, found) ? found : api.update(replicaSets, next)) as ReplicaSet;
  const back = revisionOf(deployment) !== revision;
  noteRevision(pass, revision);
  return { newest, happened: back ? { reason: 'FoundNewReplicaSet', name: newest.metadata.name } : undefined };
};

/** Follows a change of the Deployment's own size, without moving the rollout on. */
const scaleOnly = (pass: Pass, sets: readonly ReplicaSet[]): void => {
  const newest = findNewest(pass.deployment, sets);
  const active = sets.filter((set) => wantedReplicas(set) > 0);
  const only = active.length === 1 ? active[0] : active.length === 0 ? (newest ?? [...sets].sort(byAge).at(-1)) : undefined;
  if (only) scale(pass, only, wantedReplicas(pass.deployment));
  else scaleAll(pass, active, proportionalSizes(pass.deployment, active));
};

const wasScaled = (deployment: Deployment, sets: readonly ReplicaSet[]): boolean =>
  sets.some((set) => wantedReplicas(set) > 0 && (recordedReplicas(set) ?? wantedReplicas(deployment)) !== wantedReplicas(deployment));

const recreate = (pass: Pass, sets: readonly ReplicaSet[]): Progress => {
  const found = findNewest(pass.deployment, sets);
  const old = sets.filter((set) => set !== found);
  const stopping = old.filter((set) => wantedReplicas(set) > 0);
  if (stopping.length > 0) {
    scaleAll(pass, stopping, new Map(stopping.map((set) => [set.metadata.name, 0])));
    return undefined;
  }
  const pods = old.flatMap(({ metadata }) => pass.api.by('pods', 'owner', metadata.uid) as Pod[]);
  if (pods.some((pod) => !isOver(pod))) return undefined;
  const { newest, happened } = ensureNewest(pass, sets);
  if (wantedReplicas(newest) !== wantedReplicas(pass.deployment)) scale(pass, newest, wantedReplicas(pass.deployment));
  return happened;
};

const roll = (pass: Pass, sets: readonly ReplicaSet[]): Progress => {
  const { newest, happened } = ensureNewest(pass, sets);
  const old = sets.filter((set) => set.metadata.name !== newest.metadata.name);
  const size = wantedReplicas(newest) > wantedReplicas(pass.deployment) ? wantedReplicas(pass.deployment) : newSize(pass.deployment, [...old, newest], newest);
  if (size !== wantedReplicas(newest) && scale(pass, newest, size)) return happened;
  scaleAll(pass, old, oldSizes(pass.deployment, newest, old.filter((set) => wantedReplicas(set) > 0)));
  return happened;
};

const forgetOld = ({ api, deployment }: Pass, sets: readonly ReplicaSet[]): void => {
  const newest = findNewest(deployment, sets);
  const empty = sets.filter((set) => set !== newest && wantedReplicas(set) === 0 && (set.status?.replicas ?? 0) === 0 && !set.metadata.deletionTimestamp);
  const surplus = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  const oldest = [...empty].sort((a, b) => revisionOf(a) - revisionOf(b));
  for (const set of oldest.slice(0, Math.max(0, surplus))) api.delete(replicaSets, set.metadata.namespace, set.metadata.name);
};

const advance = (pass: Pass, sets: readonly ReplicaSet[]): Progress => {
  if (pass.deployment.metadata.deletionTimestamp) return undefined;
  if (pass.deployment.spec.paused || wasScaled(pass.deployment, sets)) {
    scaleOnly(pass, sets);
    return undefined;
  }
  return pass.deployment.spec.strategy?.type === 'Recreate' ? recreate(pass, sets) : roll(pass, sets);
};

const writeStatus = (pass: Pass, sets: readonly ReplicaSet[], happened: Progress): Deployment => {
  const { api, clock, deployment } = pass;
  const status = deploymentStatus(deployment, sets, findNewest(deployment, sets), happened, clock.now(), seconds(clock.now()));
  if (equal(status, deployment.status)) return deployment;
  return api.update(deployments, { ...deployment, status }, 'status') as Deployment;
};

const retryAfter = 10_000;

const refusedOf = (record: Recorder, again: () => void, deployment: Deployment) => (name: string, error: unknown): void => {
  record(deployment, 'Warning', 'ReplicaSetCreateError', `Failed to create new replica set "${name}": ${messageOf(error)}`);
  again();
};

const reconcile = (context: Context, record: Recorder, key: string, again: () => void): number | undefined => {
  const [namespace, name] = splitKey(key);
  const deployment = context.api.get(deployments, namespace, name) as Deployment | undefined;
  if (!deployment) return undefined;
  const pass: Pass = { ...context, record, deployment, refused: refusedOf(record, again, deployment) };
  const mine = () => claim(context.api, pass.deployment, replicaSets, deployment.spec.selector) as ReplicaSet[];
  const happened = advance(pass, mine());
  const sets = mine();
  const done = writeStatus(pass, sets, happened);
  if (isComplete(done)) forgetOld(pass, sets);
  return isComplete(done) ? undefined : untilDeadline(done, context.clock.now());
};

/** Starts the Deployment controller. */
export const startDeployments = (context: Context): Running => {
  const { api, clock, log } = context;
  const record = recorder(context, 'deployment-controller');
  const queue: WorkQueue = workQueue({ clock, log, reconcile: (key) => reconcile(context, record, key, () => queue.addAfter(key, retryAfter)) });
  const ownerKey = (object: Parameters<typeof controllerOf>[0]): void => {
    const owner = controllerOf(object);
    if (owner?.kind === 'Deployment') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
  };
  const stops = [
    api.watch(deployments, ({ object }) => queue.add(keyOf(object))),
    api.watch(replicaSets, ({ object }) => ownerKey(object)),
    // Recreate waits for the last old pod to go.
    api.watch('pods', ({ type, object }) => {
      const set = type === 'DELETED' ? controllerOf(object) : undefined;
      const owner = set?.kind === 'ReplicaSet' ? api.get(replicaSets, object.metadata.namespace, set.name) : undefined;
      if (owner) ownerKey(owner);
    }),
    queue.stop,
  ];
  for (const deployment of api.list(deployments)) queue.add(keyOf(deployment));
  return stopAll(stops);
};
