// Binding a server's port, with a refusal that a user can act on.
import type net from 'node:net';
import { codeOf, UserError } from '../errors.js';
import { portOwner } from './port-owner.js';

const taken = (port: number, host: string, cause: unknown): UserError => {
  const owner = portOwner(port);
  const by = owner ? `by process ${owner.pid} (${owner.command})` : 'by another process';
  const stop = owner ? `Stop it with \`kill ${owner.pid}\`` : 'Stop that process';
  return new UserError(`Port ${port} on ${host} is taken ${by}.`, { hint: `${stop}, or choose another port with --port.`, cause });
};

const refusal = (error: unknown, port: number, host: string): unknown => {
  if (codeOf(error) === 'EADDRINUSE') return taken(port, host, error);
  if (codeOf(error) === 'EACCES')
    return new UserError(`Port ${port} on ${host} needs privileges that this user does not have.`, { hint: 'Choose a port above 1023 with --port.', cause: error });
  if (codeOf(error) === 'EADDRNOTAVAIL')
    return new UserError(`${host} is not an address of this machine.`, { hint: 'Listen on 127.0.0.1.', cause: error });
  return error;
};

/** Listens and answers with the port that was bound (useful when `port` is 0). */
export const listen = (server: net.Server, port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const failed = (error: unknown): void => reject(refusal(error, port, host));
    server.once('error', failed);
    server.listen(port, host, () => {
      server.removeListener('error', failed);
      resolve((server.address() as net.AddressInfo).port);
    });
  });
