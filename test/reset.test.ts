// A reset arrives as one and leaves nothing open, also right behind an end, in the clear and under TLS.
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import tls from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../emulator/clock.js';
import { reset } from '../emulator/reset.js';
import { createCertificates } from '../emulator/tinykube/api/certificates.js';

type Ended = { error: string | undefined };

/** A client and what accepted it; `ended` tells how the client saw the end. */
const pair = async (t: ExecutionContext): Promise<{ accepted: Socket; ended: Promise<Ended> }> => {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  t.teardown(() => void server.close());
  await once(server, 'listening');
  const client = net.connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  t.teardown(() => void client.destroy());
  let error: string | undefined;
  // After an end only a write shows whether there is still somebody.
  const knock = (): void => void (client.destroyed || client.write('x', () => setImmediate(knock)));
  client.on('error', ({ code }: NodeJS.ErrnoException) => void (error = code)).on('end', knock).resume();
  const ended = new Promise<Ended>((resolve) => void client.once('close', () => resolve({ error })));
  const [accepted] = (await once(server, 'connection')) as [Socket];
  accepted.on('error', () => {});
  return { accepted, ended };
};

const closed = (socket: Socket): Promise<unknown> => (socket.closed ? Promise.resolve() : once(socket, 'close'));

test('a client sees a reset, and both sides close', async (t) => {
  const { accepted, ended } = await pair(t);
  reset(accepted);
  t.is((await ended).error, 'ECONNRESET');
  await t.notThrowsAsync(closed(accepted));
  reset(accepted);
});

test('right behind an end, too', async (t) => {
  const { accepted, ended } = await pair(t);
  accepted.end();
  reset(accepted);
  await closed(accepted);
  t.regex((await ended).error ?? '', /ECONNRESET|EPIPE/);
});

test('one that cannot get rid of what it has written does not wait for a client that never reads', async (t) => {
  const { accepted, ended } = await pair(t);
  accepted.end(Buffer.alloc(50_000_000));
  reset(accepted);
  await closed(accepted);
  t.is((await ended).error, 'ECONNRESET');
});

test('under TLS, whose end shuts the connection below down', async (t) => {
  const { accepted, ended } = await pair(t);
  const stream = new tls.TLSSocket(accepted, { isServer: true, secureContext: tls.createSecureContext(createCertificates(systemClock.now())) });
  stream.on('error', () => {});
  stream.end();
  reset(accepted, stream);
  await closed(accepted);
  t.regex((await ended).error ?? '', /ECONNRESET|EPIPE/);
});

test('what is still connecting, and what is no socket, is given up', async (t) => {
  const { accepted } = await pair(t);
  const connecting = net.connect(accepted.localPort ?? 0, '127.0.0.1');
  reset(connecting);
  await closed(connecting);
  const other = new PassThrough();
  reset(other);
  t.true(other.destroyed);
});
