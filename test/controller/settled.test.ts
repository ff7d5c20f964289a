// A controller that starts on settled Services looks and leaves everything as it is. MANY=1 tries it with a thousand.
import test from 'ava';
import { until } from './harness.js';
import { openReal } from './real.js';

const count = process.env['MANY'] === undefined ? 150 : 1000;
const bindings = 'targetgroupbindings.elbv2.k8s.aws';
const prefix = 'service.beta.kubernetes.io/aws-load-balancer-';

const service = (n: number) => ({
  apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'many', name: `s${n}`, annotations: { [`${prefix}type`]: 'external', [`${prefix}nlb-target-type`]: 'ip' } },
  spec: { type: 'LoadBalancer', selector: { app: `s${n}` }, ports: [{ name: 'a', port: 80 }, { name: 'b', port: 81 }] },
});

test(`started on ${count} settled Services it makes no mutating call and changes no object`, async (t) => {
  t.timeout(600_000);
  const real = await openReal(t);
  const { api } = real;
  api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } });
  for (let n = 0; n < count; n += 1) api.create('services', service(n));
  const versions = (): string[] => ['services', bindings].flatMap((resource) => api.list(resource, 'many').map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`));
  const passes = (): number => api.list('events', 'many').filter((event) => event['reason'] === 'SuccessfullyReconciled').reduce((sum, event) => sum + Number(event['count'] ?? 1), 0);
  // Each Service and each of its two bindings says so once.
  const patience = 400_000;
  await until(t, 'all are settled', () => passes() === 3 * count, patience);
  const settled = versions();
  real.calls.length = 0;
  await real.restart();
  await until(t, 'each Service has had its pass', () => passes() === 4 * count, patience);
  t.deepEqual(real.calls.filter((op) => !op.startsWith('Describe')), []);
  t.deepEqual(versions(), settled);
});
