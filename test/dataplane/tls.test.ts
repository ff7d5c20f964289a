// TLS listeners: the right certificate for a name, ALPN, TLS on to the target, and certificates that change under way.
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { duplexPair } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { generate, type SelfsignedOptions } from 'selfsigned';
import { manualClock } from '../../emulator/clock.js';
import { credentialFor, credentialOf } from '../../emulator/dataplane/certificates.js';
import type { Dataplane, TlsTerms } from '../../emulator/dataplane/types.js';
import { connect, eventually, outcome, planOf, portOf, serve, start, target } from './support.js';

type Pair = TlsTerms['certificates'][number];

const pairFor = async (names: string[], options: SelfsignedOptions = {}): Promise<Pair> => {
  const altNames = names.map((value) => ({ type: 2 as const, value }));
  const { private: key, cert } = await generate([{ name: 'commonName', value: names[0] ?? '' }], { keySize: 2048, ...options, extensions: [{ name: 'subjectAltName', altNames }] });
  return { cert, key };
};

const pairs = Promise.all([pairFor(['default.example']), pairFor(['one.example']), pairFor(['*.wild.example'])]);

const terms = (certificates: Pair[], overrides: Partial<TlsTerms> = {}): TlsTerms => ({ certificates, alpn: [], minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ...overrides });

const planned = (port: number, own: TlsTerms, pool: Parameters<typeof planOf>[1] = {}) =>
  planOf([target('one', port, { probeFrom: Infinity })], { ...pool, listener: { protocol: 'tls', tls: own } });

const secured = async (dataplane: Dataplane, options: tls.ConnectionOptions = {}): Promise<TLSSocket> => {
  const client = tls.connect({ host: '127.0.0.1', port: portOf(dataplane), rejectUnauthorized: false, ...options });
  await once(client, 'secureConnect');
  return client.on('error', () => {});
};

const echo = (t: ExecutionContext) => serve(t, (socket) => void socket.pipe(socket));

const nameOn = async (dataplane: Dataplane, servername?: string): Promise<string> => {
  const client = await secured(dataplane, servername === undefined ? {} : { servername });
  client.end();
  return client.getPeerCertificate().subject.CN as string;
};

const say = async (client: TLSSocket, text: string): Promise<string> => {
  client.write(text);
  const [answer] = (await once(client, 'data')) as [Buffer];
  return answer.toString();
};

test('the certificate is the one for the name, wildcards included, else the default', async (t) => {
  const own = await pairs;
  const dataplane = start(t);
  await dataplane.apply(planned((await echo(t)).port, terms(own)));
  t.is(await nameOn(dataplane), 'default.example');
  t.is(await nameOn(dataplane, 'one.example'), 'one.example');
  t.is(await nameOn(dataplane, 'a.wild.example'), '*.wild.example');
  t.is(await nameOn(dataplane, 'a.b.wild.example'), 'default.example');
  t.is(await nameOn(dataplane, 'elsewhere.example'), 'default.example');
});

test('of several certificates for a name: elliptic curves for who takes them, then the longest key, then the one that is valid for longest', async (t) => {
  const [[fallback], short, long, longer, curve] = await Promise.all([
    pairs, pairFor(['own.example']), pairFor(['own.example'], { keySize: 3072 }),
    pairFor(['own.example'], { notAfterDate: new Date(Date.UTC(2096, 0, 1)) }), pairFor(['own.example'], { keyType: 'ec' }),
  ]);
  const chosen = (ecdsa: boolean, ...all: Pair[]): Pair | undefined => credentialFor({ serverName: 'own.example', ecdsa }, all.map(credentialOf))?.pair;
  t.is(chosen(false, fallback, short, longer), longer);
  t.is(chosen(false, fallback, curve, short, long, longer), long);
  t.is(chosen(true, fallback, curve, short, long), curve);
  t.is(chosen(false, fallback, curve), fallback);
});

