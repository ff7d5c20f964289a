// TCP connections by name that must be made to another address and port than the name says: net.Socket's connect, taught to ask first.
import net from 'node:net';
import type { Place } from './balancers.js';

type Options = { host?: string | undefined; port?: number | string | undefined };
type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket;

/** What `connect` was called with: (options, done), (port, host, done), or the two in a list, as net.connect hands them on. */
const optionsOf = (args: readonly unknown[]): Options => {
  const [first, second] = args;
  if (Array.isArray(first)) return (first[0] ?? {}) as Options;
  if (typeof first === 'object' && first !== null) return first;
  return { port: first as number, ...(typeof second === 'string' ? { host: second } : {}) };
};

const doneOf = (args: readonly unknown[]): unknown => (Array.isArray(args[0]) ? (args[0] as unknown[]) : args).find((one) => typeof one === 'function');

/** Sends connections to names that are `ours` to where `placeOf` says; those it knows nothing of go the usual way. */
export const redirectSockets = (ours: (host: string) => boolean, placeOf: (host: string, port: number) => Promise<Place | undefined>): void => {
  const original = net.Socket.prototype.connect as Connect;
  const connect: Connect = function (...args) {
    const options = optionsOf(args);
    const { host, port } = options;
    if (host === undefined || !ours(host)) return original.apply(this, args);
    // What is written until then waits, as it does while a name is looked up.
    Object.assign(this, { connecting: true });
    const done = doneOf(args);
    if (done) this.once('connect', done as () => void);
    const go = (place: Place | undefined): void => {
      if (!this.destroyed) original.call(this, place ? { ...options, host: place.address, port: place.port } : options);
    };
    void placeOf(host, Number(port)).then(go, () => go(undefined));
    return this;
  };
  net.Socket.prototype.connect = connect as typeof net.Socket.prototype.connect;
};
