// The DNS responder: answers for load balancer names over UDP and TCP, for those who can point a resolver at it.
import type { AddressInfo, Socket } from 'node:net';
import { Packet, TCPServer, UDPServer, type DnsHandler, type Resource } from 'dns2';
import { codeOf, messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';
import { answerTo, rcodes, rotate, type Lookup } from './answer.js';

export type DnsOptions = {
  /** The same for UDP and TCP; 0 picks a free one. */
  port: number;
  /** 127.0.0.1 unless somebody asks for more. */
  host?: string;
  lookup: Lookup;
  log: Log;
};

export type Dns = { host: string; port: number; close(): Promise<void> };

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html: entries have a TTL of 60 seconds.
const ttl = 60;
// A name that is looked up too early should not stay unknown for a minute.
const negativeTtl = 5;

// RFC 2308: without the SOA a resolver may not remember that there is nothing.
const soa = (zone: string): Resource =>
  new Packet.Resource({
    name: zone, type: Packet.TYPE.SOA, class: Packet.CLASS.IN, ttl: negativeTtl, primary: `ns.${zone}`, admin: `hostmaster.${zone}`,
    serial: 1, refresh: 3600, retry: 600, expiration: 86_400, minimum: negativeTtl,
  });

const responseTo = (request: Packet, lookup: Lookup, turn: number): Packet => {
  const response = Packet.createResponseFromRequest(request);
  const [question] = request.questions;
  if (request.additionals.some((record) => record.type === Packet.TYPE.EDNS)) response.additionals.push(Packet.Resource.EDNS([]));
  if (request.header.opcode !== 0) response.header.rcode = rcodes.NOTIMP;
  else if (question === undefined || request.questions.length !== 1) response.header.rcode = rcodes.FORMERR;
  else {
    const { rcode, addresses, zone } = answerTo(question, lookup);
    response.header.rcode = rcode;
    response.header.aa = zone === undefined ? 0 : 1;
    response.answers = rotate(addresses, turn).map(
      (address) => new Packet.Resource({ name: question.name, type: Packet.TYPE.A, class: Packet.CLASS.IN, ttl, address }),
    );
    if (zone !== undefined && addresses.length === 0) response.authorities.push(soa(zone));
  }
  return response;
};

const handlerOf = ({ lookup, log }: DnsOptions): DnsHandler => {
  let turn = 0;
  return (request, send) => {
    // An answer is never answered: two responders would talk for ever.
    if (request.header.qr !== 0) return;
    turn += 1;
    Promise.resolve(send(responseTo(request, lookup, turn))).catch((error: unknown) => log.debug({ error: messageOf(error) }, 'a DNS answer could not be sent'));
  };
};

const refusal = (error: Error, { port, host = '127.0.0.1' }: DnsOptions): Error => {
  const code = codeOf(error);
  const hint = 'Choose another port with --dns-port, or leave the flag out: names then work through the hosts file or the forward proxy.';
  if (code === 'EADDRINUSE') return new UserError(`DNS port ${port} on ${host} is taken by another process`, { hint, cause: error });
  if (code === 'EACCES') return new UserError(`DNS port ${port} on ${host} needs privileges that this user does not have`, { hint, cause: error });
  return error;
};

const openUdp = (options: DnsOptions, handle: DnsHandler, port: number): Promise<UDPServer> =>
  new Promise((resolve, reject) => {
    const server = new UDPServer(handle);
    server.on('requestError', (error) => options.log.debug({ error: error.message }, 'a DNS message could not be read'));
    const failed = (error: Error): void => reject(refusal(error, options));
    server.once('error', failed);
    server.once('listening', () => {
      server.removeListener('error', failed);
      server.on('error', (error: Error) => options.log.warn({ error: error.message }, 'the DNS responder'));
      resolve(server);
    });
    void server.listen(port, options.host ?? '127.0.0.1');
  });

const openTcp = (options: DnsOptions, handle: DnsHandler): Promise<{ server: TCPServer; sockets: Set<Socket> }> =>
  new Promise((resolve, reject) => {
    const sockets = new Set<Socket>();
    const server = new TCPServer(handle);
    server.on('requestError', (error) => options.log.debug({ error: error.message }, 'a DNS message could not be read'));
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    server.once('error', (error: Error) => reject(refusal(error, options)));
    server.listen(options.port, options.host ?? '127.0.0.1', () => resolve({ server, sockets }));
  });

/** Answers from now on; a taken port is a UserError. */
export const startDns = async (options: DnsOptions): Promise<Dns> => {
  const handle = handlerOf(options);
  const { server: tcp, sockets } = await openTcp(options, handle);
  const { address: host, port } = tcp.address() as AddressInfo;
  const closeTcp = (): Promise<void> =>
    new Promise((resolve) => {
      tcp.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  const udp = await openUdp(options, handle, port).catch(async (error: unknown) => {
    await closeTcp();
    throw error;
  });
  const closeUdp = (): Promise<void> => new Promise((resolve) => void udp.close(() => resolve()));
  return { host, port, close: async () => void (await Promise.all([closeTcp(), closeUdp()])) };
};
