// From a host name and port to the place where the data plane listens for it: what the forward proxy asks.
import type { Dataplane } from '../dataplane/types.js';
import type { OpenNames } from '../names/open.js';

/** A listener whose port needs privileges listens on another: the name keeps its own port all the same. */
export const resolverOf = (names: OpenNames, dataplane: Dataplane) => (host: string, port: number): { address: string; port: number } | undefined => {
  const addresses = names.resolve(host);
  if (!addresses || addresses.length === 0) return undefined;
  const address = addresses[Math.floor(Math.random() * addresses.length)] ?? '';
  const bound = dataplane.bound().find((one) => one.address === address && one.wanted === port && one.transport !== 'udp');
  return { address, port: bound?.port || port };
};
