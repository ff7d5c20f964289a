// The HTTP proxy through which commands in pods reach names of the cluster: they find it in `http_proxy`, and what it is given as
// user and password says which pod asks. Programs of this machine resolve names with the machine's own resolver otherwise.
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Origin, Reach } from './reach.js';

export type Gateway = {
  /** What a pod's commands find in their environment. */
  variables(origin: Origin): Record<string, string>;
  /** Who connects; until then everything is refused. */
  use(reach: Reach): void;
  close(): Promise<void>;
};

const originOf = ({ headers }: IncomingMessage): Origin | undefined => {
  const [, encoded = ''] = /^Basic (\S+)$/i.exec(headers['proxy-authorization'] ?? '') ?? [];
  const [namespace, podIP] = Buffer.from(encoded, 'base64').toString().split(':');
  return namespace && podIP && net.isIPv4(podIP) ? { namespace, podIP } : undefined;
};

const hopByHop = new Set(['proxy-authorization', 'proxy-connection', 'connection', 'keep-alive', 'te', 'upgrade']);

const onward = (headers: IncomingMessage['headers'], host: string): Record<string, string | string[]> => ({
  ...Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === undefined || hopByHop.has(name) ? [] : [[name, value]]))),
  host,
  connection: 'close',
});

/** Where a request wants to go; a name that the cluster does not know is the machine's to find. */
const dial = (reach: Reach, from: Origin, host: string, port: number): Socket => reach.connect(from, host, port) ?? net.connect({ host, port, allowHalfOpen: true, noDelay: true });

const forward = (reach: Reach, from: Origin, request: IncomingMessage, response: ServerResponse): void => {
  const url = new URL(request.url ?? '');
  const createConnection = (): Socket => dial(reach, from, url.hostname, Number(url.port || 80));
  const outgoing = http.request({ createConnection, method: request.method, path: `${url.pathname}${url.search}`, headers: onward(request.headers, url.host), setHost: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  // A client of a real pod would see a connection refused or reset: it sees this one cut, not an answer that nobody gave.
  outgoing.on('error', () => request.socket.destroy());
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
};

const unknown = 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="pods"\r\nConnection: close\r\n\r\n';

const tunnel = (reach: Reach, request: IncomingMessage, client: Duplex, head: Buffer): void => {
  const from = originOf(request);
  client.on('error', () => client.destroy());
  if (!from) return void client.end(unknown);
  const [, host = '', port] = /^\[?([^\]]+)\]?:(\d+)$/.exec(request.url ?? '') ?? [];
  const pod = dial(reach, from, host, Number(port));
  pod.on('error', () => client.destroy());
  pod.once('connect', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) pod.write(head);
    client.pipe(pod).pipe(client);
  });
  client.on('close', () => pod.destroy());
};

const nobody: Reach = { connect: () => undefined };

/** Opens the proxy on a free port of 127.0.0.1. */
export const openGateway = async (): Promise<Gateway> => {
  let reach = nobody;
  const server = http.createServer({ connectionsCheckingInterval: 2 ** 31 - 1, requestTimeout: 0, headersTimeout: 0 }, (request, response) => {
    const from = originOf(request);
    if (!from) return void response.writeHead(407, { 'proxy-authenticate': 'Basic realm="pods"' }).end();
    if (!URL.canParse(request.url ?? '')) return void response.writeHead(400).end('this is a proxy for the pods of the embedded cluster\n');
    forward(reach, from, request, response);
  });
  const tunnels = new Set<Duplex>();
  server.on('connect', (request, client, head) => {
    tunnels.add(client);
    client.once('close', () => tunnels.delete(client));
    tunnel(reach, request, client, head);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    variables: ({ namespace, podIP }) => {
      const url = `http://${namespace}:${podIP}@127.0.0.1:${port}`;
      return { http_proxy: url, HTTP_PROXY: url, https_proxy: url, HTTPS_PROXY: url };
    },
    use: (next) => void (reach = next),
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
      for (const client of tunnels) client.destroy();
    }),
  };
};
