// The disruption controller: keeps the status of PodDisruptionBudgets. Models pkg/controller/disruption.
import { equal } from '../api/json.js';
import type { Api, KubeObject, ResourceKey } from '../types.js';
import { budgetOf, type Budget } from './budget.js';
import { withCondition } from './conditions.js';
import { stopAll, type Context, type Running } from './context.js';
import { seconds } from './events.js';
import type { Pod, PodDisruptionBudget } from './kinds.js';
import { controllerOf } from './owners.js';
import { keyOf, splitKey, workQueue } from './queue.js';
import { selectorMatches } from './selectors.js';

const budgets: ResourceKey = 'poddisruptionbudgets.policy';

type Reader = Pick<Api, 'get' | 'list'>;

const resources: Readonly<Record<string, ResourceKey>> = { ReplicaSet: 'replicasets.apps', Deployment: 'deployments.apps', StatefulSet: 'statefulsets.apps', ReplicationController: 'replicationcontrollers' };

/** The outermost controller: a pod's Deployment rather than its ReplicaSet. */
const rootOf = (api: Reader, object: KubeObject): KubeObject => {
  const owner = controllerOf(object);
  const found = owner && resources[owner.kind] ? api.get(resources[owner.kind] ?? '', object.metadata.namespace, owner.name) : undefined;
  return found ? rootOf(api, found) : object;
};

const wantedReplicas = (object: KubeObject): number => (object.kind === 'Pod' ? 1 : Number((object['spec'] as { replicas?: number } | undefined)?.replicas ?? 1));

/** What a budget allows now. */
export const budgetNow = (api: Reader, budget: PodDisruptionBudget): Budget => {
  const pods = (api.list('pods', budget.metadata.namespace) as Pod[]).filter(({ metadata }) => selectorMatches(budget.spec.selector ?? {}, metadata.labels));
  const roots = new Map(pods.map((pod) => rootOf(api, pod)).map((root) => [root.metadata.uid, root]));
  return budgetOf(budget, pods, [...roots.values()].reduce((sum, root) => sum + wantedReplicas(root), 0));
};

/** The budgets that a pod falls under. */
export const budgetsFor = (api: Reader, pod: KubeObject): PodDisruptionBudget[] =>
  (api.list(budgets, pod.metadata.namespace) as PodDisruptionBudget[]).filter(({ spec }) => spec.selector && selectorMatches(spec.selector, pod.metadata.labels));

const reconcile = ({ api, clock }: Context, key: string): void => {
  const budget = api.get(budgets, ...splitKey(key)) as PodDisruptionBudget | undefined;
  if (!budget) return;
  const now = budgetNow(api, budget);
  const enough = now.disruptionsAllowed > 0;
  const condition = { type: 'DisruptionAllowed', status: enough ? ('True' as const) : ('False' as const), reason: enough ? 'SufficientPods' : 'InsufficientPods', message: '', observedGeneration: budget.metadata.generation ?? 1 };
  const status = { ...now, observedGeneration: budget.metadata.generation ?? 1, conditions: withCondition(budget.status?.conditions, condition, seconds(clock.now())) };
  if (!equal(status, budget.status)) api.update(budgets, { ...budget, status }, 'status');
};

/** Starts following budgets and the pods under them. */
export const startDisruption = (context: Context): Running => {
  const { api, clock, log } = context;
  const queue = workQueue({ clock, log, reconcile: (key) => reconcile(context, key) });
  const stops = [
    api.watch(budgets, ({ object }) => queue.add(keyOf(object))),
    api.watch('pods', ({ object }) => budgetsFor(api, object).forEach((budget) => queue.add(keyOf(budget)))),
    queue.stop,
  ];
  for (const budget of api.list(budgets)) queue.add(keyOf(budget));
  return stopAll(stops);
};
