// CONNECT: a client's socket and a load balancer's, spliced byte for byte. Who closes what follows the data plane's rules.
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.js';
import { join } from '../join.js';
import { reset } from '../reset.js';
import { failure, limitConnect, rawAnswer, type Target } from './http-proxy.js';

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
    join(client, upstream);
  });
};
