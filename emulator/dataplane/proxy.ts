// PROXY protocol v2 as an NLB writes it: IPv4 headers are always 84 bytes, a CRC32C first and zeros behind. Pure.
// https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt

export type ProxyAddresses = { source: string; sourcePort: number; destination: string; destinationPort: number };

const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const tlv = { crc32c: 0x03, noop: 0x04 } as const;

/** Bytes after the first 16, addresses included, as captured from NLBs. */
const restOf = { ipv4: 84, ipv6: 108 } as const;

const castagnoli = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C (Castagnoli). */
export const crc32c = (bytes: Uint8Array): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (castagnoli[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
};

const ipv4Bytes = (address: string): number[] => address.replace(/^::ffff:/i, '').split('.').map(Number);

const ipv6Bytes = (address: string): number[] => {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const words = (text: string): number[] => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)));
  const [front, back] = [words(head), words(tail ?? '')];
  const gap = tail === undefined ? 0 : 8 - front.length - back.length;
  return [...front, ...Array<number>(gap).fill(0), ...back].flatMap((word) => [word >> 8, word & 0xff]);
};

const isIpv6 = (address: string): boolean => address.includes(':') && !address.includes('.');

const wordOf = (value: number): number[] => [value >> 8, value & 0xff];

const frame = (command: number, family: number, addresses: readonly number[], rest: number): Buffer => {
  const header = Buffer.alloc(16 + rest);
  signature.copy(header);
  header.writeUInt8(command, 12);
  header.writeUInt8(family, 13);
  header.writeUInt16BE(rest, 14);
  header.set(addresses, 16);
  const tlvs = 16 + addresses.length;
  header.writeUInt8(tlv.crc32c, tlvs);
  header.writeUInt16BE(4, tlvs + 1);
  header.writeUInt8(tlv.noop, tlvs + 7);
  header.writeUInt16BE(rest - addresses.length - 10, tlvs + 8);
  // Over the whole header while its own field is zero.
  header.writeUInt32BE(crc32c(header), tlvs + 3);
  return header;
};

/** Who the client is and whom it called. */
export const proxyHeader = ({ source, sourcePort, destination, destinationPort }: ProxyAddresses): Buffer => {
  const v6 = isIpv6(source) && isIpv6(destination);
  const bytes = v6 ? ipv6Bytes : ipv4Bytes;
  const addresses = [...bytes(source), ...bytes(destination), ...wordOf(sourcePort), ...wordOf(destinationPort)];
  return frame(0x21, v6 ? 0x21 : 0x11, addresses, v6 ? restOf.ipv6 : restOf.ipv4);
};

/** What a health check says of itself: nobody's connection, and no addresses. */
export const localHeader = (): Buffer => frame(0x20, 0x11, [], restOf.ipv4);
