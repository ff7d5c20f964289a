// The server's half of SPDY/3.1 as kubectl speaks it: streams that the client opens, data both ways, no flow control.
import { Duplex } from 'node:stream';
import { headerCodec, type HeaderCodec } from './spdy-headers.js';

export type SpdyStream = { headers: ReadonlyMap<string, string>; duplex: Duplex };

const type = { synStream: 1, synReply: 2, reset: 3, ping: 6, goAway: 7 } as const;
const fin = 1;

const frame = (head: number, flags: number, payload: Buffer): Buffer => {
  const start = Buffer.alloc(8);
  start.writeUInt32BE(head >>> 0, 0);
  start.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4);
  return Buffer.concat([start, payload]);
};

const control = (kind: number, flags: number, payload: Buffer): Buffer => frame(0x80030000 | kind, flags, payload);

const number32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value >>> 0);
  return buffer;
};

type Frame = { isControl: boolean; kind: number; id: number; flags: number; payload: Buffer };

const parseFrame = (bytes: Buffer): Frame | undefined => {
  if (bytes.length < 8) return undefined;
  const size = bytes.readUIntBE(5, 3);
  if (bytes.length < 8 + size) return undefined;
  const head = bytes.readUInt32BE(0);
  const payload = bytes.subarray(8, 8 + size);
  const isControl = head >>> 31 === 1;
  const id = isControl ? (payload.length >= 4 ? payload.readUInt32BE(0) & 0x7fffffff : 0) : head;
  return { isControl, kind: head & 0xffff, id, flags: bytes.readUInt8(4), payload };
};

/** Frames out of a byte stream, each handled before the next is looked at. */
const frames = async function* (wire: Duplex): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of wire as AsyncIterable<Buffer>) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (let next = parseFrame(rest); next; next = parseFrame(rest)) {
      rest = rest.subarray(8 + next.payload.length);
      yield next;
    }
  }
};

const makeStream = (wire: Duplex, id: number): Duplex =>
  new Duplex({
    allowHalfOpen: true,
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => void wire.write(frame(id, 0, chunk), (error) => done(error)),
    final: (done) => void wire.write(frame(id, fin, Buffer.alloc(0)), (error) => done(error)),
  });

type Connection = { wire: Duplex; codec: HeaderCodec; streams: Map<number, Duplex>; opened(stream: SpdyStream): void };

const open = async ({ wire, codec, streams, opened }: Connection, { id, flags, payload }: Frame): Promise<void> => {
  const headers = await codec.decode(payload.subarray(10));
  const duplex = makeStream(wire, id);
  duplex.on('error', () => {});
  streams.set(id, duplex);
  wire.write(control(type.synReply, 0, Buffer.concat([number32(id), await codec.empty()])));
  if (flags & fin) duplex.push(null);
  opened({ headers, duplex });
};

const onData = ({ streams }: Connection, { id, flags, payload }: Frame): void => {
  const duplex = streams.get(id);
  if (!duplex || duplex.readableEnded || duplex.destroyed) return;
  if (payload.length > 0) duplex.push(Buffer.from(payload));
  if (flags & fin) duplex.push(null);
};

const onFrame = async (connection: Connection, next: Frame): Promise<void> => {
  if (!next.isControl) return onData(connection, next);
  if (next.kind === type.synStream) return open(connection, next);
  if (next.kind === type.ping) connection.wire.write(control(type.ping, 0, Buffer.from(next.payload)));
  if (next.kind === type.reset) {
    connection.streams.get(next.id)?.destroy();
    connection.streams.delete(next.id);
  }
};

/** Serves a connection until it ends; then every stream of it is destroyed. */
export const serveSpdy = async (wire: Duplex, opened: (stream: SpdyStream) => void): Promise<void> => {
  const connection: Connection = { wire, codec: headerCodec(), streams: new Map(), opened };
  wire.on('error', () => wire.destroy());
  try {
    for await (const next of frames(wire)) {
      if (next.isControl && next.kind === type.goAway) break;
      await onFrame(connection, next);
    }
  } catch {
    // A peer that breaks off or speaks nonsense ends its connection; nobody else is concerned.
  } finally {
    wire.destroy();
    for (const duplex of connection.streams.values()) duplex.destroy();
    connection.codec.close();
  }
};
