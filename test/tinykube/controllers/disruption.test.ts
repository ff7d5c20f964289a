// PodDisruptionBudgets: what they allow, and how they hold an eviction back.
import test from 'ava';
import { budgetOf, mayGo } from '../../../emulator/tinykube/controllers/budget.js';
import type { Pod, PodDisruptionBudget } from '../../../emulator/tinykube/controllers/kinds.js';
import { startServer } from '../api/server.js';
import { change, deployment, readyPods, startCluster, until } from '../cluster.js';

const pods = (ready: number, unready = 0): Pod[] => [...Array<string>(ready).fill('True'), ...Array<string>(unready).fill('False')].map((status) => ({ metadata: { name: 'p' }, status: { phase: 'Running', conditions: [{ type: 'Ready', status }] } }) as unknown as Pod);

for (const [spec, ready, unready, replicas, allowed] of [
  [{ minAvailable: 2 }, 3, 0, 3, 1],
  [{ minAvailable: 2 }, 2, 1, 3, 0],
  [{ minAvailable: '50%' }, 3, 0, 3, 1],
  [{ minAvailable: '100%' }, 3, 0, 3, 0],
  [{ maxUnavailable: 1 }, 3, 0, 3, 1],
  [{ maxUnavailable: 1 }, 2, 1, 3, 0],
  [{ maxUnavailable: '30%' }, 10, 0, 10, 3],
  [{ maxUnavailable: 0 }, 5, 0, 5, 0],
  [{ minAvailable: 1 }, 0, 0, 0, 0],
] as const) {
  test(`${JSON.stringify(spec)} of ${replicas} pods, ${ready} ready and ${unready} not, lets ${allowed} go`, (t) => {
    t.is(budgetOf({ spec } as unknown as PodDisruptionBudget, pods(ready, unready), replicas).disruptionsAllowed, allowed);
  });
}

test('a pod that is not ready may go when the others suffice, or when the budget always lets such pods go', (t) => {
  const budget = (spec: object): PodDisruptionBudget => ({ spec: { minAvailable: 2, ...spec } }) as unknown as PodDisruptionBudget;
  const [sick] = pods(0, 1);
  if (!sick) return t.fail();
  t.true(mayGo(budget({}), sick, budgetOf(budget({}), pods(2, 1), 3)));
  t.false(mayGo(budget({}), sick, budgetOf(budget({}), pods(1, 1), 2)));
  t.true(mayGo(budget({ unhealthyPodEvictionPolicy: 'AlwaysAllow' }), sick, budgetOf(budget({}), pods(1, 1), 2)));
});

test('an eviction that would break the budget is refused until there are pods enough; the status says how many may go', async (t) => {
  const server = await startServer();
  t.teardown(() => server.server.close());
  const { api } = await startCluster(t, { api: server.server.api });
  const budget = await server.call('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'two' }, spec: { minAvailable: 2, selector: { matchLabels: { app: 'ui' } } } });
  t.is(budget.code, 201, budget.text);
  api.create('deployments.apps', deployment('ui', { replicas: 2 }));
  const [first] = await readyPods(api, 'ui', 2);
  const evict = () => server.call('POST', `/api/v1/namespaces/default/pods/${first?.metadata.name}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: first?.metadata.name } });
  const refused = await evict();
  t.like(refused.body, { code: 429, reason: 'TooManyRequests', message: "Cannot evict pod as it would violate the pod's disruption budget.", details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget two needs 2 healthy pods and has 2 currently' }] } });
  change(api, 'deployments.apps', 'ui', (object) => ({ ...object, spec: { ...(object['spec'] as object), replicas: 3 } }));
  await until(api, ['poddisruptionbudgets.policy'], () => (api.get('poddisruptionbudgets.policy', 'default', 'two') as PodDisruptionBudget).status?.disruptionsAllowed === 1);
  t.is((await evict()).code, 201);
  t.like(api.get('poddisruptionbudgets.policy', 'default', 'two')?.['status'], { desiredHealthy: 2, expectedPods: 3 });
});