test('a name\'s certificate is the one that is presented, whatever kind of key the default has', async (t) => {
  const kinds = { rsa: { keySize: 2048 }, ec: { keyType: 'ec' } } as const;
  for (const [first, second] of [['rsa', 'ec'], ['ec', 'rsa']] as const) {
    const dataplane = start(t);
    await dataplane.apply(planned((await echo(t)).port, terms([await pairFor(['default.example'], kinds[first]), await pairFor(['own.example'], kinds[second])])));
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const client = await secured(dataplane, { servername: 'own.example', maxVersion });
      t.is(client.getPeerCertificate().subject.CN as string, 'own.example', `${second} beside ${first}, ${maxVersion}`);
      client.destroy();
    }
  }
});

test('a client that introduces itself byte by byte is served', async (t) => {
  const dataplane = start(t);
  await dataplane.apply(planned((await echo(t)).port, terms(await pairs)));
  const slow = connect(dataplane).setNoDelay(true);
  const [near, far] = duplexPair();
  slow.pipe(far);
  far.on('data', (bytes: Buffer) => { for (const byte of bytes) slow.write(Buffer.from([byte])); });
  const client = tls.connect({ socket: near, servername: 'one.example', rejectUnauthorized: false }).on('error', () => {});
  await once(client, 'secureConnect');
  t.is(client.getPeerCertificate().subject.CN as string, 'one.example');
  client.write('x');
  t.is(String((await once(client, 'data'))[0]), 'x');
  slow.destroy();
});

test('bytes go on in the clear, a half-close and an answer behind it arrive, flows are counted', async (t) => {
  const [own] = await pairs;
  const { port } = await serve(t, (socket) => {
    let heard = '';
    socket.on('data', (chunk: Buffer) => void (heard += chunk.toString())).on('end', () => socket.end(`heard ${heard.length}`));
  });
  const dataplane = start(t);
  await dataplane.apply(planned(port, terms([own])));
  const client = await secured(dataplane);
  client.end('x'.repeat(100_000));
  t.like(await outcome(client), { text: 'heard 100000', how: 'end' });
  await eventually(() => dataplane.counters().listeners['listener']?.activeFlows === 0);
  t.like(dataplane.counters().listeners['listener'], { newFlows: 1, bytesIn: 100_000, bytesOut: 12, clientTlsErrors: 0 });
});

test('ALPN by the order of the listener; versions below the policy are refused, counted and explained', async (t) => {
  const [own] = await pairs;
  const dataplane = start(t);
  await dataplane.apply(planned((await echo(t)).port, terms([own], { alpn: ['h2', 'http/1.1'], minVersion: 'TLSv1.3' })));
  const client = await secured(dataplane, { ALPNProtocols: ['http/1.1', 'h2'] });
  t.is(client.alpnProtocol, 'h2');
  t.is(await say(client, 'x'), 'x');
  client.destroy();
  await t.throwsAsync(secured(dataplane, { maxVersion: 'TLSv1.2' }));
  await eventually(() => dataplane.counters().listeners['listener']?.clientTlsErrors === 1);
  t.is(dataplane.trace().find(({ why }) => why.includes('TLS'))?.ended?.how, 'refused');
});

test('certificates change without closing the listener or a flow', async (t) => {
  const [first, second] = await pairs;
  const { port } = await echo(t);
  const dataplane = start(t);
  await dataplane.apply(planned(port, terms([first])));
  const before = portOf(dataplane);
  const client = await secured(dataplane);
  t.is(await say(client, 'a'), 'a');
  await dataplane.apply(planned(port, terms([second])));
  t.is(await nameOn(dataplane), 'one.example');
  t.is(await say(client, 'b'), 'b');
  t.is(portOf(dataplane), before);
  client.destroy();
});

