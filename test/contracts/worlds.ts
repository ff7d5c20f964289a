// Networks for the data plane's contract: loopback, or namespaces of their own for clients, balancer and targets.
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Methods } from './dataplane-worker.js';

/** A process that does what it is asked. */
export type Worker = { call<M extends keyof Methods>(method: M, ...args: Parameters<Methods[M]>): ReturnType<Methods[M]> };

export type World = {
  balancer: Worker;
  targets: Worker;
  clients: Worker;
  /** Zone a, zone b, and the front. */
  nodes: { a: string; b: string; front: string };
  targetAddresses: string[];
  clientAddresses: string[];
  /** SIGKILL for the balancer, and another in its place; undefined where it is one process with the others. */
  killBalancer?(): Promise<void>;
  /** Runs a command where the balancer is. */
  run(command: string, ...args: string[]): string;
  close(): Promise<void>;
};

const file = fileURLToPath(new URL('./dataplane-worker.js', import.meta.url));

type Answer = { id: number; result?: unknown; error?: string };

const startWorker = async (namespace: string | undefined, children: ChildProcess[]): Promise<Worker> => {
  const inside = namespace === undefined ? {} : { execPath: 'ip', execArgv: ['netns', 'exec', namespace, process.execPath] };
  const child = fork(file, inside);
  children.push(child);
  await once(child, 'message');
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer));
  const call = (method: string, ...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      last += 1;
      const id = last;
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(error));
      });
      child.send({ id, method, args });
    });
  return { call: call as Worker['call'] };
};

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Why no network namespace can be made here; undefined: they can. */
export const namespaceObstacle = (): string | undefined => {
  const name = `nlbox-try-${process.pid}`;
  try {
    ip('netns', 'add', name);
    ip('netns', 'delete', name);
    return undefined;
  } catch (error) {
    return String((error as { stderr?: string }).stderr || (error as Error).message).trim();
  }
};

const stopAll = async (children: readonly ChildProcess[]): Promise<void> => {
  const ends = children.map((child) => child.exitCode === null && once(child, 'exit'));
  for (const child of children) child.kill();
  await Promise.all(ends);
};

const runIn = (namespace: string) => (command: string, ...args: string[]): string => ip('netns', 'exec', namespace, command, ...args);

const numbered = (prefix: string, from: number, count: number): string[] => Array.from({ length: count }, (_, at) => `${prefix}.${from + at}`);

/** One process on loopback for all roles; in a namespace of its own where that can be had. */
export const loopbackWorld = async (namespaced: boolean): Promise<World> => {
  const block = 100 + Math.floor(Math.random() * 150);
  const name = `nlbox-lo-${process.pid}-${block}`;
  const children: ChildProcess[] = [];
  if (namespaced) {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  const one = await startWorker(namespaced ? name : undefined, children);
  return {
    balancer: one, targets: one, clients: one,
    nodes: { a: `127.${block}.1.1`, b: `127.${block}.1.2`, front: `127.${block}.1.3` },
    targetAddresses: numbered(`127.${block}.2`, 1, 4),
    clientAddresses: numbered(`127.${block}.3`, 1, 12),
    run: runIn(name),
    close: async () => {
      await stopAll(children);
      if (namespaced) ip('netns', 'delete', name);
    },
  };
};

const join = (one: string, other: string, link: string, addresses: readonly string[], others: readonly string[]): void => {
  ip('link', 'add', `${link}0`, 'netns', one, 'type', 'veth', 'peer', 'name', `${link}1`, 'netns', other);
  for (const [namespace, device, own] of [[one, `${link}0`, addresses], [other, `${link}1`, others]] as const) {
    for (const address of own) ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', device);
    ip('-n', namespace, 'link', 'set', device, 'up');
  }
};

/** Clients, balancer and targets in three namespaces: clients and targets meet through the balancer only. */
export const routedWorld = async (): Promise<World> => {
  const id = `${process.pid}-${Math.floor(Math.random() * 1e4)}`;
  const [clients, balancer, targets] = [`nlbox-c-${id}`, `nlbox-b-${id}`, `nlbox-t-${id}`] as const;
  const nodes = { a: '10.77.1.1', b: '10.77.1.2', front: '10.77.1.3' };
  const targetAddresses = numbered('10.77.2', 11, 4);
  const clientAddresses = numbered('10.77.1', 101, 12);
  for (const name of [clients, balancer, targets]) {
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  join(balancer, clients, 'c', Object.values(nodes), clientAddresses);
  join(balancer, targets, 't', ['10.77.2.1'], targetAddresses);
  ip('-n', clients, 'route', 'add', 'default', 'via', nodes.a);
  ip('-n', targets, 'route', 'add', 'default', 'via', '10.77.2.1');
  runIn(balancer)('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  const children: ChildProcess[] = [];
  const b = await startWorker(balancer, children);
  const [c, t] = await Promise.all([startWorker(clients, children), startWorker(targets, children)]);
  const world: World = {
    balancer: b, clients: c, targets: t, nodes, targetAddresses, clientAddresses,
    run: runIn(balancer),
    killBalancer: async () => {
      const [victim] = children;
      const gone = victim && once(victim, 'exit');
      victim?.kill('SIGKILL');
      await gone;
      children.shift();
      const before = children.length;
      world.balancer = await startWorker(balancer, children);
      children.unshift(...children.splice(before));
    },
    close: async () => {
      await stopAll(children);
      for (const name of [clients, balancer, targets]) ip('netns', 'delete', name);
    },
  };  return world;
};
