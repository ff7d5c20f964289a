// A process of the data plane's contract: balancer, targets or clients, in whatever network namespace it was started.
import dgram from 'node:dgram';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { systemClock } from '../../emulator/clock.js';
import { createDataplane } from '../../emulator/dataplane/dataplane.js';
import { dialTcp } from '../../emulator/dataplane/dial.js';
import { systemCommands, type Commands, type Ran } from '../../emulator/dataplane/kernel/commands.js';
import { openKernel } from '../../emulator/dataplane/kernel/engine.js';
import type { Dataplane, DataplanePlan } from '../../emulator/dataplane/types.js';
import { silentLog } from '../../emulator/log.js';

/** What a client has received since it was asked last, and how its connection ended, if it did. */
export type Heard = { id: number; text: string; how: string | undefined };

type Conversation = { socket: Socket; text: string; how: string | undefined; news: () => void };

const conversations = new Map<number, Conversation>();
const servers = new Map<string, { tcp: net.Server; udp: dgram.Socket; sockets: Set<Socket>; endings: string[] }>();
let dataplane: Dataplane | undefined;

/** What nft is kept from: input that has this text. Empty: nothing. */
let forbidden = '';
const refusal: Ran = { ok: false, found: true, stdout: '', stderr: 'Error: not today' };
const commands: Commands = {
  ...systemCommands,
  text: (input) => (forbidden !== '' && input.includes(forbidden) ? Promise.resolve(refusal) : systemCommands.text(input)),
  batch: (list, options) => (forbidden !== '' && JSON.stringify(list).includes(forbidden) ? Promise.resolve(refusal) : systemCommands.batch(list, options)),
};

const talk = (socket: Socket): Conversation => {
  const one: Conversation = { socket, text: '', how: undefined, news: () => {} };
  const ended = (how: string): void => {
    one.how ??= how;
    one.news();
  };
  socket.on('data', (chunk: Buffer) => {
    one.text += chunk.toString('latin1');
    one.news();
  });
  socket.on('end', () => ended('end')).on('error', (error: NodeJS.ErrnoException) => ended(error.code ?? 'error')).on('close', () => ended('close'));
  return one;
};

const hear = async (id: number, enough = (text: string): boolean => text.includes('\n')): Promise<Heard> => {
  const one = conversations.get(id);
  if (!one) throw new Error(`no conversation ${id}`);
  while (!enough(one.text) && one.how === undefined) await new Promise<void>((resolve) => (one.news = resolve));
  const { text, how } = one;
  one.text = '';
  return { id, text, how };
};

// Greets with its name and the address it sees, then echoes; `!` asks for a reset, an end is answered late.
const greet = (name: string, socket: Socket, endings: string[]): void => {
  socket.on('error', (error: NodeJS.ErrnoException) => endings.push(error.code ?? 'error'));
  socket.write(`${name} ${socket.remoteAddress}\n`);
  socket.on('data', (chunk: Buffer) => void (chunk[0] === 33 ? socket.resetAndDestroy() : socket.write(chunk)));
  socket.on('end', () => {
    endings.push('end');
    setImmediate(() => socket.end('late\n'));
  });
};

const serve = async (name: string, address: string, port: number): Promise<void> => {
  const [sockets, endings] = [new Set<Socket>(), [] as string[]];
  const tcp = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
    greet(name, socket, endings);
  });
  const udp = dgram.createSocket('udp4').on('message', (message, from) => udp.send(`${name} ${from.address} ${message.toString()}`, from.port, from.address));
  tcp.listen({ host: address, port, backlog: 1024 });
  udp.bind(port, address);
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')]);
  servers.set(name, { tcp, udp, sockets, endings });
};

const methods = {
  serve,
  /** Refuses from now on; connections that exist stay. */
  stop: async (name: string): Promise<void> => {
    const server = servers.get(name);
    servers.delete(name);
    server?.tcp.close();
    server?.udp.close();
  },
  sockets: async (name: string): Promise<number> => servers.get(name)?.sockets.size ?? 0,
  /** How a target's connections ended; waits for `count` of them. */
  endings: async (name: string, count: number): Promise<string[]> => {
    const endings = servers.get(name)?.endings ?? [];
    while (endings.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    return endings;
  },
  open: async (id: number, host: string, port: number, from?: string): Promise<Heard> => {
    const socket = net.connect({ host, port, allowHalfOpen: true, ...(from === undefined ? {} : { localAddress: from }) });
    conversations.set(id, talk(socket));
    return hear(id);
  },
  say: async (id: number, text: string): Promise<Heard> => {
    conversations.get(id)?.socket.write(text);
    return hear(id, (heard) => heard.length >= text.length);
  },
  end: async (id: number): Promise<Heard> => {
    conversations.get(id)?.socket.end();
    return hear(id, () => false);
  },
  leave: async (id: number): Promise<void> => {
    conversations.get(id)?.socket.resetAndDestroy();
    conversations.delete(id);
  },
  /** Each datagram from the same port; what was answered within `patience` ms. */
  datagrams: async (from: string, host: string, port: number, messages: string[], localPort = 0, patience = 500): Promise<string[]> => {
    const socket = dgram.createSocket('udp4');
    const answers: string[] = [];
    socket.on('error', () => {});
    await new Promise<void>((resolve) => socket.bind(localPort, from, resolve));
    for (const message of messages) {
      const answered = Promise.race([once(socket, 'message').then(([data]) => String(data)), new Promise<string>((resolve) => setTimeout(resolve, patience, 'nothing'))]);
      socket.send(message, port, host);
      answers.push(await answered);
    }
    socket.close();
    return answers;
  },
  start: async (engine: 'user' | 'kernel', runId: string): Promise<string> => {
    const kernel = engine === 'kernel' ? await openKernel({ runId, route: (to) => to, clock: systemClock, log: silentLog, commands }) : undefined;
    if (kernel && !('carry' in kernel)) return kernel.problem;
    dataplane = createDataplane({ dial: dialTcp, clock: systemClock, log: silentLog, ...(kernel ? { kernel } : {}) });
    return '';
  },
  apply: async (plan: DataplanePlan): Promise<void> => dataplane?.apply(plan),
  /** Resolves when each target has the status: `pool|target` to status. */
  health: (wanted: Record<string, string>): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        const holds = Object.entries(wanted).every(([key, status]) => dataplane?.health.of(...(key.split('|') as [string, string]))?.status === status);
        if (!holds) return;
        off?.();
        resolve(dataplane?.apply(current ?? { pools: [], listeners: [] }));
      };
      const off = dataplane?.health.onChange(check);
      check();
    }),
  counters: async (): Promise<ReturnType<Dataplane['counters']> | undefined> => {
    await dataplane?.refresh();
    return dataplane?.counters();
  },
  trace: async () => {
    await dataplane?.refresh();
    return dataplane?.trace();
  },
  forbid: async (text = ''): Promise<void> => void (forbidden = text),
  problems: async () => dataplane?.problems(),
  bound: async () => dataplane?.bound(),
  engines: async () => dataplane?.engines(),
  close: async (): Promise<void> => dataplane?.close(),
};

let current: DataplanePlan | undefined;
const { apply } = methods;
methods.apply = (plan) => {
  current = plan;
  return apply(plan);
};

export type Methods = typeof methods;

type Call = { id: number; method: keyof Methods; args: never[] };

process.on('message', ({ id, method, args }: Call) => {
  (methods[method] as (...given: never[]) => Promise<unknown>)(...args).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
process.send?.('ready');
