// The TLS of a listener: what its terms come to, handshakes that may take only so long, and TLS to targets that is not validated.
import type { Socket } from 'node:net';
import tls, { type SecureContext, type TLSSocket } from 'node:tls';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.js';
import { credentialOf, type Credential } from './certificates.js';
import { handshake, type Resolved } from './handshake.js';
import type { Leg } from './splice.js';
import type { TlsTerms } from './types.js';

const contextOf = ({ minVersion, maxVersion, ciphers }: TlsTerms, { pair: { cert, key } }: Credential): SecureContext =>
  tls.createSecureContext({ cert, key, minVersion, maxVersion, honorCipherOrder: true, ...(ciphers === undefined ? {} : { ciphers }) });

export type Terminator = {
  /** Undertakes the server's side of the handshake; `done` is called once, with undefined when it failed. */
  secure(raw: Socket, terms: TlsTerms, done: (client: Leg | undefined) => void): void;
  /** Gives up every handshake under way. */
  close(): void;
};

/** Contexts are kept over plans: to make one costs milliseconds, and a plan comes with each change of a target. */
const createResolver = () => {
  const contexts = new LRUCache<string, SecureContext>({ max: 1000 });
  const known = new WeakMap<TlsTerms, Resolved>();
  const keep = (terms: TlsTerms, credential: Credential): SecureContext => {
    const key = JSON.stringify([credential.pair, terms.minVersion, terms.maxVersion, terms.ciphers]);
    const context = contexts.get(key) ?? contextOf(terms, credential);
    contexts.set(key, context);
    return context;
  };
  const fresh = (terms: TlsTerms): Resolved => {
    const own = new Map<Credential, SecureContext>();
    const credentials = terms.certificates.map(credentialOf);
    const contextFor: Resolved['contextFor'] = (credential) => {
      const context = own.get(credential) ?? keep(terms, credential);
      own.set(credential, context);
      return context;
    };
    return { credentials, alpn: terms.alpn, contextFor };
  };
  return (terms: TlsTerms): Resolved => {
    const resolved = known.get(terms) ?? fresh(terms);
    known.set(terms, resolved);
    return resolved;
  };
};

/** No handshake is under way. */
export const createTerminator = ({ clock, patience }: { clock: Clock; patience: number }): Terminator => {
  const underway = new Set<() => void>();
  const resolve = createResolver();
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

/** TLS over a socket to a target, whatever its certificate says, with the protocol that the client negotiated. */
export const secureTarget = (raw: Socket, client: Socket): Leg => {
  const { alpnProtocol } = client as Partial<TLSSocket>;
  const stream = tls.connect({ socket: raw, rejectUnauthorized: false, ...(alpnProtocol ? { ALPNProtocols: [alpnProtocol] } : {}) });
  return { stream, raw };
};
