// Which certificate a TLS listener has for a name: of several that cover it the best, as AWS ranks them, but for the kind of key.
// Node puts a name's certificate beside the default one, and where they differ in kind OpenSSL may take the default.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/tls-listener-certificates.html
import { X509Certificate } from 'node:crypto';
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

/** The default's kind of key before others, then the longest key, then the latest end, then the first; the default where none covers the name. */
export const credentialFor = (name: string, all: readonly Credential[]): Credential | undefined => {
  const [fallback] = all;
  const own = ({ kind }: Credential): number => Number(kind === fallback?.kind);
  const better = (one: Credential, other: Credential): number => own(other) - own(one) || other.bits - one.bits || other.validTo - one.validTo;
  return all.filter(({ covers }) => covers(name)).sort(better)[0] ?? fallback;
};
