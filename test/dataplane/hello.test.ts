// What is read of a ClientHello, from those that real clients send.
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { helloIn } from '../../emulator/dataplane/hello.js';
import { fuzzSeed, seedLine } from '../support/seed.js';

/** The first bytes that a client sends, all of its ClientHello among them. */
const helloOf = async (t: ExecutionContext, options: tls.ConnectionOptions): Promise<Buffer> => {
  const server = net.createServer().listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  const client = tls.connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ...options }).on('error', () => {});
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  const [bytes] = (await once(accepted, 'data')) as [Buffer];
  client.destroy();
  accepted.destroy();
  return bytes;
};

test('the name a client asks for, and whether it takes elliptic curves', async (t) => {
  t.deepEqual(helloIn(await helloOf(t, { servername: 'one.example' })), { serverName: 'one.example', ecdsa: true });
  t.deepEqual(helloIn(await helloOf(t, {})), { ecdsa: true });
  t.deepEqual(helloIn(await helloOf(t, { servername: 'one.example', sigalgs: 'rsa_pss_rsae_sha256:RSA+SHA256' })), { serverName: 'one.example', ecdsa: false });
  const old = { maxVersion: 'TLSv1.2' } as const;
  t.deepEqual(helloIn(await helloOf(t, { ...old, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })), { ecdsa: false });
  t.deepEqual(helloIn(await helloOf(t, { ...old, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })), { ecdsa: true });
});

test('a part of it is waited for, also when it comes in several records', async (t) => {
  const bytes = await helloOf(t, { servername: 'one.example' });
  for (let length = 0; length < bytes.length; length += 1) t.is(helloIn(bytes.subarray(0, length)), undefined, `${length} bytes`);
  const body = bytes.subarray(5);
  const record = (piece: Buffer): Buffer => Buffer.concat([Buffer.from([22, 3, 1, piece.length >> 8, piece.length & 255]), piece]);
  t.deepEqual(helloIn(Buffer.concat([record(body.subarray(0, 50)), record(body.subarray(50))])), { serverName: 'one.example', ecdsa: true });
});

test('whatever comes, the answer is one, and it is not waited for what does not end', async (t) => {
  t.deepEqual(helloIn(Buffer.from('GET / HTTP/1.1\r\n')), { ecdsa: false });
  t.deepEqual(helloIn(Buffer.alloc(100_000, 22)), { ecdsa: false });
  const bytes = await helloOf(t, { servername: 'one.example' });
  const seed = fuzzSeed();
  t.log(seedLine(seed));
  const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(flips, (changes) => {
    const changed = Buffer.from(bytes);
    for (const [at, value] of changes) changed[at] = value;
    helloIn(changed);
  }), { numRuns: 2000, seed });
});
