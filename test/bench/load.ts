// A client that is not the bottleneck: eight requests at a time for some seconds, and how long each took.
import http from 'node:http';
import { bodyOf, headersFor } from './elb.js';

export type Load = { rate: number; p50: number; p99: number };

const ask = (endpoint: string, agent: http.Agent, headers: Record<string, string>, body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = http.request(endpoint, { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } }, (response) => {
      response.resume().on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode}`))));
    });
    request.on('error', reject).end(body);
  });

/**
 * Whoever closes its connections (moto does) is asked over new ones; load generators that count on keep-alive would tell
 * a far lower rate for it.
 */
export const loadOf = async (endpoint: string, action: string, parameters: Record<string, string>): Promise<Load> => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  const headers = headersFor('2015-12-01');
  const body = bodyOf(action, parameters);
  const times: number[] = [];
  const began = performance.now();
  const worker = async (): Promise<void> => {
    while (performance.now() - began < 5000) {
      const sent = performance.now();
      await ask(endpoint, agent, headers, body);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const took = (performance.now() - began) / 1000;
  agent.destroy();
  times.sort((a, b) => a - b);
  return { rate: times.length / took, p50: times[Math.floor(times.length / 2)] ?? Number.NaN, p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
};
