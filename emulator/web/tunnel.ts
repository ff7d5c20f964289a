// CONNECT: a client's socket and a load balancer's, spliced byte for byte. Who closes what follows the data plane's rules.
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.js';
import { failure, limitConnect, rawAnswer, type Target } from './http-proxy.js';

const reset = (socket: Duplex): void => {
  if (socket instanceof net.Socket) socket.resetAndDestroy();
  else socket.destroy();
};

// Half-open both ways; an error of one side resets the other (pipeline() would answer it with a plain FIN).
const splice = (a: Duplex, b: Duplex): void => {
  for (const [one, other] of [[a, b], [b, a]] as const) {
    one.pipe(other);
    one.once('close', () => {
      const clean = one.readableEnded && one.writableFinished;
      if (!clean && !other.destroyed) reset(other);
    });
  }
};

/** Opens the tunnel, or answers why there is none. Owns `client` from here on. */
export const openTunnel = (client: Duplex, head: Buffer, target: Target, name: string, clock: Clock): void => {
  const upstream = net.connect({ host: target.address, port: target.port, allowHalfOpen: true });
  let open = false;
  limitConnect(upstream, clock, (error) => upstream.destroy(error));
  client.on('error', () => reset(upstream));
  client.once('close', () => {
    if (!open) upstream.destroy();
  });
  upstream.on('error', (error) => {
    if (open) return reset(client);
    const { status, reason, text } = failure(error, name);
    client.end(rawAnswer(status, reason, text));
  });
  upstream.once('connect', () => {
    open = true;
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) upstream.write(head);
    splice(client, upstream);
  });
};
