// The only home of http-proxy. The library is unmaintained: it leaks upstream sockets of clients that abort (its issue
// 1559) and calls a deprecated function at load (1715). Both are fenced in here, and nothing it does can throw.
import http, { type IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { Duplex } from 'node:stream';
import type HttpProxy from 'http-proxy';
import type { Clock } from '../clock.js';
import { codeOf, messageOf } from '../errors.js';
import type { Log } from '../log.js';

export type Target = { address: string; port: number };

export type HttpForward = {
  web(request: IncomingMessage, response: ServerResponse, target: Target): void;
  /** A WebSocket; any other upgrade is refused. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, target: Target): void;
};

const connectTimeout = 10_000;

const load = (): typeof HttpProxy => {
  const require = createRequire(import.meta.url);
  // http-proxy takes the function at load; from Node 22 on the original prints DEP0060 when it is called.
  const util = require('node:util') as { _extend: unknown };
  util._extend = Object.assign;
  return require('http-proxy') as typeof HttpProxy;
};

const seeTargets = 'See which of its targets are healthy with `aws elbv2 describe-target-health`.';

// What went wrong by the error's code, and the next step.
const explained: Record<string, [what: string, next: string]> = {
  ECONNREFUSED: ['has no listener on this port', 'See its ports with `aws elbv2 describe-listeners`.'],
  ECONNRESET: ['reset the connection before it answered', seeTargets],
  ETIMEDOUT: [`did not take the connection within ${connectTimeout / 1000} seconds`, seeTargets],
};

/** The answer for a target that failed: status, and a text that says what to look at. */
export const failure = (error: unknown, authority: string): { status: 502 | 504; reason: string; text: string } => {
  const code = codeOf(error) ?? '';
  const [what, next] = explained[code] ?? ['failed', seeTargets];
  const late = code === 'ETIMEDOUT';
  return {
    status: late ? 504 : 502,
    reason: late ? 'Gateway Timeout' : 'Bad Gateway',
    text: `nlbox: the load balancer ${authority} ${what} (${messageOf(error)}).\n${next}\n`,
  };
};

/** A whole HTTP answer for a raw socket. */
export const rawAnswer = (status: number, reason: string, text: string): string =>
  `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`;

/** Gives up on a connection attempt that lasts too long. */
export const limitConnect = (socket: { connecting: boolean; once(event: 'connect' | 'close', fn: () => void): unknown }, clock: Clock, giveUp: (error: Error) => void): void => {
  if (!socket.connecting) return;
  const timer = clock.after(connectTimeout, () => giveUp(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' })));
  socket.once('connect', timer.cancel);
  socket.once('close', timer.cancel);
};

const answerFailure = (error: unknown, request: IncomingMessage, out: ServerResponse | Duplex): void => {
  const { status, reason, text } = failure(error, request.headers.host ?? '');
  if (!(out instanceof ServerResponse)) {
    if (out.writable) out.end(rawAnswer(status, reason, text));
  } else if (out.headersSent) out.destroy();
  else out.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }).end(text);
};

// One connection of the client is one connection to the target, as it is on a layer-4 load balancer: an agent per client
// socket holds the pair together, and ends with it. That also closes what http-proxy leaves open after an abort.
const pairedAgent = () => {
  const agents = new WeakMap<Duplex, Map<string, http.Agent>>();
  return (client: Duplex, { address, port }: Target): http.Agent => {
    const own = agents.get(client) ?? new Map<string, http.Agent>();
    if (!agents.has(client)) {
      agents.set(client, own);
      client.once('close', () => own.forEach((agent) => agent.destroy()));
    }
    const key = `${address}:${port}`;
    const agent = own.get(key) ?? new http.Agent({ keepAlive: true, maxSockets: 1, keepAliveMsecs: 60_000 });
    own.set(key, agent);
    return agent;
  };
};

// When the target ends its side the client's connection ends after the answer, so that no request goes into a dead one.
const endTogether = () => {
  const current = new WeakMap<Duplex, ServerResponse>();
  return (upstream: Duplex, client: Duplex, response: ServerResponse): void => {
    const known = current.has(upstream);
    current.set(upstream, response);
    if (known) return;
    upstream.once('close', () => {
      const last = current.get(upstream);
      if (!last || last.writableFinished) client.end();
      else last.once('finish', () => client.end());
    });
  };
};

const guard = (proxy: HttpProxy, clock: Clock, log: Log): void => {
  const pair = endTogether();
  proxy.on('proxyReq', (upstream, request, response) => {
    // The library folds `//` in a path into `/`; what the client asked for is what the target gets.
    upstream.path = request.url ?? '/';
    response.once('close', () => {
      if (!response.writableFinished) upstream.destroy();
    });
    const { socket } = upstream;
    if (!socket) return;
    limitConnect(socket, clock, (error) => socket.destroy(error));
    pair(socket, request.socket, response);
  });
  proxy.on('proxyRes', (incoming, _request, response) => {
    // An answer that breaks off must not look complete, nor keep the client waiting.
    incoming.once('close', () => {
      if (!incoming.complete) response.destroy();
    });
  });
  proxy.on('proxyReqWs', (upstream, request, client) => {
    upstream.path = request.url ?? '/';
    client.once('close', () => upstream.destroy());
    upstream.once('socket', (socket) => {
      limitConnect(socket, clock, (error) => socket.destroy(error));
      client.once('close', () => socket.destroy());
      socket.once('close', () => client.destroySoon());
    });
  });
  proxy.on('error', (error, request, out) => {
    log.debug({ host: request.headers.host, error: messageOf(error) }, 'a forwarded request failed');
    answerFailure(error, request, out);
  });
};

/** Forwards HTTP and WebSocket requests as they are; only `Connection` and what was meant for the proxy differ. */
export const createHttpForward = ({ clock, log }: { clock: Clock; log: Log }): HttpForward => {
  const proxy = load().createProxyServer({});
  guard(proxy, clock, log);
  const agentFor = pairedAgent();
  const prepared = (request: IncomingMessage): void => {
    delete request.headers['proxy-connection'];
    delete request.headers['proxy-authorization'];
  };
  return {
    web: (request, response, target) => {
      prepared(request);
      proxy.web(request, response, { target: { host: target.address, port: target.port }, agent: agentFor(request.socket, target) });
    },
    upgrade: (request, socket, head, target) => {
      prepared(request);
      proxy.ws(request, socket, head, { target: { host: target.address, port: target.port } });
    },
  };
};
