// The first stage: state, data plane, names and the AWS endpoint. After it the API answers.
import { claimLoopback, loopbackDial, loopbackDialUdp, loopbackRoute } from '../clusters/loopback.js';
import { createDataplane } from '../dataplane/dataplane.js';
import { dialUdp } from '../dataplane/dial.js';
import { chooseEngine } from './engine.js';
import type { Dataplane, DialUdp } from '../dataplane/types.js';
import { openNames } from '../names/open.js';
import { createStore } from '../state/store.js';
import { createVpc } from '../state/vpc.js';
import { version } from '../version.js';
import { createWebDoor } from '../web/door.js';
import { createAws, type Aws } from './aws.js';
import { clusterFacts } from './eks.js';
import { runIdOf, type House, type Running } from './house.js';
import { createMetrics } from './metrics.js';
import { resolverOf } from './resolve.js';
import { connectTraffic } from './traffic.js';

/** Only the embedded cluster's addresses are projected; those of a real one are what they say, and not all of them are reached by packets. */
const datagrams = (house: House): DialUdp => {
  const { cluster: kind, loopback, lowestPort } = house.config;
  if (kind !== 'kind' && kind !== 'kubeconfig') return loopbackDialUdp(loopback, lowestPort, dialUdp);
  return (to, options) => {
    const { cluster } = house;
    return (cluster?.dialUdp && cluster.route(to) === undefined ? cluster.dialUdp : dialUdp)(to, options);
  };
};

const openDataplane = async (house: House): Promise<Dataplane> => {
  const { config, clock, log, endings, history } = house;
  const dial = loopbackDial(config.loopback, config.lowestPort);
  const route = loopbackRoute(config.loopback, config.lowestPort);
  const dataplane = createDataplane({
    dial: (to, from) => (house.cluster?.dial ?? dial)(to, from),
    dialUdp: datagrams(house),
    clock,
    log,
    ...(await chooseEngine(config, { route: (to) => (house.cluster?.route ?? route)(to), clock, log })),
  });
  endings.push(() => dataplane.close(), history.follow(dataplane.health));
  return dataplane;
};

const openState = async ({ config, clock, log, endings }: House) => {
  const claim = await claimLoopback(config.loopback);
  endings.push(claim.release);
  const store = await createStore({ directory: config.stateDir, clock, log });
  endings.push(() => store.close());
  const { names: mode, hostsFile, dnsPort, region } = config;
  const names = await openNames({ mode, hostsFile, id: runIdOf(config.stateDir), dnsPort, region, log });
  endings.push(() => names.close());
  return { store, names };
};

const servicesOf = ({ config, cluster }: House, aws: Aws): Record<string, string> => {
  const kubernetes = cluster ? 'running' : config.cluster === 'none' ? 'disabled' : 'starting';
  return { ...Object.fromEntries(Object.keys(aws.dispatch.services).map((name) => [name, 'running'])), kubernetes };
};

const openWeb = async (house: House, running: Omit<Running, 'endpoint'>, info: () => object): Promise<string> => {
  const { config, clock, log, history, token, onStop, endings } = house;
  const { dispatch, store, dataplane, names } = running;
  const door = createWebDoor({
    version: version(),
    port: config.port,
    host: config.host,
    ...(config.publicHost === undefined ? {} : { publicHost: config.publicHost }),
    answer: history.notingHttp(dispatch.answer),
    refuse: dispatch.refuse,
    bodyLimit: dispatch.bodyLimit,
    services: () => servicesOf(house, running),
    info: async () => {
      await dataplane.refresh();
      return info();
    },
    metrics: createMetrics({ store, dataplane, instances: house.instances }),
    history: history.records,
    orphans: { look: async () => (await house.controller?.orphans.look()) ?? [], remove: async () => (await house.controller?.orphans.remove()) ?? [] },
    stop: { token, run: onStop },
    resolve: resolverOf(names, dataplane),
    clock,
    log,
  });
  const { url } = await door.listen();
  endings.push(() => door.close());
  return url.replace('//0.0.0.0:', '//127.0.0.1:');
};

/** Opens everything that needs no cluster, and connects the state to the data plane. */
export const openDoor = async (house: House, info: () => object): Promise<Running> => {
  const { config, clock, log, instances, endings, began } = house;
  const { store, names } = await openState(house);
  const dataplane = await openDataplane(house);
  const vpc = createVpc(config.region, config.account, config.clusterName, instances.list);
  const cluster = () => house.cluster && clusterFacts(house.cluster, began);
  const aws = createAws({ config, store, vpc, health: dataplane.health, cluster, clock, log });
  const standing = { ...aws, store, dataplane, names, vpc };
  const endpoint = await openWeb(house, standing, info);
  const traffic = connectTraffic({ store, dataplane, names, instances, subnets: vpc.subnets, loopback: config.loopback, timing: config.timing, clock, log });
  endings.push(() => traffic.stop());
  return { ...standing, endpoint };
};
