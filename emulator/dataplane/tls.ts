// The TLS of a listener: which certificate for which name, what is negotiated, and TLS to targets that is not validated.
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import tls, { type SecureContext, type TLSSocket } from 'node:tls';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.js';
import type { Leg } from './splice.js';
import type { TlsTerms } from './types.js';

type Identity = { context: SecureContext; covers(name: string): boolean };
type Resolved = { identities: Identity[]; alpn: string[] };

const contextOf = ({ minVersion, maxVersion, ciphers }: TlsTerms, { cert, key }: TlsTerms['certificates'][number]): Identity => {
  const context = tls.createSecureContext({ cert, key, minVersion, maxVersion, honorCipherOrder: true, ...(ciphers === undefined ? {} : { ciphers }) });
  const names = new X509Certificate(cert);
  return { context, covers: (name) => names.checkHost(name) !== undefined };
};

export type Terminator = {
  /** Undertakes the server's side of the handshake; `done` is called once, with undefined when it failed. */
  secure(raw: Socket, terms: TlsTerms, done: (client: Leg | undefined) => void): void;
  /** Gives up every handshake under way. */
  close(): void;
};

/** Contexts are kept over plans: to make one costs milliseconds, and a plan comes with each change of a target. */
export const createTerminator = ({ clock, patience }: { clock: Clock; patience: number }): Terminator => {
  const underway = new Set<() => void>();
  const contexts = new LRUCache<string, Identity>({ max: 1000 });
  const known = new WeakMap<TlsTerms, Resolved>();
  const identityOf = (terms: TlsTerms, pair: TlsTerms['certificates'][number]): Identity => {
    const key = JSON.stringify([pair, terms.minVersion, terms.maxVersion, terms.ciphers]);
    const identity = contexts.get(key) ?? contextOf(terms, pair);
    contexts.set(key, identity);
    return identity;
  };
  const resolve = (terms: TlsTerms): Resolved => {
    const hit = known.get(terms);
    if (hit) return hit;
    const fresh = { identities: terms.certificates.map((pair) => identityOf(terms, pair)), alpn: terms.alpn };
    known.set(terms, fresh);
    return fresh;
  };
  return {
    secure: (raw, terms, done) => {
      let over = false;
      const settle = (client?: Leg): void => {
        if (over) return;
        over = true;
        late.cancel();
        underway.delete(settle);
        done(client);
      };
      const late = clock.after(patience, settle);
      underway.add(settle);
      try {
        handshake(raw, resolve(terms), settle);
      } catch {
        settle();
      }
    },
    close: () => {
      for (const settle of [...underway]) settle();
    },
  };
};

const handshake = (raw: Socket, { identities, alpn }: Resolved, done: (client?: Leg) => void): void => {
  const [fallback] = identities;
  if (!fallback) return done();
  const stream: TLSSocket = new tls.TLSSocket(raw, {
    isServer: true,
    secureContext: fallback.context,
    ...(alpn.length === 0 ? {} : { ALPNProtocols: alpn }),
    SNICallback: (name, answer) => answer(null, (identities.find(({ covers }) => covers(name)) ?? fallback).context),
  });
  const settle = (client?: Leg): void => {
    stream.off('secure', ready).off('end', failed).off('error', failed).off('close', failed);
    if (!client) stream.on('error', () => {});
    done(client);
  };
  const ready = (): void => settle({ stream, raw });
  const failed = (): void => settle();
  // With half-open sockets a client that leaves in between is an end, and no error.
  stream.once('secure', ready).once('end', failed).once('error', failed).once('close', failed);
};

/** TLS over a socket to a target, whatever its certificate says, with the protocol that the client negotiated. */
export const secureTarget = (raw: Socket, client: Socket): Leg => {
  const { alpnProtocol } = client as Partial<TLSSocket>;
  const stream = tls.connect({ socket: raw, rejectUnauthorized: false, ...(alpnProtocol ? { ALPNProtocols: [alpnProtocol] } : {}) });
  return { stream, raw };
};
