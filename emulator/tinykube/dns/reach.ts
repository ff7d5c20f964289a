// From a name or address as a pod writes it to the socket where it listens on this machine.
import net, { type Socket } from 'node:net';
import type { Service } from '../controllers/kinds.js';
import { placeOf, project, projectService, type PortMap } from '../kubelet/addresses.js';
import type { Api } from '../types.js';
import { lookUp } from './records.js';

/** The pod that asks. */
export type Origin = { namespace: string; podIP: string };

export type Place = { address: string; port: number };

/** Finds names that are not the cluster's: those of load balancers. */
export type Outside = (host: string, port: number) => Place | undefined;

export type Reach = {
  /** A connection from the pod's own address; undefined for a name that nobody knows. */
  connect(from: Origin, host: string, port: number): Socket | undefined;
};

export type ReachOptions = {
  api: Api;
  loopback: number;
  /** Where a port of a pod listens. */
  podPort: PortMap;
  /** The port that stands for one of a cluster address that needs privileges. */
  portFor(host: string, port: number): number;
  outside: Outside | undefined;
};

const ownNames = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|0\.0\.0\.0)$/i;

const literal = ({ api, loopback, podPort, portFor }: ReachOptions, address: string, port: number): Place => {
  const isCluster = (api.list('services') as Service[]).some(({ spec }) => spec.clusterIP === address);
  if (!isCluster) {
    const place = placeOf(loopback, podPort, address, port);
    return { address: place.host, port: place.port };
  }
  const listens = projectService(loopback, address);
  return { address: listens, port: portFor(listens, port) };
};

const findPlace = (options: ReachOptions, from: Origin, host: string, port: number): Place | undefined => {
  if (ownNames.test(host)) return { address: project(options.loopback, from.podIP), port: options.podPort(port) };
  if (net.isIPv4(host)) return literal(options, host, port);
  const found = lookUp(options.api, host, from.namespace);
  if (found && 'alias' in found) return options.outside?.(found.alias, port) ?? (found.alias === host ? undefined : findPlace({ ...options, outside: undefined }, from, found.alias, port));
  const address = found?.addresses[Math.floor(Math.random() * found.addresses.length)];
  return address === undefined ? options.outside?.(host, port) : literal(options, address, port);
};

/** Connects pods to what they name. */
export const createReach = (options: ReachOptions): Reach => ({
  connect: (from, host, port) => {
    const place = findPlace(options, from, host, port);
    return place && net.connect({ host: place.address, port: place.port, localAddress: project(options.loopback, from.podIP), allowHalfOpen: true, noDelay: true });
  },
});
