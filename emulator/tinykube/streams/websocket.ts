// Websockets of the streaming subresources: the handshake, exec's channels, and SPDY tunnelled in binary messages.
import type { IncomingMessage } from 'node:http';
import { PassThrough, Writable, type Duplex } from 'node:stream';
import { createWebSocketStream, WebSocketServer, type WebSocket } from 'ws';
import type { Channels } from './exec.js';

export const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io';
const channelProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

const offered = (request: IncomingMessage): string[] => (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());

/** The subprotocol to speak; undefined when none of ours is offered. */
export const protocolOf = (request: IncomingMessage): string | undefined =>
  [tunnelProtocol, ...channelProtocols].find((one) => offered(request).includes(one));

/** Answers the handshake. `ws` takes no subprotocol with a slash in it, so the header goes round it. */
export const acceptWebSocket = (request: IncomingMessage, socket: Duplex, head: Buffer, protocol: string): Promise<WebSocket> => {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('headers', (headers) => void headers.push(`Sec-WebSocket-Protocol: ${protocol}`));
  delete request.headers['sec-websocket-protocol'];
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve));
};

/** The bytes that travel in a websocket's binary messages. */
export const tunnel = (client: WebSocket): Duplex => createWebSocketStream(client, { allowHalfOpen: false });

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, closed: 255 } as const;

const sender = (client: WebSocket, number: number): Writable =>
  new Writable({ write: (chunk: Buffer, _encoding, done) => client.send(Buffer.concat([Buffer.of(number), chunk]), (error) => done(error)) }).on('error', () => {});

/** exec over a websocket: the first byte of each message is its channel. */
export const webSocketChannels = (client: WebSocket, wants: { stdin: boolean; stdout: boolean; stderr: boolean }): Channels => {
  const stdin = new PassThrough();
  client.on('message', (message: Buffer) => {
    if (message[0] === channel.closed && message[1] === channel.stdin) stdin.end();
    else if (message[0] === channel.stdin && !stdin.writableEnded) stdin.write(message.subarray(1));
  });
  client.on('error', () => client.terminate());
  const gone = new Promise<void>((resolve) => void client.once('close', () => resolve()));
  return {
    stdin: wants.stdin ? stdin : undefined,
    stdout: wants.stdout ? sender(client, channel.stdout) : undefined,
    stderr: wants.stderr ? sender(client, channel.stderr) : undefined,
    gone,
    finish: (status) => client.send(Buffer.concat([Buffer.of(channel.error), Buffer.from(JSON.stringify(status))]), () => client.close(1000)),
  };
};
