// exec over SPDY: waits for the streams that the client announced, then they are its channels.
import type { Duplex } from 'node:stream';
import type { Channels } from './exec.js';
import { serveSpdy, type SpdyStream } from './spdy.js';

export type Wants = { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean };

const expected = ({ stdin, stdout, stderr, tty }: Wants): string[] =>
  ['error', ...(stdin ? ['stdin'] : []), ...(stdout ? ['stdout'] : []), ...(stderr && !tty ? ['stderr'] : []), ...(tty ? ['resize'] : [])];

const finish = (streams: ReadonlyMap<string, Duplex>): Channels['finish'] => (status) => {
  const error = streams.get('error');
  for (const name of ['stdout', 'stderr']) streams.get(name)?.end();
  // The client hangs up once it has read everything; to hang up first would cost it what is still under way.
  error?.end(JSON.stringify(status));
};

/** Serves one connection; `ready` is called once, with the channels. */
export const serveSpdyExec = async (wire: Duplex, wants: Wants, ready: (channels: Channels) => void): Promise<void> => {
  const streams = new Map<string, Duplex>();
  const names = expected(wants);
  let leave = (): void => {};
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const opened = ({ headers, duplex }: SpdyStream): void => {
    streams.set(headers.get('streamtype') ?? '', duplex);
    if (streams.size !== names.length || !names.every((name) => streams.has(name))) return;
    ready({ stdin: streams.get('stdin'), stdout: streams.get('stdout'), stderr: streams.get('stderr'), gone, finish: finish(streams) });
  };
  await serveSpdy(wire, opened);
  leave();
};
