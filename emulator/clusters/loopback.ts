// The loopback block: how addresses of the pretended VPC are reached on this machine, and the claim on the block.
import net from 'node:net';
import type { Dial, DialUdp, Route } from '../dataplane/types.js';
import { codeOf, UserError } from '../errors.js';
import { standingFor } from '../ports.js';

/** `10.42.a.b` of the VPC as `127.<block>.a.b`; any other address as it is. */
export const project = (block: number, address: string): string =>
  address.startsWith('10.42.') ? `127.${block}.${address.slice('10.42.'.length)}` : address;

// As the data plane's own dialler has it; Node's types do not know that a socket takes a high-water mark.
const spliced = { allowHalfOpen: true, noDelay: true, highWaterMark: 128 * 1024 };

type Placed = { host: string; port: number };

const placed = (block: number, lowest: number, { host, port }: Placed): Placed =>
  host.startsWith('10.42.') ? { host: project(block, host), port: standingFor(lowest, port) } : { host, port };

/** Where packets for nodes and pods of the embedded cluster go. */
export const loopbackRoute = (block: number, lowest: number): Route => (to) => placed(block, lowest, to);

/** Where a connection to a node port ends: its pod, which alone can say whether it is taken. */
export type Landing = (to: Placed, client: string) => (Placed & { localAddress: string }) | undefined;

/** Dials nodes and pods of the embedded cluster. `lowest` is the lowest port that this process may open. */
export const loopbackDial =
  (block: number, lowest: number, landing?: Landing): Dial =>
  (to, { from, onread, sure } = {}) => {
    const at = placed(block, lowest, to);
    const localAddress = from === undefined ? undefined : project(block, from);
    const own = { ...at, ...(localAddress === undefined ? {} : { localAddress }) };
    return net.connect({ ...own, ...(sure ? landing?.(at, localAddress ?? '127.0.0.1') : undefined), ...spliced, onread });
  };

/** The same for datagrams. */
export const loopbackDialUdp =
  (block: number, lowest: number, dial: DialUdp): DialUdp =>
  (to, { from }) =>
    dial(placed(block, lowest, to), from === undefined ? {} : { from: project(block, from) });

const claimPort = 4565;

/**
 * Claims 127.block and 127.(block+1) for this process by holding one port, so that two runs never share addresses.
 * The claim ends with the process, however that ends.
 */
export const claimLoopback = async (block: number): Promise<{ release(): Promise<void> }> => {
  if (!Number.isInteger(block) || block < 1 || block > 253) {
    throw new UserError(`loopback block ${block} is not between 1 and 253`, { hint: 'Choose another with --loopback, for example --loopback 44.' });
  }
  const server = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(claimError(block, error)));
    server.listen({ host: `127.${block}.255.254`, port: claimPort, exclusive: true }, resolve);
  });
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
};

const claimError = (block: number, cause: Error): UserError => {
  const code = codeOf(cause);
  if (code === 'EADDRINUSE') {
    return new UserError(`another nlbox uses the addresses 127.${block}.0.0/16`, {
      hint: `Stop it with \`nlbox down\`, or give this one its own addresses: --loopback ${block >= 250 ? 44 : block + 2}.`,
      cause,
    });
  }
  return new UserError(`cannot listen on 127.${block}.255.254 (${code ?? cause.message})`, {
    hint: 'Only Linux answers on all of 127.0.0.0/8 without set-up; on macOS add aliases with `sudo ifconfig lo0 alias`.',
    cause,
  });
};
