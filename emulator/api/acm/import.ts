// What ACM asks of a certificate, its chain and its key before it takes them.
import type { X509Certificate } from 'node:crypto';
import { AwsFault } from '../../wire/fault.js';
import { keyAlgorithm, pemBlocks, readCertificate, readKey } from './facts.js';

export type ImportInput = { Certificate: string; PrivateKey: string; CertificateChain?: string };
export type Imported = { Certificate: string; PrivateKey: string; CertificateChain?: string };

// Texts of ours where ACM's are not known; each in this table.
const refusals = {
  notPem: 'The certificate field is not a valid PEM certificate.',
  several: 'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
  keyNotPem: 'The private key is not supported. It must be an unencrypted private key in PEM format.',
  keyAlgorithm: 'The private key algorithm or size is not supported.',
  pair: 'The certificate and the private key do not match.',
  chainNotPem: 'The certificate chain field is not a list of valid PEM certificates.',
  chain: 'Could not validate the certificate with the certificate chain.',
  early: 'The certificate is not valid yet.',
  expired: 'The certificate has expired.',
} as const;

const refused = (why: keyof typeof refusals): AwsFault => new AwsFault('ValidationException', refusals[why]);

/** A blob of the JSON protocol. */
const decoded = (blob: string): string => Buffer.from(blob, 'base64').toString('latin1');

const onlyCertificate = (text: string): { pem: string; certificate: X509Certificate } => {
  const [pem, ...others] = pemBlocks(text);
  const certificate = pem === undefined ? undefined : readCertificate(pem);
  if (pem === undefined || !certificate) throw refused('notPem');
  if (others.length > 0) throw refused('several');
  return { pem, certificate };
};

const checkKey = (text: string, certificate: X509Certificate): void => {
  const key = readKey(text);
  if (!key) throw refused('keyNotPem');
  if (!keyAlgorithm(key)) throw refused('keyAlgorithm');
  if (!certificate.checkPrivateKey(key)) throw refused('pair');
};

/** Each certificate must be issued by the next. */
const checkChain = (text: string, certificate: X509Certificate): string => {
  const blocks = pemBlocks(text);
  const chain = blocks.map(readCertificate);
  if (chain.length === 0 || chain.includes(undefined)) throw refused('chainNotPem');
  let subject = certificate;
  for (const issuer of chain as X509Certificate[]) {
    if (!subject.checkIssued(issuer) || !subject.verify(issuer.publicKey)) throw refused('chain');
    subject = issuer;
  }
  return blocks.join('');
};

const checkDates = ({ validFrom, validTo }: X509Certificate, now: number): void => {
  if (Date.parse(validFrom) > now) throw refused('early');
  if (Date.parse(validTo) <= now) throw refused('expired');
};

/** FIRST the certificate, THEN the key, THEN the chain, THEN the dates. */
export const checkedImport = (input: ImportInput, now: number): Imported => {
  const { pem, certificate } = onlyCertificate(decoded(input.Certificate));
  const PrivateKey = decoded(input.PrivateKey);
  checkKey(PrivateKey, certificate);
  const CertificateChain = input.CertificateChain === undefined ? undefined : checkChain(decoded(input.CertificateChain), certificate);
  checkDates(certificate, now);
  return { Certificate: pem, PrivateKey, ...(CertificateChain === undefined ? {} : { CertificateChain }) };
};
