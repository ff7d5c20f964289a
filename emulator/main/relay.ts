// The relay in a container of the kind network: dials nodes and pods for an nlbox outside, whose machine does not reach them.
import dgram from 'node:dgram';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { carryDatagrams, datagramsHeader } from '../clusters/datagrams.js';
import { codeOf } from '../errors.js';
import { join } from '../join.js';

export { relayListens, relayPort } from '../clusters/container.js';

// RFC 1918: networks of Docker and pods are there. Nobody's way to the internet.
const privateNetworks = (): net.BlockList => {
  const list = new net.BlockList();
  list.addSubnet('10.0.0.0', 8);
  list.addSubnet('172.16.0.0', 12);
  list.addSubnet('192.168.0.0', 16);
  return list;
};

/** `address:port` of an IPv4 address that the relay goes to. */
export const goalOf = (text: string, allowed: net.BlockList = privateNetworks()): { host: string; port: number } | undefined => {
  const [host = '', port = ''] = text.split(':');
  return net.isIPv4(host) && /^\d{1,5}$/.test(port) && allowed.check(host) ? { host, port: Number(port) } : undefined;
};

const refuse = (client: Duplex, code: string): void => void client.end(`HTTP/1.1 502 ${code}\r\n\r\n`);

const accept = (client: Duplex): void => void client.write('HTTP/1.1 200 OK\r\n\r\n');

const carry = (client: Duplex, head: Buffer, goal: { host: string; port: number }): void => {
  const upstream = net.connect({ ...goal, allowHalfOpen: true, noDelay: true });
  const failed = (error: Error): void => refuse(client, codeOf(error) ?? 'EIO');
  client.on('error', () => upstream.destroy());
  upstream.once('error', failed);
  upstream.once('connect', () => {
    upstream.off('error', failed);
    accept(client);
    if (head.length > 0) upstream.write(head);
    join(client, upstream);
  });
};

const carryUdp = (client: Duplex, head: Buffer, { host, port }: { host: string; port: number }): void => {
  const upstream = dgram.createSocket('udp4');
  const failed = (error: Error): void => refuse(client, codeOf(error) ?? 'EIO');
  upstream.once('error', failed);
  upstream.connect(port, host, () => {
    upstream.off('error', failed);
    accept(client);
    if (head.length > 0) client.unshift(head);
    carryDatagrams(upstream, client);
  });
};

/** Listens; `close` ends it and every connection. */
export const startRelay = async ({ host, port, allowed = privateNetworks() }: { host: string; port: number; allowed?: net.BlockList }): Promise<{ port: number; close(): void }> => {
  const clients = new Set<Duplex>();
  // Idle connections may last; nothing may wake an idle relay.
  const server = http.createServer({ requestTimeout: 0, headersTimeout: 0, connectionsCheckingInterval: 2 ** 31 - 1 }, (_request, response) => void response.writeHead(405).end());
  server.on('connect', (request, client, head) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    const goal = goalOf(request.url ?? '', allowed);
    if (!goal) return refuse(client, 'EACCES');
    if (request.headers[datagramsHeader] === undefined) carry(client, head, goal);
    else carryUdp(client, head, goal);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const close = (): void => {
    server.close();
    server.closeAllConnections();
    for (const client of clients) client.destroy();
  };
  return { port: (server.address() as AddressInfo).port, close };
};
