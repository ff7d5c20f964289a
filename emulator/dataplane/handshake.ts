// The server's side of a handshake: the client introduces itself, gets the certificate that suits it, and speaks TLS from then on.
import type { Socket } from 'node:net';
import tls, { type SecureContext, type TLSSocket } from 'node:tls';
import { credentialFor, type Credential } from './certificates.js';
import { helloIn, type Hello } from './hello.js';
import type { Leg } from './splice.js';

/** `contextFor` makes what a handshake needs; throws where OpenSSL refuses a certificate. */
export type Resolved = { credentials: readonly Credential[]; alpn: string[]; contextFor(credential: Credential): SecureContext };

/** Reads until the client has introduced itself, and puts back what was read. */
const awaitHello = (raw: Socket, heard: (hello: Hello) => void): void => {
  let bytes = Buffer.alloc(0);
  const look = (): void => {
    const chunk = raw.read() as Buffer | null;
    if (chunk === null) return;
    bytes = Buffer.concat([bytes, chunk]);
    const hello = helloIn(bytes);
    if (!hello) return;
    raw.off('readable', look).unshift(bytes);
    heard(hello);
  };
  raw.on('readable', look);
};

type Done = (client?: Leg) => void;

/** Calls `gone` once, when the socket is over in whatever way; the answer takes that back. */
const whenGone = (socket: Socket, gone: () => void): (() => void) => {
  const stop = (): void => void socket.off('end', over).off('error', over).off('close', over);
  const over = (): void => {
    stop();
    gone();
  };
  // With half-open sockets a client that leaves in between is an end, and no error.
  socket.on('end', over).on('error', over).on('close', over);
  return stop;
};

// Not by Node's SNICallback: the certificate that it is given stands beside the default one, and where the two differ in their
// kind of key, OpenSSL may take the default.
const agree = (raw: Socket, { credentials, alpn, contextFor }: Resolved, hello: Hello, done: Done): void => {
  const credential = credentialFor(hello, credentials);
  if (!credential) return done();
  const stream: TLSSocket = new tls.TLSSocket(raw, { isServer: true, secureContext: contextFor(credential), ...(alpn.length === 0 ? {} : { ALPNProtocols: alpn }) });
  const failed = (): void => {
    stream.on('error', () => {}).off('secure', ready);
    done();
  };
  const ready = (): void => {
    stop();
    done({ stream, raw });
  };
  const stop = whenGone(stream, failed);
  stream.once('secure', ready);
};

/** `done` is called with undefined when there was none; a client that says nothing is the caller's to give up. */
export const handshake = (raw: Socket, resolved: Resolved, done: Done): void => {
  const stop = whenGone(raw, done);
  awaitHello(raw, (hello) => {
    stop();
    try {
      agree(raw, resolved, hello, done);
    } catch {
      done();
    }
  });
};
