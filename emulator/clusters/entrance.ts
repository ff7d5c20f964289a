// Lets pods of a cluster whose nodes this machine shares a network with reach load balancers here: doors on this machine's address there.
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import ipaddr from 'ipaddr.js';
import { join } from '../join.js';
import { reset } from '../reset.js';
import type { Outside } from '../tinykube/tinykube.js';
import type { ServiceName } from './corefile.js';
import { entranceList, entranceNamespace, entranceOf, leadOf, type Door } from './entrance-objects.js';
import type { Deps } from './kubectl-cluster.js';
import { failure, type Run } from './run.js';

export type Entrance = {
  /** Opens doors for these load balancers and no others; answers with where each name leads inside the cluster. */
  lead(names: readonly ServiceName[]): Promise<ServiceName[]>;
  close(): void;
};

type Interface = { family: string; internal: boolean; cidr: string | null; address: string };

/** This machine's own address in the network of a node; undefined where it has none, as under a virtual machine. Pure. */
export const addressBeside = (node: string, interfaces: readonly Interface[]): string | undefined =>
  interfaces.find(({ family, internal, cidr }) => family === 'IPv4' && !internal && cidr !== null && ipaddr.IPv4.parse(node).match(ipaddr.IPv4.parseCIDR(cidr)))?.address;

const listenOn = (address: string, serve: (client: net.Socket) => void): Promise<net.Server> =>
  new Promise((resolve, reject) => {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, serve);
    server.once('error', reject).listen(0, address, () => resolve(server));
  });

const portOf = (server: net.Server): number => (server.address() as AddressInfo).port;

/** Whether a node gets to this machine: firewalls are often shut to containers. */
const isReached = async (address: string, container: string, execute: Run): Promise<boolean> => {
  const server = await listenOn(address, (client) => void client.on('error', () => {}).end());
  try {
    return (await execute('docker', ['exec', container, 'bash', '-c', `exec 3<>/dev/tcp/${address}/${portOf(server)}`], { timeout: 5_000 })).ok;
  } finally {
    server.close();
  }
};

const openDoors = async (address: string, { name, ports = [] }: ServiceName, outside: Outside): Promise<{ servers: net.Server[]; doors: Door[] }> => {
  const servers: net.Server[] = [];
  const doors: Door[] = [];
  for (const port of ports) {
    const server = await listenOn(address, (client) => {
      const place = outside(name, port);
      if (!place) return reset(client.on('error', () => {}));
      join(client, net.connect({ host: place.address, port: place.port, allowHalfOpen: true, noDelay: true }));
    });
    servers.push(server);
    doors.push({ port, local: portOf(server) });
  }
  return { servers, doors };
};

type Opened = { ports: string; servers: net.Server[]; doors: Door[] };

const createEntrance = (address: string, kubeconfig: string, outside: Outside, execute: Run): Entrance => {
  const open = new Map<string, Opened>();
  const kubectl = async (args: string[], input?: string): Promise<void> => {
    const ran = await execute('kubectl', ['--kubeconfig', kubeconfig, ...args], input === undefined ? {} : { input });
    if (!ran.ok) throw failure('the entrance for pods could not be written', ran);
  };
  const shut = (name: string): void => {
    for (const server of open.get(name)?.servers ?? []) server.close();
    open.delete(name);
  };
  const follow = async (one: ServiceName): Promise<void> => {
    const ports = (one.ports ?? []).join();
    if (open.get(one.name)?.ports === ports) return;
    shut(one.name);
    if (ports !== '') open.set(one.name, { ports, ...(await openDoors(address, one, outside)) });
  };
  return {
    lead: async (names) => {
      const gone = [...open.keys()].filter((name) => !names.some((one) => one.name === name));
      gone.forEach(shut);
      if (gone.length > 0) await kubectl(['delete', 'service,endpointslice', '-n', entranceNamespace, '--ignore-not-found', ...gone.map(entranceOf)]);
      for (const one of names) await follow(one);
      const doors = new Map([...open].map(([name, { doors: own }]) => [name, own]));
      if (doors.size > 0) await kubectl(['apply', '-f', '-'], JSON.stringify(entranceList(address, doors)));
      return names.map((one) => leadOf(one, doors.get(one.name)));
    },
    close: () => [...open.keys()].forEach(shut),
  };
};

export type EntranceOptions = { kubeconfig: string; node: { name: string; address: string } | undefined; outside: Outside | undefined; interfaces?: readonly Interface[] };

const ownInterfaces = (): Interface[] => Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);

/** Opened where a node's container shows that it gets here; undefined where it does not. */
export const openEntrance = async ({ kubeconfig, node, outside, interfaces = ownInterfaces() }: EntranceOptions, { execute, log }: Deps): Promise<Entrance | undefined> => {
  const address = node && addressBeside(node.address, interfaces);
  if (!node || !outside || address === undefined) return undefined;
  const reached = await isReached(address, node.name, execute).catch(() => false);
  if (!reached) log.info({ address }, 'nodes do not get to this machine: names lead pods to Services');
  return reached ? createEntrance(address, kubeconfig, outside, execute) : undefined;
};

/** Takes everything of it out of the cluster. */
export const removeEntrance = async (kubeconfig: string, execute: Run): Promise<void> =>
  void (await execute('kubectl', ['--kubeconfig', kubeconfig, 'delete', 'namespace', entranceNamespace, '--ignore-not-found', '--wait=false']));
