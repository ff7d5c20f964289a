// What a TLS listener presents, from its certificates, security policy and ALPN policy. Pure.
import type { TlsTerms } from '../dataplane/types.js';
import type { CertificateRecord, ListenerRecord, Reader } from '../state/types.js';

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html
const alpnOf: Record<string, string[]> = {
  HTTP1Only: ['http/1.1', 'http/1.0'],
  HTTP2Only: ['h2'],
  HTTP2Optional: ['http/1.1', 'http/1.0', 'h2'],
  HTTP2Preferred: ['h2', 'http/1.1', 'http/1.0'],
};

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

const forwardSecret = 'ECDHE+AESGCM:ECDHE+AES';
const restricted = 'ECDHE+AESGCM';
const broad = `${forwardSecret}:AESGCM:AES`;

const ciphersOf = (policy: string, lowest: number): string => {
  const names = /-Res-/.test(policy) ? restricted : /-FS-|TLS13-1-2-2021/.test(policy) ? forwardSecret : broad;
  // OpenSSL 3 signs nothing below TLS 1.2 at its usual level.
  return lowest < 2 ? `${names}:@SECLEVEL=0` : names;
};

/** A policy's name says its lowest version (`TLS13-1-2-…`, `TLS-1-2-…`, `FS-1-2-…`); the plain ones begin at TLS 1.0. */
export const policyTerms = (policy: string): Pick<TlsTerms, 'minVersion' | 'maxVersion' | 'ciphers'> => {
  const lowest = Number(/(?:TLS13|TLS|FS)-1-([0-3])/.exec(policy)?.[1] ?? 0);
  return {
    minVersion: versions[lowest] ?? 'TLSv1',
    maxVersion: policy.includes('TLS13') ? 'TLSv1.3' : 'TLSv1.2',
    ...(lowest === 3 ? {} : { ciphers: ciphersOf(policy, lowest) }),
  };
};

const pemOf = ({ Certificate, CertificateChain, PrivateKey }: CertificateRecord): TlsTerms['certificates'][number] => ({
  cert: [Certificate, CertificateChain].flatMap((text) => text?.trim() ?? []).join('\n'),
  key: PrivateKey,
});

/** A certificate that is stored no more is left out; without any, every handshake fails. */
export const tlsTerms = (listener: Pick<ListenerRecord, 'Certificates' | 'SslPolicy' | 'AlpnPolicy'>, read: Reader): TlsTerms => ({
  certificates: (listener.Certificates ?? []).flatMap((arn) => read.get('certificates', arn) ?? []).map(pemOf),
  alpn: alpnOf[listener.AlpnPolicy?.[0] ?? 'None'] ?? [],
  ...policyTerms(listener.SslPolicy ?? 'ELBSecurityPolicy-2016-08'),
});
