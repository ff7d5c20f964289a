// From the POST of a Service to the first byte through its load balancer, in the instant profile.
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { parse } from 'yaml';
import { startNlbox, type Run } from '../support/nlbox.js';
import { median, peakMemory } from './elb.js';

type Kubeconfig = { clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]; users: { user: { token: string } }[] };

const kubeRequest = (run: Run) => {
  const config = parse(fs.readFileSync(run.env['KUBECONFIG'] ?? '', 'utf8')) as Kubeconfig;
  const cluster = config.clusters[0]?.cluster;
  const agent = new https.Agent({ keepAlive: true, ca: Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64') });
  return (method: string, path: string, body?: object): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${config.users[0]?.user.token}`, 'content-type': 'application/json' };
      const request = https.request(new URL(path, cluster?.server), { method, headers, agent }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(JSON.parse(text) as Record<string, unknown>));
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
};

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

const firstByte = (run: Run, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const proxy = new URL(run.env['AWS_ENDPOINT_URL'] ?? '');
    const request = http.get({ host: proxy.hostname, port: proxy.port, path: `http://${host}/`, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });

const once = async (run: Run, kube: ReturnType<typeof kubeRequest>, n: number): Promise<number> => {
  const began = performance.now();
  await kube('POST', '/api/v1/namespaces/default/services', service(`bench-${n}`));
  let host: string | undefined;
  while (!host) {
    const found = (await kube('GET', `/api/v1/namespaces/default/services/bench-${n}`)) as { status?: { loadBalancer?: { ingress?: { hostname: string }[] } } };
    host = found.status?.loadBalancer?.ingress?.[0]?.hostname;
  }
  while (!(await firstByte(run, host)));
  return performance.now() - began;
};

export const applyToFirstByte = async (): Promise<string[]> => {
  const teardowns: (() => void | Promise<void>)[] = [];
  const run = await startNlbox({ teardown: (fn) => void teardowns.push(fn) }, '--timing', 'instant');
  try {
    await run.sh('kubectl create deployment bench --image=retail-store-sample-ui:1.2.1 --port=8080 && kubectl rollout status deployment/bench --timeout=30s');
    const kube = kubeRequest(run);
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
