// X.509 certificates with P-256 keys, as DER by hand: node:crypto makes keys and signatures but no certificates, and the
// libraries that do (selfsigned over @peculiar/x509) take 0.15 s of CPU to load, as long as a third of a whole start.
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const octets = (content: Buffer): Buffer => der(0x04, content);
const bits = (content: Buffer, unused = 0): Buffer => der(0x03, Buffer.from([unused]), content);
const oid = (bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));
const yes = der(0x01, Buffer.from([0xff]));

const ids = {
  commonName: oid([0x55, 4, 3]),
  ecdsaWithSha256: oid([0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]),
  subjectKeyIdentifier: oid([0x55, 0x1d, 14]),
  keyUsage: oid([0x55, 0x1d, 15]),
  subjectAltName: oid([0x55, 0x1d, 17]),
  basicConstraints: oid([0x55, 0x1d, 19]),
  authorityKeyIdentifier: oid([0x55, 0x1d, 35]),
  extKeyUsage: oid([0x55, 0x1d, 37]),
  serverAuth: oid([0x2b, 6, 1, 5, 5, 7, 3, 1]),
};

// RFC 5280 4.1.2.5: two digits of the year until 2049.
const time = (ms: number): Buffer => {
  const text = `${new Date(ms).toISOString().slice(0, 19).replace(/\D/g, '')}Z`;
  return text < '2050' ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
};

const name = (commonName: string): Buffer => sequence(der(0x31, sequence(ids.commonName, der(0x0c, Buffer.from(commonName)))));

const extension = (id: Buffer, value: Buffer, critical = false): Buffer => sequence(id, ...(critical ? [yes] : []), octets(value));

const pem = (label: string, content: Buffer): string =>
  `-----BEGIN ${label}-----\n${(content.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;

/** The name and key of who signs. */
export type Issuer = { commonName: string; privateKey: KeyObject; keyId: Buffer };

export type Subject = { commonName: string; from: number; until: number } & ({ authority: true } | { names: readonly string[]; addresses: readonly string[] });

const authorityExtensions = (): Buffer[] => [
  extension(ids.basicConstraints, sequence(yes), true),
  // digitalSignature, keyCertSign, cRLSign.
  extension(ids.keyUsage, bits(Buffer.from([0b1000_0110]), 1), true),
];

const serverExtensions = (names: readonly string[], addresses: readonly string[]): Buffer[] => [
  extension(ids.basicConstraints, sequence(), true),
  extension(ids.keyUsage, bits(Buffer.from([0b1000_0000]), 7), true),
  extension(ids.extKeyUsage, sequence(ids.serverAuth)),
  extension(ids.subjectAltName, sequence(...names.map((one) => der(0x82, Buffer.from(one))), ...addresses.map((one) => der(0x87, Buffer.from(one.split('.').map(Number)))))),
];

/** A certificate for a new key, signed by `issuer`, or by itself. */
export const certify = (subject: Subject, issuer?: Issuer): { cert: string; key: string; issuer: Issuer } => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  // RFC 5280 4.2.1.2: the hash of the key itself, the last 65 bytes.
  const keyId = createHash('sha1').update(spki.subarray(-65)).digest();
  const own: Issuer = { commonName: subject.commonName, privateKey, keyId };
  const signer = issuer ?? own;
  const algorithm = sequence(ids.ecdsaWithSha256);
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const extensions = [
    ...('authority' in subject ? authorityExtensions() : serverExtensions(subject.names, subject.addresses)),
    extension(ids.subjectKeyIdentifier, octets(keyId)),
    extension(ids.authorityKeyIdentifier, sequence(der(0x80, signer.keyId))),
  ];
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), der(0x02, serial), algorithm, name(signer.commonName),
    sequence(time(subject.from), time(subject.until)), name(subject.commonName), spki, der(0xa3, sequence(...extensions)),
  );
  const cert = pem('CERTIFICATE', sequence(signed, algorithm, bits(sign('sha256', signed, signer.privateKey))));
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), issuer: own };
};
