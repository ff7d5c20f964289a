// A real API server on a free port and a small client for it.
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { createCertificates } from '../../../emulator/tinykube/api/certificates.js';
import { createApiServer, type ApiServer, type ApiServerOptions } from '../../../emulator/tinykube/api/server.js';
import { kubeconfig } from '../../../emulator/tinykube/api/kubeconfig.js';
import { systemClock } from '../../../emulator/clock.js';
import { silentLog } from '../../../emulator/log.js';

export type Reply = { code: number; headers: IncomingMessage['headers']; text: string; body: Record<string, unknown> };
export type Line = { type: string; object: Record<string, unknown> };

export type TestServer = {
  server: ApiServer;
  url: string;
  kubeconfig: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Lines of a watch as they come; ends when the server ends it or `stop` is called. */
  watch(path: string): Promise<{ next(): Promise<Line | undefined>; stop(): void }>;
};

const token = 'a-token-of-the-test';

const readAll = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

const asJson = (text: string): Record<string, unknown> => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
};

const lines = async function* (response: IncomingMessage): AsyncGenerator<Line> {
  let rest = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    rest += chunk.toString('utf8');
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield JSON.parse(part) as Line;
  }
};

/** Starts a server; `close` it through `server.close()`. */
export const startServer = async (options: Partial<ApiServerOptions> = {}): Promise<TestServer> => {
  const { ca, key, cert } = createCertificates(systemClock.now());
  const server = createApiServer({ clock: systemClock, log: silentLog, version: 'v1.33.5', serviceCidr: '172.20.0.0/16', tls: { key, cert }, token, ...options });
  const { url } = await server.listen(0, '127.0.0.1');
  const open = (method: string, path: string, body: unknown, headers: Record<string, string>): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body);
      // Without a length Node sends the body of a DELETE as if it were the next request.
      const type = payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) };
      const request = https.request(`${url}${path}`, { method, ca, agent: false, headers: { authorization: `Bearer ${token}`, 'user-agent': 'tests/1', ...type, ...headers } }, resolve);
      request.on('error', reject);
      request.end(payload);
    });
  return {
    server,
    url,
    kubeconfig: kubeconfig({ server: url, ca, token, name: 'test' }),
    call: async (method, path, body, headers = {}) => {
      const response = await open(method, path, body, headers);
      const text = await readAll(response);
      return { code: response.statusCode ?? 0, headers: response.headers, text, body: asJson(text) };
    },
    watch: async (path) => {
      const response = await open('GET', path, undefined, {});
      const iterator = lines(response);
      return { next: async () => (await iterator.next()).value as Line | undefined, stop: () => void response.destroy() };
    },
  };
};
