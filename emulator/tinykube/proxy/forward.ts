// One connection through a node port: pick a pod, connect to it as the node (or as the client), join the two.
import net, { type Socket } from 'node:net';
import { reset } from '../../reset.js';
import type { Backend, Place } from './backends.js';
import { splice } from './splice.js';

export type Forwarding = {
  /** Candidates in the order to try. */
  backends: readonly Backend[];
  /** The local address of the onward connection: the node's (masquerade), or the client's. */
  from: string;
  place(backend: Backend): Place;
  /** Called with each socket made, so that the owner can cut it. */
  own(socket: Socket): void;
};

const attempts = 2;

/** Forwards a connection; without a pod that accepts it, the client sees a reset. */
export const forward = (client: Socket, { backends, from, place, own }: Forwarding): void => {
  // Until the pod is there the client may go away, or break.
  client.on('error', () => client.destroy());
  const attempt = (index: number): void => {
    const backend = backends[index];
    if (!backend || index >= attempts || client.destroyed) return reset(client);
    const pod = net.connect({ ...place(backend), localAddress: from, allowHalfOpen: true, noDelay: true });
    own(pod);
    const failed = (): void => {
      pod.destroy();
      attempt(index + 1);
    };
    const gone = (): void => void pod.destroy();
    client.once('close', gone);
    pod.once('error', failed);
    pod.once('connect', () => {
      pod.removeListener('error', failed);
      client.removeListener('close', gone);
      splice(client, pod);
    });
  };
  attempt(0);
};
