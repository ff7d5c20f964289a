// A bare client of an nlbox's Kubernetes API: kept connections, and watches as a stream of lines.
import fs from 'node:fs';
import https from 'node:https';
import { createInterface } from 'node:readline';
import { parse } from 'yaml';
import type { Run } from '../support/nlbox.js';

type Kubeconfig = { clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]; users: { user: { token: string } }[] };

export type KubeEvent = { type: string; object: { metadata: { name: string; resourceVersion: string } } & Record<string, unknown> };

export type Kube = {
  /** The answer's body; throws on a refusal. */
  ask(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  /** Calls `seen` with each event of a collection; resolves, when the server follows it, with what ends it. */
  watch(path: string, seen: (event: KubeEvent) => void): Promise<() => void>;
};

/** Talks to the cluster of `run` over at most `sockets` connections, besides one for each watch. */
export const kubeOf = (run: Run, sockets = 16): Kube => {
  const config = parse(fs.readFileSync(run.env['KUBECONFIG'] ?? '', 'utf8')) as Kubeconfig;
  const cluster = config.clusters[0]?.cluster;
  const ca = Buffer.from(cluster?.['certificate-authority-data'] ?? '', 'base64');
  const agent = new https.Agent({ keepAlive: true, maxSockets: sockets, ca });
  const headers = { authorization: `Bearer ${config.users[0]?.user.token}` };
  const ask: Kube['ask'] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const request = https.request(new URL(path, cluster?.server), { method, headers: { ...headers, 'content-type': type }, agent }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => ((response.statusCode ?? 500) < 300 ? resolve(JSON.parse(text) as Record<string, unknown>) : reject(new Error(`${method} ${path}: ${text.slice(0, 300)}`))));
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const watch: Kube['watch'] = (path, seen) =>
    new Promise((resolve, reject) => {
      const request = https.get(new URL(`${path}?watch=true`, cluster?.server), { headers, ca, agent: false }, (response) => {
        createInterface({ input: response }).on('error', () => {}).on('line', (line) => seen(JSON.parse(line) as KubeEvent));
        resolve(() => void request.destroy());
      });
      request.on('error', reject);
    });
  return { ask, watch };
};
