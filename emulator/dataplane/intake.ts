// Reads of targets without a fresh buffer for each chunk, which is most of what a stream costs a process. Needs only what
// node:net documents (`onread`); sockets that a server accepts cannot be given it.
import type { OnReadOpts, Socket } from 'node:net';

/** For a socket that is about to be dialled: it is made with `onread`, and `carry` says whom its bytes go to. */
export type Intake = { onread: OnReadOpts; carry(from: Socket, to: Socket): void };

const large = 256 * 1024;

/** What is shorter is copied, so that no flow has a buffer of its own while little comes. */
const short = 8 * 1024;

/** Buffers that wait for the next flow that streams. */
const spares = 16;

/** All intakes that come out share what short reads go to. */
export const createIntakes = (): (() => Intake) => {
  const shared = Buffer.allocUnsafeSlow(64 * 1024);
  const spare: Buffer[] = [];
  return () => {
    let own: Buffer | undefined;
    let ends: { from: Socket; to: Socket } | undefined;
    let waiting = false;
    /** The bytes just read, in memory that nothing else is read to before they are written. */
    const taken = (size: number): Buffer => {
      if (own && size >= short) return own.subarray(0, size);
      const chunk = Buffer.from((own ?? shared).subarray(0, size));
      if (own && spare.length < spares) spare.push(own);
      own = size < short ? undefined : (spare.pop() ?? Buffer.allocUnsafeSlow(large));
      return chunk;
    };
    const written = (): void => {
      if (!waiting) return;
      waiting = false;
      ends?.from.resume();
    };
    const callback = (size: number): boolean => {
      const chunk = taken(size);
      if (!ends?.to.writable) return true;
      ends.to.write(chunk, written);
      // What the kernel has not taken yet is still in the buffer.
      waiting = ends.to.writableLength > 0;
      return !waiting;
    };
    return { onread: { buffer: () => own ?? shared, callback }, carry: (from, to) => void (ends = { from, to }) };
  };
};
