// The https server's upgrade event: exec and port-forward, over websockets (kubectl 1.30 and later) or SPDY/3.1 (before).
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { messageOf } from '../../errors.js';
import { userOfHeader } from '../api/identity.js';
import { containerFor } from '../api/http/subresources.js';
import { findTarget, type Target } from '../api/http/target.js';
import { stored } from '../api/http/writes.js';
import { at, text } from '../api/json.js';
import type { Services } from '../api/services.js';
import { badRequest, noResource, StatusError, unauthorized } from '../status.js';
import { joinExec, type Channels } from './exec.js';
import { spdyForwarding, webSocketForwarding, type Dial } from './portforward.js';
import { serveSpdy } from './spdy.js';
import { serveSpdyExec } from './spdy-exec.js';
import type { AttachRequest, ExecRequest, ExecSession } from './types.js';
import { acceptWebSocket, protocolOf, tunnel, tunnelProtocol, webSocketChannels } from './websocket.js';

type Upgrade = { services: Services; request: IncomingMessage; socket: Duplex; head: Buffer; target: Target; query: URLSearchParams };

const isWebSocket = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'websocket';
const isSpdy = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'spdy/3.1';

const refuse = (socket: Duplex, error: unknown): void => {
  const status = error instanceof StatusError ? error.status : new StatusError(500, 'InternalError', messageOf(error)).status;
  const code = status.code ?? 500;
  const body = JSON.stringify(status);
  socket.end(`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`);
};

/** Answers a SPDY handshake with the first of the client's protocols that we speak. */
const acceptSpdy = ({ request, socket, head }: Upgrade, ours: readonly string[]): Duplex => {
  const offered = String(request.headers['x-stream-protocol-version'] ?? '').split(',').map((one) => one.trim());
  const protocol = ours.find((one) => offered.includes(one));
  if (!protocol) throw new StatusError(403, 'Forbidden', `unable to upgrade: unable to negotiate protocol: client supports ${offered.join(', ')}, server accepts ${ours.join(', ')}`);
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\nConnection: Upgrade\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`);
  if (head.length > 0) socket.unshift(head);
  return socket;
};

const required = (request: IncomingMessage): string => {
  const protocol = protocolOf(request);
  if (!protocol) throw badRequest(`no subprotocol of ${request.headers['sec-websocket-protocol'] ?? 'none'} is supported`);
  return protocol;
};

const flag = ({ query }: Upgrade, name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');

const attachRequest = (upgrade: Upgrade): AttachRequest => {
  const { services, target, query } = upgrade;
  const pod = stored(services, target);
  if (text(at(pod, 'spec', 'nodeName')) === '') throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: containerFor(pod, query.get('container')), stdin: flag(upgrade, 'stdin'), tty: flag(upgrade, 'tty') };
};

const execRequest = (upgrade: Upgrade): ExecRequest => {
  const command = upgrade.query.getAll('command');
  if (command.length === 0) throw badRequest('you must specify at least 1 command');
  return { ...attachRequest(upgrade), command };
};

/** Joins a session to the client's channels. It was begun before the handshake: what cannot be is refused with a Status that kubectl prints. */
const serve = async (upgrade: Upgrade, session: ExecSession): Promise<void> => {
  const { request, socket, head } = upgrade;
  const wants = { stdin: flag(upgrade, 'stdin'), stdout: flag(upgrade, 'stdout'), stderr: flag(upgrade, 'stderr'), tty: flag(upgrade, 'tty') };
  const run = (channels: Channels): void => void joinExec(session, channels);
  if (isSpdy(request)) {
    await serveSpdyExec(acceptSpdy(upgrade, ['v4.channel.k8s.io']), wants, run);
    session.kill();
  } else run(webSocketChannels(await acceptWebSocket(request, socket, head, required(request)), wants));
};

const exec = async (upgrade: Upgrade): Promise<void> => {
  const hook = upgrade.services.hooks.exec;
  if (!hook) throw new StatusError(501, 'NotImplemented', 'this cluster runs no commands in containers');
  await serve(upgrade, hook(execRequest(upgrade)));
};

const attach = async (upgrade: Upgrade): Promise<void> => {
  const hook = upgrade.services.hooks.attach;
  if (!hook) throw new StatusError(501, 'NotImplemented', 'this cluster attaches to no containers');
  await serve(upgrade, hook(attachRequest(upgrade)));
};

const portForward = async (upgrade: Upgrade): Promise<void> => {
  const { services, request, socket, head, target, query } = upgrade;
  const hook = services.hooks.dial;
  if (!hook) throw new StatusError(501, 'NotImplemented', 'this cluster forwards no ports');
  const pod = stored(services, target);
  const phase = text(at(pod, 'status', 'phase'));
  if (phase !== 'Running') throw badRequest(`unable to forward port because pod is not running. Current status=${phase}`);
  const dial: Dial = (port) => hook({ namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, port });
  if (isSpdy(request)) return serveSpdy(acceptSpdy(upgrade, ['portforward.k8s.io']), spdyForwarding(dial));
  const protocol = required(request);
  const client = await acceptWebSocket(request, socket, head, protocol);
  if (protocol === tunnelProtocol) return serveSpdy(tunnel(client), spdyForwarding(dial));
  webSocketForwarding(client, dial, query.getAll('ports').flatMap((list) => list.split(',')).map(Number));
};

const handlers: Readonly<Record<string, (upgrade: Upgrade) => Promise<void>>> = { exec, attach, portforward: portForward };

const dispatch = async (services: Services, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
  if (!userOfHeader(services, request.headers.authorization)) throw unauthorized();
  const url = new URL(request.url ?? '/', 'http://server');
  const found = findTarget(services.registry, url.pathname.split('/').filter((part) => part !== '').map(decodeURIComponent));
  const target = typeof found === 'object' && 'target' in found ? found.target : undefined;
  const handler = handlers[target?.subresource ?? ''];
  if (!target || target.kind.key !== 'pods' || !handler) throw noResource();
  if (!isWebSocket(request) && !isSpdy(request)) throw badRequest('Upgrade request required');
  await handler({ services, request, socket, head, target, query: url.searchParams });
};

/** The listener for `upgrade`, and an end that cuts what it opened: the server's own close waits for these sockets. */
export const createUpgrade = (services: Services) => {
  const open = new Set<Duplex>();
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    dispatch(services, request, socket, head).catch((error: unknown) => refuse(socket, error));
  };
  return { upgrade, close: (): void => open.forEach((socket) => socket.destroy()) };
};
