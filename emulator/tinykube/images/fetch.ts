// A stand-in's own HTTP requests: to what a pod names, from the pod's address.
import http from 'node:http';
import { codeOf, messageOf } from '../../errors.js';
import type { ContainerContext } from './types.js';

/** What came, or why nothing did; `exitCode` is curl's for the same trouble. */
export type Fetched = { status: number; body: string } | { exitCode: number; problem: string };

const trouble = (error: unknown, host: string, port: number): { exitCode: number; problem: string } =>
  codeOf(error) === 'ECONNREFUSED'
    ? { exitCode: 7, problem: `Failed to connect to ${host} port ${port}: Connection refused` }
    : { exitCode: 56, problem: `Recv failure: ${messageOf(error)}` };

const get = (url: URL, host: string, port: number, { connect, clock }: ContainerContext, ms: number): Promise<Fetched> =>
  new Promise((resolve) => {
    const socket = connect(host, port);
    if (!socket) return resolve({ exitCode: 6, problem: `Could not resolve host: ${host}` });
    const end = (fetched: Fetched): void => {
      timer.cancel();
      socket.destroy();
      resolve(fetched);
    };
    const timer = clock.after(ms, () => end({ exitCode: 28, problem: `Operation timed out after ${ms} milliseconds` }));
    const headers = { host: url.host, 'user-agent': 'curl/8.5.0', accept: '*/*', connection: 'close' };
    const request = http.request({ createConnection: () => socket, path: `${url.pathname}${url.search}`, headers, setHost: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => end({ status: response.statusCode ?? 0, body }));
      response.on('error', (error) => end(trouble(error, host, port)));
    });
    request.on('error', (error) => end(trouble(error, host, port))).end();
  });

/** GETs an http URL, which may lack its scheme as curl's may. */
export const fetchUrl = async (context: ContainerContext, address: string, ms = 10_000): Promise<Fetched> => {
  const text = address.includes('://') ? address : `http://${address}`;
  if (!URL.canParse(text)) return { exitCode: 3, problem: 'URL using bad/illegal format or missing URL' };
  const url = new URL(text);
  if (url.protocol !== 'http:') return { exitCode: 1, problem: `Protocol "${url.protocol.slice(0, -1)}" is not known to this stand-in` };
  return get(url, url.hostname, Number(url.port || 80), context, ms);
};
