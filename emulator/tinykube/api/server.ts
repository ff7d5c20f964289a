// The embedded Kubernetes API server, composed: store, rules, front door.
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../clock.js';
import type { Journal } from '../../journal.js';
import type { Log } from '../../log.js';
import type { Api, KubeObject } from '../types.js';
import { createConditions } from './admission/conditions.js';
import { bootstrap } from './bootstrap.js';
import { customKinds } from './crd/kinds.js';
import { createFront } from './http/front.js';
import { createInside } from './inside.js';
import { expireEvents } from './expiry.js';
import { createModels } from './models.js';
import { createOpenApi } from './openapi/documents.js';
import { createOperations, type Environment } from './operations.js';
import { createRegistry, type Registry } from './registry.js';
import { createUpgrade } from '../streams/upgrade.js';
import type { Hooks, Services } from './services.js';
import { createStore, type Store } from './store.js';

export type ApiServerOptions = {
  /** Undefined keeps everything in memory only. */
  journal?: Journal;
  clock: Clock;
  log: Log;
  /** What /version says; its minor decides which kubectl a dispatcher runs. */
  version: string;
  serviceCidr: string;
  tls: { key: string; cert: string };
  token: string;
  /** Says of any other bearer token whether it may enter. */
  acceptsToken?: ((token: string) => boolean) | undefined;
  hooks?: Hooks;
};

export type ApiServer = {
  api: Api;
  listen(port: number, host: string): Promise<{ port: number; url: string }>;
  close(): Promise<void>;
};

const crds = 'customresourcedefinitions.apiextensions.k8s.io';

/** CRDs are served from the moment they are stored; with a CRD go its objects. */
const followDefinitions = (store: Store, registry: Registry): void => {
  const serve = (crd: KubeObject): void => registry.setCustom(crd.metadata.name, customKinds(crd));
  for (const crd of store.list(crds)) serve(crd);
  store.watch(crds, ({ type, object }) => {
    if (type !== 'DELETED') return serve(object);
    const key = customKinds(object)[0]?.key;
    if (key) for (const resource of store.list(key)) store.remove(key, resource);
    registry.setCustom(object.metadata.name, []);
  });
};

const createServices = (options: ApiServerOptions, store: Store): Services => {
  const registry = createRegistry();
  followDefinitions(store, registry);
  const models = createModels();
  const { clock, log, version, serviceCidr, token, acceptsToken, hooks = {} } = options;
  const environment: Environment = { store, registry, models, clock, serviceCidr };
  return {
    store,
    registry,
    environment,
    operations: createOperations(environment),
    clock,
    log,
    version,
    hooks,
    webhookAgent: new https.Agent({ keepAlive: true }),
    conditions: createConditions(),
    token,
    acceptsToken,
    openapi: createOpenApi({ registry, models, version }),
  };
};

// Loopback clients keep their connections; watches last for hours; nothing may wake an idle server.
const connections = { ALPNProtocols: ['http/1.1'], requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0, connectionsCheckingInterval: 2 ** 31 - 1 };

const listen = (server: https.Server, port: number, host: string): Promise<{ port: number; url: string }> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const bound = (server.address() as AddressInfo).port;
      resolve({ port: bound, url: `https://${host}:${bound}` });
    });
  });

const closeServer = (server: https.Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** Ready for inside callers at once; `listen` opens it to kubectl. */
export const createApiServer = (options: ApiServerOptions): ApiServer => {
  const store = createStore({ journal: options.journal, log: options.log });
  const services = createServices(options, store);
  expireEvents(store, options.clock);
  const api = createInside(services);
  bootstrap(api, options.serviceCidr);
  const front = createFront(services);
  const server = https.createServer({ ...options.tls, ...connections }, (request, response) => void front(request, response));
  const streams = createUpgrade(services);
  server.on('upgrade', streams.upgrade);
  let open = false;
  return {
    api,
    listen: async (port, host) => {
      const address = await listen(server, port, host);
      open = true;
      return address;
    },
    close: async () => {
      streams.close();
      if (open) await closeServer(server);
      open = false;
      services.webhookAgent.destroy();
      store.close();
    },
  };
};
