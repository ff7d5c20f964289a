// What the proxy knows of Services: the objects, their endpoints, and whom a client of a port may be sent to.
import type { Context } from '../controllers/context.js';
import { endpointSlices, serviceNameLabel } from '../controllers/endpoints.js';
import type { EndpointSlice, Service, ServicePort } from '../controllers/kinds.js';
import { splitKey } from '../controllers/queue.js';
import { createAffinity } from './affinity.js';
import { backendsOf, usable, type Backend } from './backends.js';
import type { Route } from './listener.js';
import { isLocal, isLocalInside, type Want } from './wants.js';

export type Directory = {
  service(key: string): Service | undefined;
  /** Whether somebody is there to forward to. */
  served(service: Service, key: string, want: Want): boolean;
  /** How the clients of one listener are sent on. */
  routes(key: string, want: Want): (client: string) => Route;
  /** Ready pods of a Service on one node. */
  readyOn(key: string, node: string): number;
  /** Its slices have changed. */
  forget(key: string): void;
};

export type DirectoryOptions = Context & {
  /** The node on which a client is that shows this address; undefined for one that is on none. */
  nodeOf(client: string): string | undefined;
};

/** The port of the Service as it is now that one listens for. */
const portNow = ({ spec }: Service, { node, port, udp }: Want): ServicePort | undefined =>
  spec.ports?.find((one) => (node ? one.nodePort : one.port) === port && (one.protocol === 'UDP') === udp);

/** The slices of a Service, looked up once per change. */
const sliceCache = ({ api }: Context) => {
  const known = new Map<string, EndpointSlice[]>();
  const find = (key: string): EndpointSlice[] => {
    const [namespace, name] = splitKey(key);
    const found = api.labelled(endpointSlices, namespace, { [serviceNameLabel]: name }) as EndpointSlice[];
    known.set(key, found);
    return found;
  };
  return { of: (key: string) => known.get(key) ?? find(key), forget: (key: string) => void known.delete(key) };
};

/** Round robin, the next ones behind as a second chance. */
const takeTurns = () => {
  let turn = 0;
  return (backends: readonly Backend[]): Backend[] => {
    const start = backends.length > 0 ? turn++ % backends.length : 0;
    return [...backends.slice(start), ...backends.slice(0, start)];
  };
};

/** The node whose pods alone may serve this client: the one it came through, or with `internalTrafficPolicy` the one it is on. */
const nearest = ({ nodeOf }: DirectoryOptions, service: Service, { node }: Want, client: string): string | undefined => {
  if (node) return isLocal(service) ? node.name : undefined;
  return isLocalInside(service) ? nodeOf(client) : undefined;
};

/** Reads the API at each question. */
export const createDirectory = (options: DirectoryOptions): Directory => {
  const { api, clock } = options;
  const slices = sliceCache(options);
  const inTurn = takeTurns();
  const service = (key: string): Service | undefined => api.get('services', ...splitKey(key)) as Service | undefined;
  const backendsOn = (key: string, port: ServicePort, node: string | undefined): Backend[] => usable(backendsOf(slices.of(key), port), node);

  const routes = (key: string, want: Want) => {
    const affinity = createAffinity();
    return (client: string): Route => {
      const found = service(key);
      const port = found && portNow(found, want);
      const backends = found && port ? affinity.prefer(client, inTurn(backendsOn(key, port, nearest(options, found, want, client))), found, clock.now()) : [];
      // Pods see the node, unless the Service asks for the client; inside the cluster they always see the client.
      const from = want.node && !(found && isLocal(found)) ? want.node.listen : client;
      return { backends, from };
    };
  };

  return {
    service,
    served: (found, key, { servicePort, node }) => servicePort !== undefined && backendsOn(key, servicePort, node && isLocal(found) ? node.name : undefined).length > 0,
    routes,
    readyOn: (key, node) => {
      const port = service(key)?.spec.ports?.[0];
      return port ? backendsOf(slices.of(key), port).filter((one) => one.ready && one.nodeName === node).length : 0;
    },
    forget: slices.forget,
  };
};
