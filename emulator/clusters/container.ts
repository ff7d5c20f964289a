// The container of docker-compose.yml as the way to nodes that this machine does not reach: it is in their network, and dials there for us.
import dgram from 'node:dgram';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Dial, DialUdp } from '../dataplane/types.js';
import { join } from '../join.js';
import { packageFile } from '../version.js';
import { connectDatagrams, datagramsHeader } from './datagrams.js';
import type { Deps } from './kubectl-cluster.js';
import { connectLate, lateSocket } from './late.js';
import { failure, follow, must, type Run } from './run.js';

/** Where the relay listens in its container. */
export const relayPort = 4565;

/** What the relay prints when it listens. */
export const relayListens = 'the relay listens';

// A package from a registry has no image to build.
const composeFile = packageFile('docker-compose.yml');

/** Names of compose projects have no dots, those of kind clusters may. */
export const projectOf = (cluster: string): string => `nlbox-${cluster.replaceAll('.', '-')}`;

const containerOf = (cluster: string): string => `${projectOf(cluster)}-relay`;

/** `127.0.0.1:49153` of what `docker port` prints, a line for each address. */
export const publishedPort = (text: string): number | undefined => {
  const match = /^127\.0\.0\.1:(\d+)$/m.exec(text);
  return match ? Number(match[1]) : undefined;
};

/** Takes the container out, and the volume that compose made for it; a missing one is none the worse. */
export const removeContainer = async (cluster: string, execute: Run): Promise<void> => {
  await execute('docker', ['rm', '--force', '--volumes', containerOf(cluster)]);
  await execute('docker', ['volume', 'rm', '--force', `${projectOf(cluster)}_state`]);
};

const runArguments = (cluster: string): string[] => [
  'compose', '--file', composeFile, '--project-name', projectOf(cluster),
  'run', '--rm', '--no-TTY', '--no-deps', '--name', containerOf(cluster), '--publish', `127.0.0.1::${relayPort}`, 'nlbox', 'relay',
];

/** Resolves when the relay says that it listens; rejects when the container ends before. */
const untilListening = (cluster: string, signal: AbortSignal, { say, log }: Deps): Promise<void> =>
  new Promise((resolve, reject) => {
    const hear = (line: string): void => (line.includes(relayListens) ? resolve() : say(line.trim()));
    follow('docker', runArguments(cluster), signal, hear).then((ran) => {
      log.debug({ output: ran.output }, 'the container of the relay ended');
      reject(failure('the container could not be run', ran));
    }, reject);
  });

export type Container = { dial: Dial; dialUdp: DialUdp; close(): void };

/** Starts the container; the caller has written down that it may be there. */
export const openContainer = async (cluster: string, deps: Deps): Promise<Container> => {
  if (!fs.existsSync(composeFile)) throw new Error('there is no docker-compose.yml beside this nlbox');
  await removeContainer(cluster, deps.execute);
  const stopping = new AbortController();
  try {
    await untilListening(cluster, stopping.signal, deps);
    const text = await must(deps.execute('docker', ['port', containerOf(cluster), `${relayPort}/tcp`]), 'the port of the container cannot be asked for');
    const port = publishedPort(text);
    if (port === undefined) throw new Error(`the container publishes no port on 127.0.0.1 (${text.trim()})`);
    return { dial: dialThrough(port), dialUdp: dialUdpThrough(port), close: () => stopping.abort() };
  } catch (error) {
    stopping.abort();
    throw error;
  }
};

// The relay's answer is its status line: 200, or 502 with the system's word for why not.
const refusalOf = ({ statusMessage }: http.IncomingMessage): Error =>
  Object.assign(new Error(`connect ${statusMessage} from the container`), { code: statusMessage, syscall: 'connect' });

/** Connects `socket` to the other end of a connection that stands: what it reads as its own is what comes from there. */
const connectTo = (socket: net.Socket, upstream: Duplex, head: Buffer): void => {
  const server = net.createServer({ allowHalfOpen: true }, (inner) => {
    server.close();
    if (head.length > 0) inner.write(head);
    join(inner, upstream);
  });
  server.once('error', (error) => (upstream.destroy(), socket.destroy(error)));
  server.listen(0, '127.0.0.1', () => {
    if (!socket.destroyed) return connectLate(socket, (server.address() as AddressInfo).port);
    server.close();
    upstream.destroy();
  });
};

type Asked = { connected(upstream: Duplex, head: Buffer): void; refused(error: Error): void };

/** Asks the relay on a local port for a way; answers with what ends the asking. */
const ask = (relay: number, to: { host: string; port: number }, headers: Record<string, string>, { connected, refused }: Asked): (() => void) => {
  const createConnection = (): net.Socket => net.connect({ host: '127.0.0.1', port: relay, allowHalfOpen: true, noDelay: true });
  const request = http.request({ method: 'CONNECT', path: `${to.host}:${to.port}`, headers, createConnection });
  request.once('connect', (response, upstream, head) => {
    if (response.statusCode === 200) return connected(upstream, head);
    upstream.destroy();
    refused(refusalOf(response));
  });
  request.once('error', refused).end();
  return () => request.destroy();
};

/** Dials through the relay on a local port. A socket connects when the target has taken the connection, not before. */
export const dialThrough = (relay: number): Dial => (to) => {
  const socket = lateSocket();
  const end = ask(relay, to, {}, { connected: (upstream, head) => connectTo(socket, upstream, head), refused: (error) => void socket.destroy(error) });
  socket.once('close', end);
  return socket;
};

/** The same for datagrams; a flow has a connection to the relay of its own. */
export const dialUdpThrough = (relay: number): DialUdp => (to) => {
  const socket = dgram.createSocket('udp4');
  const refused = (error: Error): void => void socket.emit('error', error);
  let [open, end] = [true, (): void => {}];
  const connected = (upstream: Duplex, head: Buffer): void => {
    if (head.length > 0) upstream.unshift(head);
    if (open) connectDatagrams(socket, upstream).catch(refused);
    else upstream.destroy();
  };
  socket.bind(0, '127.0.0.1', () => void (end = ask(relay, to, { [datagramsHeader]: '1' }, { connected, refused })));
  socket.once('close', () => {
    open = false;
    end();
  });
  return socket;
};
