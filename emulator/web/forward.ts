// The forward proxy that makes AWS names work without root (`http_proxy=http://127.0.0.1:4566`). It reaches load
// balancers of this emulator and nothing else: it must never become an open proxy.
import { ServerResponse, type IncomingMessage, type RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import { createHttpForward, rawAnswer, type HttpForward, type Target } from './http-proxy.js';
import { openTunnel } from './tunnel.js';

/** Where a load balancer's name and port lead, or undefined for a name that is none. */
export type Resolve = (host: string, port: number) => Target | undefined;

export type ForwardOptions = {
  resolve: Resolve;
  /** Whether an authority is this endpoint itself, reached through itself as a proxy. */
  isSelf(host: string, port: number): boolean;
  /** Requests to this endpoint itself go here. */
  app: RequestListener;
  clock: Clock;
  log: Log;
};

export type Forward = {
  request: RequestListener;
  connect(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
};

type Authority = { host: string; port: number };

/** `host[:port]` in one spelling: lower case, no final dot, no brackets. */
export const authorityOf = (text: string, defaultPort: number): Authority | undefined => {
  const match = /^(\[[^\]]+\]|[^:/@\s]+)(?::(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const host = (match[1] ?? '').toLowerCase().replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = Number(match[2] ?? defaultPort);
  return host === '' || port < 1 || port > 65_535 ? undefined : { host, port };
};

const absolute = /^http:\/\/([^/?#]*)(.*)$/is;

const refusal = ({ host, port }: Authority): string =>
  `nlbox: ${host}:${port} is not a load balancer of this emulator, and its proxy forwards to nothing else.\n` +
  'List the names with `aws elbv2 describe-load-balancers --query "LoadBalancers[].DNSName"`; to reach other hosts put them into no_proxy.\n';

const malformed = 'nlbox: the request names no host that could be understood; it must look like http://name:port/path.\n';

const refuse = (socket: Duplex, status: number, reason: string, text: string): void => {
  socket.on('error', () => socket.destroy());
  socket.end(rawAnswer(status, reason, text));
};

const pathOf = (rest: string | undefined): string => (rest?.startsWith('/') ? rest : `/${rest ?? ''}`);

// An upgrade that nobody here speaks (h2c …) is ignored, as RFC 9110 7.8 allows: the request is answered as a plain one.
const withoutUpgrade = (incoming: IncomingMessage, socket: Duplex, handle: RequestListener): void => {
  if (incoming.method !== 'GET' && incoming.method !== 'HEAD')
    return refuse(socket, 501, 'Not Implemented', `nlbox: a ${incoming.method} request cannot ask for an upgrade here; send it without.\n`);
  delete incoming.headers.upgrade;
  incoming.headers.connection = 'close';
  const response = new ServerResponse(incoming);
  response.shouldKeepAlive = false;
  response.assignSocket(incoming.socket);
  response.once('finish', () => socket.end());
  handle(incoming, response);
};

type Deps = ForwardOptions & { http: HttpForward };

const onRequest = ({ resolve, isSelf, app, http }: Deps): RequestListener => (incoming, response) => {
  const url = incoming.url ?? '/';
  if (url.startsWith('/') || url === '*') return app(incoming, response);
  const parts = absolute.exec(url);
  const to = parts && authorityOf(parts[1] ?? '', 80);
  const answer = (status: number, text: string) => void response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
  if (!to) return answer(400, malformed);
  incoming.url = pathOf(parts[2]);
  // RFC 9112 3.2.2: the request target outweighs the Host header.
  incoming.headers.host = parts[1] ?? '';
  if (isSelf(to.host, to.port)) return app(incoming, response);
  const target = resolve(to.host, to.port);
  if (!target) return answer(502, refusal(to));
  http.web(incoming, response, target);
};

const onConnect = ({ resolve, clock }: Deps): Forward['connect'] => (incoming, socket, head) => {
  const to = authorityOf(incoming.url ?? '', 443);
  if (!to) return refuse(socket, 400, 'Bad Request', malformed);
  const target = resolve(to.host, to.port);
  if (!target) return refuse(socket, 502, 'Bad Gateway', refusal(to));
  openTunnel(socket, head, target, `${to.host}:${to.port}`, clock);
};

const onUpgrade = ({ resolve, http }: Deps, request: RequestListener): Forward['upgrade'] => (incoming, socket, head) => {
  socket.on('error', () => socket.destroy());
  if (incoming.headers.upgrade?.toLowerCase() !== 'websocket') return withoutUpgrade(incoming, socket, request);
  const parts = absolute.exec(incoming.url ?? '');
  const to = authorityOf(parts?.[1] ?? incoming.headers.host ?? '', 80);
  const target = to && resolve(to.host, to.port);
  if (!to || !target) return refuse(socket, to ? 502 : 400, to ? 'Bad Gateway' : 'Bad Request', to ? refusal(to) : malformed);
  if (parts) incoming.url = pathOf(parts[2]);
  http.upgrade(incoming, socket, head, target);
};

/** Splits what comes to the port: absolute-form and CONNECT to load balancers, everything else to the application. */
export const createForward = (options: ForwardOptions): Forward => {
  const deps: Deps = { ...options, http: createHttpForward(options) };
  const request = onRequest(deps);
  return { request, connect: onConnect(deps), upgrade: onUpgrade(deps, request) };
};