test('a group of protocol TLS is spoken to in TLS, whatever its certificate says, with the same ALPN', async (t) => {
  const [own, other] = await pairs;
  const seen: unknown[] = [];
  const server = tls.createServer({ ...other, ALPNProtocols: ['http/1.1', 'h2'] }, (socket) => {
    seen.push(socket.alpnProtocol);
    socket.on('error', () => {}).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const dataplane = start(t);
  await dataplane.apply(planned(port, terms([own], { alpn: ['h2'] }), { pool: { tls: true } }));
  const client = await secured(dataplane, { ALPNProtocols: ['h2'] });
  t.is(await say(client, 'twice in TLS'), 'twice in TLS');
  t.deepEqual(seen, ['h2']);
  client.destroy();
});

test('a target that speaks no TLS is counted, and the client reset', async (t) => {
  const [own] = await pairs;
  const { port } = await serve(t, (socket) => socket.end('no TLS here, sorry'));
  const dataplane = start(t);
  await dataplane.apply(planned(port, terms([own]), { pool: { tls: true } }));
  t.is((await outcome(await secured(dataplane))).how, 'ECONNRESET');
  await eventually(() => dataplane.counters().listeners['listener']?.activeFlows === 0);
  t.is(dataplane.counters().listeners['listener']?.targetTlsErrors, 1);
});

test('resets travel through TLS, and an idle flow is reset on both sides', async (t) => {
  const [own] = await pairs;
  const clock = manualClock();
  const ends: string[] = [];
  const server = await serve(t, (socket) => {
    socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? ''));
    socket.on('data', (chunk: Buffer) => (chunk.toString() === 'reset' ? socket.resetAndDestroy() : socket.write(chunk)));
  });
  const dataplane = start(t, { clock });
  await dataplane.apply(planned(server.port, terms([own])));
  const rude = await secured(dataplane);
  rude.write('reset');
  t.is((await outcome(rude)).how, 'ECONNRESET');
  const idle = await secured(dataplane);
  t.is(await say(idle, 'x'), 'x');
  const ended = outcome(idle);
  await clock.advance(350_000 * 1.05);
  t.is((await ended).how, 'ECONNRESET');
  await eventually(() => ends.length === 1 && server.sockets.size === 0 && dataplane.counters().listeners['listener']?.activeFlows === 0);
  t.deepEqual(ends, ['ECONNRESET']);
});

test('who speaks no TLS, or nothing at all, is turned away; without a certificate everybody is', async (t) => {
  const [own] = await pairs;
  const clock = manualClock();
  const dataplane = start(t, { clock });
  const { port } = await echo(t);
  await dataplane.apply(planned(port, terms([own])));
  const plain = connect(dataplane);
  plain.write('GET / HTTP/1.1\r\n\r\n');
  await outcome(plain);
  const silent = connect(dataplane);
  await once(silent, 'connect');
  await eventually(() => clock.pending() > 1);
  const ended = outcome(silent);
  await clock.advance(10_000);
  t.is((await ended).how, 'ECONNRESET');
  await dataplane.apply(planned(port, terms([])));
  await t.throwsAsync(secured(dataplane));
  t.is(dataplane.counters().listeners['listener']?.newFlows, 0);
});

/** Established sockets of this machine with a keepalive timer, by local and remote port (proc_net_tcp: timer 2). */
const keptAlive = (): string[] =>
  fs.readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1).map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , timer]) => state === '01' && timer?.startsWith('02:'))
    .map(([, local, remote]) => [local, remote].map((place) => Number.parseInt(place?.split(':')[1] ?? '', 16)).join(' '));

test('both sides of a TLS listener are kept alive by TCP, those of a TCP listener are not', async (t) => {
  const dataplane = start(t);
  const server = await echo(t);
  await dataplane.apply(planned(server.port, terms(await pairs)));
  const client = await secured(dataplane);
  t.is(await say(client, 'x'), 'x');
  await eventually(() => keptAlive().some((ports) => ports === `${portOf(dataplane)} ${client.localPort}`) && keptAlive().some((ports) => ports.endsWith(` ${server.port}`)));
  client.destroy();
  const plain = start(t);
  await plain.apply(planOf([target('one', server.port, { probeFrom: Infinity })]));
  const other = connect(plain);
  other.write('x');
  await once(other, 'data');
  t.false(keptAlive().some((ports) => ports === `${portOf(plain)} ${other.localPort}`));
});
