// The DNS responder: answers for load balancer names over UDP and TCP, for those who can point a resolver at it.
import type { RemoteInfo } from 'node:dgram';
import net, { type AddressInfo, type Socket } from 'node:net';
import { UDPServer } from 'dns2';
import { codeOf, messageOf, UserError } from '../errors.js';
import type { Log } from '../log.js';
import type { Lookup } from './answer.js';
import { answerBytes, createAnswerer, isPlausible, type Answerer } from './dns-message.js';

export type DnsOptions = {
  /** The same for UDP and TCP; 0 picks a free one. */
  port: number;
  /** 127.0.0.1 unless somebody asks for more. */
  host?: string;
  lookup: Lookup;
  log: Log;
};

export type Dns = { host: string; port: number; close(): Promise<void> };

const refusal = (error: Error, { port, host = '127.0.0.1' }: DnsOptions): Error => {
  const code = codeOf(error);
  const hint = 'Choose another port with --dns-port, or leave the flag out: names then work through the hosts file or the forward proxy.';
  if (code === 'EADDRINUSE') return new UserError(`DNS port ${port} on ${host} is taken by another process`, { hint, cause: error });
  if (code === 'EACCES') return new UserError(`DNS port ${port} on ${host} needs privileges that this user does not have`, { hint, cause: error });
  return error;
};

/** dns2's server cuts what is too long for UDP and says so in the answer; it sees plausible messages only. */
const openUdp = (options: DnsOptions, answer: Answerer, port: number): Promise<UDPServer> =>
  new Promise((resolve, reject) => {
    const { log, host = '127.0.0.1' } = options;
    const server = new UDPServer((request, send, client) => {
      const response = answer(request, (client as RemoteInfo).address);
      if (response) Promise.resolve(send(response)).catch((error: unknown) => log.debug({ error: messageOf(error) }, 'a DNS answer could not be sent'));
    });
    server.removeAllListeners('message');
    server.on('message', (data, from) => {
      if (isPlausible(data)) server.handle(data, from);
    });
    server.on('requestError', (error) => log.debug({ error: error.message }, 'a DNS message could not be read'));
    const failed = (error: Error): void => reject(refusal(error, options));
    server.once('error', failed);
    server.once('listening', () => {
      server.removeListener('error', failed);
      server.on('error', (error: Error) => log.warn({ error: error.message }, 'the DNS responder'));
      resolve(server);
    });
    void server.listen(port, host);
  });

// RFC 7766 6.2.3: a client that says nothing for this long has forgotten us.
const idle = 10_000;

/** RFC 7766: each message has its length before it, and a connection may bring several. */
const serve = (socket: Socket, answer: (message: Buffer) => Buffer | undefined): void => {
  let waiting: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
      const end = 2 + waiting.readUInt16BE(0);
      const reply = answer(waiting.subarray(2, end));
      waiting = waiting.subarray(end);
      if (!reply) return void socket.destroy();
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(Buffer.concat([length, reply]));
    }
  });
  socket.on('end', () => socket.end()).on('error', () => socket.destroy());
  socket.setTimeout(idle, () => socket.destroy());
};

type Tcp = { server: net.Server; close(): Promise<void> };

const openTcp = (options: DnsOptions, answer: Answerer): Promise<Tcp> =>
  new Promise((resolve, reject) => {
    const sockets = new Set<Socket>();
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      serve(socket, (message) => answerBytes(message, answer, options.log, socket.remoteAddress));
    });
    const close = (): Promise<void> =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      });
    server.once('error', (error) => reject(refusal(error, options)));
    server.listen(options.port, options.host ?? '127.0.0.1', () => resolve({ server, close }));
  });

/** Answers from now on; a taken port is a UserError. */
export const startDns = async (options: DnsOptions): Promise<Dns> => {
  const answer = createAnswerer(options.lookup);
  const tcp = await openTcp(options, answer);
  const { address: host, port } = tcp.server.address() as AddressInfo;
  const udp = await openUdp(options, answer, port).catch(async (error: unknown) => {
    await tcp.close();
    throw error;
  });
  const closeUdp = (): Promise<void> => new Promise((resolve) => void udp.close(() => resolve()));
  return { host, port, close: async () => void (await Promise.all([tcp.close(), closeUdp()])) };
};
