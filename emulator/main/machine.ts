// Facts about this machine that stand in the way of a run or help it: ports, loopback addresses, the hosts file, names.
import dns from 'node:dns/promises';
import fs from 'node:fs';
import net from 'node:net';
import { codeOf } from '../errors.js';
import { blocksIn } from '../names/block.js';
import { writable } from '../names/hosts.js';
import { portOwner } from '../web/port-owner.js';

/** `code` is the system's word for why the port cannot be had; undefined when it is free. */
export type PortFact = { host: string; port: number; code?: string; owner?: { pid: number; command: string } };

export type HostsFact = { file: string; writable: boolean; blocks: { id: string; pid: number }[] };

/** What the system's own resolver says of a name. */
export type LookupFact = { name: string; addresses: string[]; code?: string };

/** Whether a listener could be opened there: it is opened and closed again. */
export const tryPort = async (host: string, port: number): Promise<PortFact> => {
  const code = await new Promise<string | undefined>((resolve) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', (error) => resolve(codeOf(error) ?? 'unknown'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
  const owner = code === 'EADDRINUSE' ? portOwner(port) : undefined;
  return { host, port, ...(code === undefined ? {} : { code }), ...(owner ? { owner } : {}) };
};

const textOf = (file: string): string => {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

export const hostsFact = (file: string): HostsFact => ({ file, writable: writable(file), blocks: blocksIn(textOf(file)) });

/** The lowest port that a program without privileges may open; undefined where there is no such limit to read. */
export const unprivilegedPortStart = (): number | undefined => {
  const text = textOf('/proc/sys/net/ipv4/ip_unprivileged_port_start').trim();
  return text === '' ? undefined : Number(text);
};

export const nameservers = (): string[] =>
  [...textOf('/etc/resolv.conf').matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? '');

export const lookup = async (name: string): Promise<LookupFact> => {
  try {
    return { name, addresses: (await dns.lookup(name, { all: true, family: 4 })).map(({ address }) => address) };
  } catch (error) {
    return { name, addresses: [], code: codeOf(error) ?? 'unknown' };
  }
};
