// What a PEM certificate says of itself, in ACM's words.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';

const oids: Record<string, string> = {
  '1.2.840.113549.1.1.5': 'SHA1WITHRSA', '1.2.840.113549.1.1.11': 'SHA256WITHRSA', '1.2.840.113549.1.1.12': 'SHA384WITHRSA', '1.2.840.113549.1.1.13': 'SHA512WITHRSA',
  '1.2.840.10045.4.3.2': 'SHA256WITHECDSA', '1.2.840.10045.4.3.3': 'SHA384WITHECDSA', '1.2.840.10045.4.3.4': 'SHA512WITHECDSA',
};
const usages: Record<string, string> = {
  '1.3.6.1.5.5.7.3.1': 'TLS_WEB_SERVER_AUTHENTICATION', '1.3.6.1.5.5.7.3.2': 'TLS_WEB_CLIENT_AUTHENTICATION', '1.3.6.1.5.5.7.3.3': 'CODE_SIGNING',
  '1.3.6.1.5.5.7.3.4': 'EMAIL_PROTECTION', '1.3.6.1.5.5.7.3.8': 'TIME_STAMPING', '1.3.6.1.5.5.7.3.9': 'OCSP_SIGNING', '2.5.29.37.0': 'ANY',
};

/** Start and end of the content of the DER element at `at`. */
const element = (der: Buffer, at: number): { start: number; end: number } => {
  const first = der[at + 1] ?? 0;
  const extra = first < 0x80 ? 0 : first & 0x7f;
  const length = extra === 0 ? first : der.readUIntBE(at + 2, extra);
  const start = at + 2 + extra;
  return { start, end: start + length };
};

const oidOf = (bytes: Buffer): string => {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) (numbers.push(value), (value = 0));
  }
  const [first = 0, ...rest] = numbers;
  return [Math.floor(first / 40), first % 40, ...rest].join('.');
};

// Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID … }, signature }; Node 20 does not tell it.
const signatureAlgorithm = ({ raw }: X509Certificate): string => {
  const tbs = element(raw, element(raw, 0).start);
  const oid = element(raw, element(raw, tbs.end).start);
  return oids[oidOf(raw.subarray(oid.start, oid.end))] ?? 'UNKNOWN';
};

/** `RSA_2048`, `EC_prime256v1` …; undefined for what ACM does not take. */
export const keyAlgorithm = (key: KeyObject): string | undefined => {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'rsa') return [1024, 2048, 3072, 4096].includes(modulusLength) ? `RSA_${modulusLength}` : undefined;
  return ['prime256v1', 'secp384r1', 'secp521r1'].includes(namedCurve) ? `EC_${namedCurve}` : undefined;
};

const namesOf = (certificate: X509Certificate): { common: string; alternative: string[] } => ({
  common: /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? '',
  alternative: (certificate.subjectAltName ?? '').split(', ').filter((one) => one.startsWith('DNS:')).map((one) => one.slice(4)),
});

const oneLine = (name: string): string => name.split('\n').join(',');

/** The facts of a certificate whose text has been accepted before. */
export const factsOf = (pem: string) => {
  const certificate = new X509Certificate(pem);
  const { common, alternative } = namesOf(certificate);
  const DomainName = common || alternative[0] || '';
  return {
    DomainName,
    SubjectAlternativeNames: alternative.length > 0 ? alternative : DomainName === '' ? [] : [DomainName],
    Serial: (certificate.serialNumber.match(/../g) ?? []).join(':').toLowerCase(),
    Subject: oneLine(certificate.subject),
    Issuer: oneLine(certificate.issuer),
    NotBefore: Date.parse(certificate.validFrom),
    NotAfter: Date.parse(certificate.validTo),
    KeyAlgorithm: keyAlgorithm(certificate.publicKey) ?? '',
    SignatureAlgorithm: signatureAlgorithm(certificate),
    ExtendedKeyUsages: (certificate.keyUsage ?? []).map((OID) => ({ Name: usages[OID] ?? 'CUSTOM', OID })),
  };
};

/** The blocks of a PEM text, each a PEM text of its own. */
export const pemBlocks = (text: string): string[] =>
  (text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? []).map((block) => `${block}\n`);

/** undefined when the text is no certificate. */
export const readCertificate = (pem: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
};

/** undefined when the text is no unencrypted private key. */
export const readKey = (pem: string): KeyObject | undefined => {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
};
