// What a client says of itself before anything is agreed: a TLS ClientHello, as far as the choice of a certificate needs it. Pure.
// https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2

export type Hello = {
  serverName?: string;
  /** Whether the client takes certificates with an elliptic curve. */
  ecdsa: boolean;
};

/** Nothing is known of a client whose bytes are no ClientHello. */
const silent: Hello = { ecdsa: false };

const longest = 64 * 1024;

const [handshakeRecord, clientHello] = [22, 1];
const [serverNames, signatureAlgorithms] = [0, 13];

// ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ecdsa_secp521r1_sha512
const ecdsaSchemes = [0x0403, 0x0503, 0x0603];
// Those of TLS 1.3, which say nothing of the key, and ECDHE-ECDSA of TLS 1.2
const ecdsaSuites = [0x1301, 0x1302, 0x1303, 0xc009, 0xc00a, 0xc023, 0xc024, 0xc02b, 0xc02c, 0xcca9];

/** Reads on from the front; a field that goes beyond the end is a RangeError. */
const readerOf = (bytes: Buffer) => {
  let at = 0;
  const number = (size: number): number => bytes.readUIntBE((at += size) - size, size);
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('cut short');
    return bytes.subarray(at, (at += length));
  };
  return { number, take, vector: (size: number): Buffer => take(number(size)), more: () => at < bytes.length };
};

const numbersIn = (bytes: Buffer): number[] => Array.from({ length: bytes.length >> 1 }, (_, index) => bytes.readUInt16BE(2 * index));

/** What the records so far carry of the handshake; undefined when they are something else. */
const carried = (bytes: Buffer): Buffer | undefined => {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] !== handshakeRecord) return undefined;
    const end = at + 5 + (at + 5 <= bytes.length ? bytes.readUInt16BE(at + 3) : 0);
    pieces.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return Buffer.concat(pieces);
};

const extensionsIn = (body: Buffer): { suites: number[]; extensions: Map<number, Buffer> } => {
  const hello = readerOf(body);
  // Version and random number, then the session's id.
  hello.take(2 + 32);
  hello.vector(1);
  const suites = numbersIn(hello.vector(2));
  hello.vector(1);
  const extensions = new Map<number, Buffer>();
  const list = readerOf(hello.more() ? hello.vector(2) : Buffer.alloc(0));
  while (list.more()) extensions.set(list.number(2), list.vector(2));
  return { suites, extensions };
};

const nameIn = (extension: Buffer): string => {
  const names = readerOf(readerOf(extension).vector(2));
  names.number(1);
  return names.vector(2).toString('latin1');
};

const read = (body: Buffer): Hello => {
  const { suites, extensions } = extensionsIn(body);
  const names = extensions.get(serverNames);
  const schemes = extensions.get(signatureAlgorithms);
  const signs = schemes !== undefined && numbersIn(readerOf(schemes).vector(2)).some((scheme) => ecdsaSchemes.includes(scheme));
  return { ...(names && names.length > 0 ? { serverName: nameIn(names) } : {}), ecdsa: signs && suites.some((suite) => ecdsaSuites.includes(suite)) };
};

/** undefined while there is more to come. */
export const helloIn = (bytes: Buffer): Hello | undefined => {
  const handshake = carried(bytes);
  if (!handshake || (handshake.length > 0 && handshake[0] !== clientHello) || bytes.length > longest) return silent;
  if (handshake.length < 4 || handshake.length < 4 + handshake.readUIntBE(1, 3)) return undefined;
  try {
    return read(handshake.subarray(4, 4 + handshake.readUIntBE(1, 3)));
  } catch {
    return silent;
  }
};
