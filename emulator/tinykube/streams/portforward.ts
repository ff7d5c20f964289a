// port-forward: pairs of streams over SPDY (kubectl) or pairs of websocket channels (client-node), each a connection to the pod.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { messageOf } from '../../errors.js';
import type { SpdyStream } from './spdy.js';

export type Dial = (port: number) => Socket;

const refusal = (port: number, error: unknown): string => `error forwarding port ${port} to pod, uid : ${messageOf(error)}`;

const join = (dial: Dial, port: number, data: Duplex, errors: Duplex): void => {
  const socket = dial(port);
  socket.on('error', (error) => {
    if (!errors.writableEnded) errors.end(refusal(port, error));
    data.destroyed || data.end();
  });
  socket.on('close', () => {
    if (!errors.writableEnded) errors.end();
    if (!data.writableEnded) data.end();
  });
  data.on('close', () => socket.destroy());
  socket.pipe(data, { end: true });
  data.pipe(socket);
};

/** Takes the streams of one SPDY connection; two with the same request id belong together. */
export const spdyForwarding = (dial: Dial): ((stream: SpdyStream) => void) => {
  const waiting = new Map<string, Duplex>();
  return ({ headers, duplex }) => {
    const id = headers.get('requestid') ?? headers.get('port') ?? '';
    if (headers.get('streamtype') === 'error') return void waiting.set(id, duplex);
    const errors = waiting.get(id);
    waiting.delete(id);
    if (errors) join(dial, Number(headers.get('port')), duplex, errors);
    else duplex.destroy();
  };
};

const portMark = (port: number): Buffer => {
  const mark = Buffer.alloc(2);
  mark.writeUInt16LE(port);
  return mark;
};

/** Channels 2n (data) and 2n+1 (errors) for the n-th port; each begins with the port's number. */
export const webSocketForwarding = (client: WebSocket, dial: Dial, ports: readonly number[]): void => {
  const send = (channel: number, body: Buffer): void => client.send(Buffer.concat([Buffer.of(channel), body]));
  const sockets = ports.map((port, index) => {
    send(2 * index, portMark(port));
    send(2 * index + 1, portMark(port));
    const socket = dial(port);
    socket.on('data', (chunk: Buffer) => send(2 * index, chunk));
    socket.on('error', (error) => send(2 * index + 1, Buffer.from(refusal(port, error))));
    socket.on('close', () => client.close());
    return socket;
  });
  client.on('message', (message: Buffer) => void sockets[(message[0] ?? 0) / 2]?.write(message.subarray(1)));
  client.on('close', () => sockets.forEach((socket) => socket.destroy()));
};
