// What the proxy knows of Services: the objects, their endpoints, and whom a client of a port may be sent to.
import type { Context } from '../controllers/context.js';
import { endpointSlices, serviceNameLabel } from '../controllers/endpoints.js';
import type { EndpointSlice, Service, ServicePort } from '../controllers/kinds.js';
import { splitKey } from '../controllers/queue.js';
import { createAffinity } from './affinity.js';
import { backendsOf, usable, type Backend } from './backends.js';
import type { Route } from './listener.js';
import { isLocal, type Want } from './wants.js';

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

/** The port of the Service as it is now that one listens for. */
const portNow = ({ spec }: Service, { node, port, udp }: Want): ServicePort | undefined =>
  spec.ports?.find((one) => (node ? one.nodePort : one.port) === port && (one.protocol === 'UDP') === udp);

/** Reads the API; slices are looked up once per change. */
export const createDirectory = ({ api, clock }: Context): Directory => {
  const slices = new Map<string, EndpointSlice[]>();
  let turn = 0;

  const slicesFor = (key: string): EndpointSlice[] => {
    const known = slices.get(key);
    if (known) return known;
    const [namespace, name] = splitKey(key);
    const found = api.labelled(endpointSlices, namespace, { [serviceNameLabel]: name }) as EndpointSlice[];
    slices.set(key, found);
    return found;
  };

  const service = (key: string): Service | undefined => api.get('services', ...splitKey(key)) as Service | undefined;

  const backendsFor = (found: Service, key: string, { servicePort, node }: Want): Backend[] =>
    servicePort ? usable(backendsOf(slicesFor(key), servicePort), node && isLocal(found) ? node.name : undefined) : [];

  /** Round robin, the next ones behind as a second chance. */
  const inTurn = (backends: readonly Backend[]): Backend[] => {
    const start = backends.length > 0 ? turn++ % backends.length : 0;
    return [...backends.slice(start), ...backends.slice(0, start)];
  };

  const routes = (key: string, want: Want) => {
    const affinity = createAffinity();
    return (client: string): Route => {
      const found = service(key);
      const servicePort = found && portNow(found, want);
      const backends = found && servicePort ? affinity.prefer(client, inTurn(backendsFor(found, key, { ...want, servicePort })), found, clock.now()) : [];
      // Pods see the node, unless the Service asks for the client; inside the cluster they always see the client.
      const from = want.node && !(found && isLocal(found)) ? want.node.listen : client;
      return { backends, from };
    };
  };

  return {
    service,
    served: (found, key, want) => backendsFor(found, key, want).length > 0,
    routes,
    readyOn: (key, node) => {
      const port = service(key)?.spec.ports?.[0];
      return port ? backendsOf(slicesFor(key), port).filter((one) => one.ready && one.nodeName === node).length : 0;
    },
    forget: (key) => void slices.delete(key),
  };
};
