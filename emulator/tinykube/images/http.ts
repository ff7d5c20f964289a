// HTTP images: a handler, an access log, and an end that lets requests in flight finish.
import http from 'node:http';
import type { Server } from 'node:net';
import { listenAll } from './listen.js';
import type { ContainerContext, Image, RunningContainer } from './types.js';

/** A request as an image sees it, addresses already as Kubernetes reports them. */
export type Seen = { method: string; path: string; query: URLSearchParams; host: string; remoteAddress: string; remotePort: number; headers: http.IncomingHttpHeaders; context: ContainerContext };

export type Reply = { status?: number; type?: string; body: string };

export type Handler = (seen: Seen) => Reply | undefined | Promise<Reply>;

// Node looks for slow requests every 30 s otherwise: an idle emulator uses no CPU.
const quiet = { connectionsCheckingInterval: 2 ** 31 - 1, requestTimeout: 0, headersTimeout: 0 };

const seenOf = (request: http.IncomingMessage, context: ContainerContext): Seen => {
  const target = request.url ?? '/';
  const url = new URL(URL.canParse(target, 'http://pod') ? target : '/', 'http://pod');
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    host: request.headers.host ?? '',
    remoteAddress: context.unproject(request.socket.remoteAddress ?? ''),
    remotePort: request.socket.remotePort ?? 0,
    headers: request.headers,
    context,
  };
};

const write = (response: http.ServerResponse, reply: Reply, closing: boolean): void => {
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status ?? 200, {
    'content-type': reply.type ?? 'text/plain; charset=utf-8',
    'content-length': body.length,
    ...(closing && { connection: 'close' }),
  });
  response.end(body);
};

/** Opens HTTP ports; requests that no handler takes get 404. */
export const startHttp = async (context: ContainerContext, ports: readonly number[], handler: Handler): Promise<RunningContainer> => {
  let closing = false;
  const make = (): Server => {
    const server = http.createServer(quiet, (request, response) => {
      request.resume();
      const seen = seenOf(request, context);
      // A response under way when the end comes has promised keep-alive: its connection is closed once it is idle.
      response.once('finish', () => closing && setImmediate(() => server.closeIdleConnections()));
      const answer = (reply: Reply): void => {
        context.log(`${seen.remoteAddress} "${seen.method} ${request.url ?? '/'}" ${reply.status ?? 200}`);
        write(response, reply, closing);
      };
      const reply = handler(seen) ?? { status: 404, body: '404 not found\n' };
      if (reply instanceof Promise) void reply.then(answer);
      else answer(reply);
    });
    return server;
  };
  const running = await listenAll(context, ports, make, (server) => (server as http.Server).closeIdleConnections());
  context.log(`listening on ${ports.join(', ')}`);
  return {
    ...running,
    stop: () => {
      closing = true;
      return running.stop();
    },
  };
};

/** An image that answers HTTP on its declared ports, or on its own when none is declared. */
export const httpImage = (name: string, port: number, handler: Handler): Image => ({
  name,
  start: (context) => startHttp(context, context.ports.length > 0 ? context.ports : [port], handler),
});

export const json = (value: unknown, status = 200): Reply => ({ status, type: 'application/json', body: `${JSON.stringify(value)}\n` });
