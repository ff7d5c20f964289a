// From the POST of a Service to the first byte through its load balancer, in the instant profile.
import { startNlbox, type Run } from '../support/nlbox.js';
import { median, peakMemory } from './elb.js';
import { answers } from './first-byte.js';
import { kubeOf, type Kube } from './kube.js';

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name,
    annotations: {
      'service.beta.kubernetes.io/aws-load-balancer-type': 'external',
      'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'ip',
      'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing',
    },
  },
  spec: { type: 'LoadBalancer', selector: { app: 'bench' }, ports: [{ port: 80, targetPort: 8080 }] },
});

const once = async (run: Run, { ask }: Kube, n: number): Promise<number> => {
  const began = performance.now();
  await ask('POST', '/api/v1/namespaces/default/services', service(`bench-${n}`));
  let host: string | undefined;
  while (!host) {
    const found = (await ask('GET', `/api/v1/namespaces/default/services/bench-${n}`)) as { status?: { loadBalancer?: { ingress?: { hostname: string }[] } } };
    host = found.status?.loadBalancer?.ingress?.[0]?.hostname;
  }
  while (!(await answers(run.env['AWS_ENDPOINT_URL'] ?? '', host)));
  return performance.now() - began;
};

export const applyToFirstByte = async (): Promise<string[]> => {
  const teardowns: (() => void | Promise<void>)[] = [];
  const run = await startNlbox({ teardown: (fn) => void teardowns.push(fn) }, '--timing', 'instant');
  try {
    await run.sh('kubectl create deployment bench --image=retail-store-sample-ui:1.2.1 --port=8080 && kubectl rollout status deployment/bench --timeout=30s');
    const kube = kubeOf(run);
    const times: number[] = [];
    for (let n = 0; n < 10; n++) times.push(await once(run, kube, n));
    return [
      `median of ${times.length}: ${median(times).toFixed(0)} ms, slowest ${Math.max(...times).toFixed(0)} ms (budget: at most 300 ms)`,
      `peak memory of the whole nlbox: ${peakMemory({ pid: run.pid } as never).toFixed(0)} MiB`,
    ];
  } finally {
    for (const end of teardowns.reverse()) await end();
  }
};
