// The ways to the nodes and pods of a kind cluster, in order: straight, by routes that are added, through a container of their network.
import { messageOf } from '../errors.js';
import { openContainer, type Container } from './container.js';
import { writeRecord, type KindRecord } from './kind-record.js';
import { lookAround, type Deps } from './kubectl-cluster.js';
import { routesInTheWay, routesTo, type NodeFact } from './nodes.js';
import { decideReach, wantsContainer, wantsRoutes, type Reach } from './reach.js';

type Existing = { dst?: string; gateway?: string }[];

export type Place = { name: string; stateDir: string; kubeconfig: string; nodes: readonly NodeFact[]; record: KindRecord };

/** Adds the routes to pods when this is Linux and we may; says whether they are there, or nothing is changed. */
const addRoutes = async ({ record, stateDir, nodes }: Place, { execute, say, log }: Deps): Promise<boolean> => {
  const routes = routesTo(nodes);
  const shown = await execute('ip', ['-json', 'route', 'show']);
  if (!shown.ok || routes.length === 0) return false;
  const blocked = routesInTheWay(routes, JSON.parse(shown.stdout || '[]') as Existing);
  if (blocked.length > 0) {
    log.warn({ blocked }, 'other routes to the pods are in the way');
    return false;
  }
  record.routes = routes;
  writeRecord(stateDir, record);
  for (const [at, { cidr, via }] of routes.entries()) {
    const added = await execute('ip', ['route', 'replace', cidr, 'via', via]);
    if (added.ok) continue;
    log.info({ line: added.line, output: added.output }, 'a route could not be added');
    for (const done of routes.slice(0, at)) await execute('ip', ['route', 'del', done.cidr, 'via', done.via]);
    record.routes = [];
    writeRecord(stateDir, record);
    return false;
  }
  say(`${routes.length} routes to pods`);
  return true;
};

/** Never fails a start: without the container there is the port-forward, and the reason is said. */
const tryContainer = async ({ name, record, stateDir }: Place, deps: Deps): Promise<{ container?: Container; notes: string[] }> => {
  deps.say('nodes are out of reach from here: starting a container in their network');
  record.container = true;
  writeRecord(stateDir, record);
  try {
    return { container: await openContainer(name, deps), notes: [] };
  } catch (error) {
    deps.log.warn({ error }, 'the container could not be started');
    return { notes: [`no container in the kind network: ${messageOf(error)}`] };
  }
};

export type Ways = { reach: Reach; container?: Container; notes: string[] };

/** Looks, and makes a way where looking shows none. */
export const findWays = async (place: Place, deps: Deps): Promise<Ways> => {
  const { kubeconfig, nodes } = place;
  const direct = await lookAround(kubeconfig, nodes, deps);
  const reach = decideReach({ direct }, false);
  if (wantsRoutes(reach) && (await addRoutes(place, deps))) return { reach: decideReach({ direct: await lookAround(kubeconfig, nodes, deps) }, true), notes: [] };
  if (!wantsContainer(reach)) return { reach, notes: [] };
  const tried = await tryContainer(place, deps);
  if (!tried.container) return { ...tried, reach };
  return { ...tried, reach: decideReach({ direct, container: await lookAround(kubeconfig, nodes, deps, tried.container.dial) }, false) };
};
