// Which certificate a TLS listener has for a client: of several that cover the name it asks for the best, as AWS ranks them.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/tls-listener-certificates.html
import { X509Certificate } from 'node:crypto';
import type { Hello } from './hello.js';
import type { TlsTerms } from './types.js';

type Pair = TlsTerms['certificates'][number];

/** A certificate with its key, and what it is chosen by. */
export type Credential = { pair: Pair; kind: string; bits: number; validTo: number; covers(name: string): boolean };

const curveBits: Record<string, number> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

export const credentialOf = (pair: Pair): Credential => {
  const certificate = new X509Certificate(pair.cert);
  const { asymmetricKeyType: kind = '', asymmetricKeyDetails: { modulusLength, namedCurve = '' } = {} } = certificate.publicKey;
  return { pair, kind, bits: modulusLength ?? curveBits[namedCurve] ?? 0, validTo: Date.parse(certificate.validTo), covers: (name) => certificate.checkHost(name) !== undefined };
};

/**
 * Of those that cover the name and that the client can use: elliptic curves before RSA, then the longest key, then the latest
 * end, then the first. Without any, the default, which is the first of all.
 */
export const credentialFor = ({ serverName, ecdsa }: Hello, all: readonly Credential[]): Credential | undefined => {
  const better = (one: Credential, other: Credential): number => Number(other.kind === 'ec') - Number(one.kind === 'ec') || other.bits - one.bits || other.validTo - one.validTo;
  const own = serverName === undefined ? [] : all.filter(({ kind, covers }) => (ecdsa || kind !== 'ec') && covers(serverName));
  return own.sort(better)[0] ?? all[0];
};
