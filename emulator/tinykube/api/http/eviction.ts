// The eviction subresource of pods: what `kubectl drain` asks for, and what PodDisruptionBudgets may refuse for now.
import { mayGo } from '../../controllers/budget.js';
import { budgetNow, budgetsFor } from '../../controllers/disruption.js';
import type { Pod } from '../../controllers/kinds.js';
import { isActive } from '../../controllers/pods.js';
import { StatusError } from '../../status.js';
import type { KubeObject } from '../../types.js';
import { remove } from '../deletion.js';
import { at, strings } from '../json.js';
import type { Services } from '../services.js';
import { readObject, type Answer, type Exchange } from './exchange.js';
import type { Target } from './target.js';
import { stored } from './writes.js';

/** A pod may be evicted when its PodDisruptionBudget allows it, which is counted at this moment. */
const checkBudgets = ({ store }: Services, object: KubeObject): void => {
  const pod = object as Pod;
  if (!isActive(pod) || pod.status?.phase === 'Pending') return;
  const budgets = budgetsFor(store, pod);
  if (budgets.length > 1) throw new StatusError(500, 'InternalError', 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  const [budget] = budgets;
  if (!budget) return;
  const now = budgetNow(store, budget);
  if (mayGo(budget, pod, now)) return;
  const message = `The disruption budget ${budget.metadata.name} needs ${now.desiredHealthy} healthy pods and has ${now.currentHealthy} currently`;
  throw new StatusError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", { causes: [{ reason: 'DisruptionBudget', message }] });
};

/** POST of an Eviction: a deletion that budgets can refuse. */
export const evict = (services: Services, target: Target, exchange: Exchange): Answer => {
  const body = readObject(exchange, 'Eviction');
  const grace = at(body, 'deleteOptions', 'gracePeriodSeconds');
  const dryRun = exchange.query.get('dryRun') === 'All' || strings(at(body, 'deleteOptions', 'dryRun')).includes('All');
  const options = { ...(typeof grace === 'number' && { gracePeriodSeconds: grace }), dryRun };
  checkBudgets(services, stored(services, target));
  remove(services.environment, target.kind, target.namespace, target.name ?? '', options);
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
};
