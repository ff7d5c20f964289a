// What a TLS listener presents, from its certificates, security policy and ALPN policy. Pure.
import type { TlsTerms } from '../dataplane/types.js';
import { defaultSslPolicy, sslPolicies, type SslPolicy } from '../state/ssl-policies.js';
import type { CertificateRecord, ListenerRecord, Reader } from '../state/types.js';

const alpnOf: Record<string, string[]> = {
  HTTP1Only: ['http/1.1', 'http/1.0'],
  HTTP2Only: ['h2'],
  HTTP2Optional: ['http/1.1', 'http/1.0', 'h2'],
  HTTP2Preferred: ['h2', 'http/1.1', 'http/1.0'],
};

// OpenSSL 3 signs nothing below TLS 1.2 at its usual level.
const cipherList = ({ lowest, ciphers }: SslPolicy): string => [...ciphers, ...(lowest < '1.2' ? ['@SECLEVEL=0'] : [])].join(':');

/** What a policy lets a listener negotiate; one that nobody knows is the default. */
export const policyTerms = (name: string): Pick<TlsTerms, 'minVersion' | 'maxVersion' | 'ciphers'> => {
  const policy = sslPolicies.get(name) ?? (sslPolicies.get(defaultSslPolicy) as SslPolicy);
  return { minVersion: `TLSv${policy.lowest}`, maxVersion: `TLSv${policy.highest}`, ciphers: cipherList(policy) };
};

const pemOf = ({ Certificate, CertificateChain, PrivateKey }: CertificateRecord): TlsTerms['certificates'][number] => ({
  cert: [Certificate, CertificateChain].flatMap((text) => text?.trim() ?? []).join('\n'),
  key: PrivateKey,
});

/** A certificate that is stored no more is left out; without any, every handshake fails. */
export const tlsTerms = (listener: Pick<ListenerRecord, 'Certificates' | 'SslPolicy' | 'AlpnPolicy'>, read: Reader): TlsTerms => ({
  certificates: (listener.Certificates ?? []).flatMap((arn) => read.get('certificates', arn) ?? []).map(pemOf),
  alpn: alpnOf[listener.AlpnPolicy?.[0] ?? 'None'] ?? [],
  ...policyTerms(listener.SslPolicy ?? defaultSslPolicy),
});
