// PROXY protocol v2 against a decoder of its own, and in front of the first byte of real flows.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import test from 'ava';
import { crc32c, localHeader, proxyHeader } from '../../emulator/dataplane/proxy.js';
import { allHealthy, connect, eventually, healthCheck, planOf, portOf, serve, start, target } from './support.js';

/** By the specification, field by field, and not by our encoder: the checksum is worked out bit by bit. */
const decode = (bytes: Buffer) => {
  const length = bytes.readUInt16BE(14);
  const local = bytes[12] === 0x20;
  const tlvs: Record<string, Buffer> = {};
  for (let at = local ? 16 : 28; at < 16 + length; ) {
    const size = bytes.readUInt16BE(at + 1);
    tlvs[bytes.readUInt8(at)] = bytes.subarray(at + 3, at + 3 + size);
    at += 3 + size;
  }
  const zeroed = Buffer.from(bytes.subarray(0, 16 + length));
  zeroed.fill(0, (local ? 16 : 28) + 3, (local ? 16 : 28) + 7);
  let crc = 0xffffffff;
  for (const byte of zeroed) {
    for (let bit = 0; bit < 8; bit += 1) crc = ((crc ^ (byte >> bit)) & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  const address = (at: number): string => [...bytes.subarray(at, at + 4)].join('.');
  return {
    signature: bytes.subarray(0, 12).toString('hex'), command: bytes[12], family: bytes[13], length,
    ...(local ? {} : { from: `${address(16)}:${bytes.readUInt16BE(24)}`, to: `${address(20)}:${bytes.readUInt16BE(26)}` }),
    checksum: tlvs['3']?.readUInt32BE(0) === ((crc ^ 0xffffffff) >>> 0), padding: tlvs['4']?.length, zeros: tlvs['4']?.every((byte) => byte === 0),
  };
};

const signature = '0d0a0d0a000d0a515549540a';

test('CRC-32C by its check value', (t) => {
  t.is(crc32c(Buffer.from('123456789')), 0xe3069283);
});

test('IPv4: 84 bytes behind the first 16, checksum first, zeros behind', (t) => {
  const header = proxyHeader({ source: '198.51.100.7', sourcePort: 40_001, destination: '127.43.0.1', destinationPort: 443 });
  t.is(header.length, 100);
  t.deepEqual(decode(header), {
    signature, command: 0x21, family: 0x11, length: 84, from: '198.51.100.7:40001', to: '127.43.0.1:443', checksum: true, padding: 62, zeros: true,
  });
});

test('a health check says LOCAL and no address', (t) => {
  t.deepEqual(decode(localHeader()), { signature, command: 0x20, family: 0x11, length: 84, checksum: true, padding: 74, zeros: true });
});

test('IPv6: addresses of 16 bytes', (t) => {
  const header = proxyHeader({ source: '2001:db8::7', sourcePort: 1, destination: '::1', destinationPort: 2 });
  t.is(header[13], 0x21);
  t.is(header.subarray(16, 48).toString('hex'), `20010db8${'0'.repeat(23)}7${'0'.repeat(31)}1`);
});

test('the header comes before the first byte, once, and only when the client speaks', async (t) => {
  const seen: Buffer[] = [];
  const { port } = await serve(t, (socket: Socket) => socket.on('data', (chunk: Buffer) => seen.push(chunk)).write('banner'));
  const dataplane = start(t);
  await dataplane.apply(planOf([target('one', port, { probeFrom: Infinity })], { pool: { proxyProtocol: true }, listener: { port: 0 } }));
  const client = connect(dataplane);
  await once(client, 'data');
  t.deepEqual(seen, []);
  client.write('hello');
  await eventually(() => Buffer.concat(seen).length >= 105);
  client.write(' again');
  await eventually(() => Buffer.concat(seen).length === 111);
  const bytes = Buffer.concat(seen);
  t.is(bytes.subarray(100).toString(), 'hello again');
  t.like(decode(bytes), { from: `127.0.0.1:${client.localPort}`, checksum: true });
  t.is(dataplane.counters().listeners['listener']?.bytesIn, 11);
  t.not(portOf(dataplane), 0);
});

test('probes of such a group say LOCAL, over TCP and HTTP', async (t) => {
  const seen: Buffer[] = [];
  const { port } = await serve(t, (socket: Socket) => {
    socket.on('data', (chunk: Buffer) => {
      seen.push(chunk);
      if (chunk.includes('GET /')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    });
  });
  const dataplane = start(t);
  const probed = (protocol: 'tcp' | 'http') => target(protocol, port, { healthCheck: healthCheck(port, { protocol, proxyProtocol: true, interval: 100_000 }) });
  await dataplane.apply(planOf([probed('tcp')]));
  await allHealthy(dataplane, ['tcp']);
  await eventually(() => Buffer.concat(seen).length >= 100);
  t.like(decode(Buffer.concat(seen)), { command: 0x20, checksum: true });
  seen.length = 0;
  await dataplane.apply(planOf([probed('http')]));
  await allHealthy(dataplane, ['http']);
  const bytes = Buffer.concat(seen);
  t.like(decode(bytes), { command: 0x20, checksum: true });
  t.true(bytes.subarray(100).toString().startsWith('GET / HTTP/1.1'));
});
