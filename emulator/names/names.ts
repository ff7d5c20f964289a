// Makes the AWS name of a load balancer reach it: through the hosts file where we may write it, else through the forward proxy.
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { createHostsBlock, removeStale, writable } from './hosts.js';
import { canonical, dnsTable, hostsEntries, nameTable, type NamedLoadBalancer, type NameTable } from './table.js';

export type NamesOptions = {
  mode: 'auto' | 'hosts' | 'proxy';
  hostsFile: string;
  /** Tells the blocks of two runs apart; the same state directory should give the same id. */
  id: string;
  log: Log;
};

export type Names = {
  /** How names are made to work at this moment. */
  mode(): 'hosts' | 'proxy';
  /** What there is now; replaces what there was. What is the same object as before is the same. */
  update(loadBalancers: readonly NamedLoadBalancer[]): void;
  /** The addresses of a name, in the order of its zones. */
  resolve(host: string): string[] | undefined;
  /** The addresses that DNS gives a client for a name at this moment: those of healthy zones, or of its own. */
  inDns(host: string, client?: string): readonly string[] | undefined;
  /** What is active and why, one sentence each. */
  report(): string[];
  /** Takes the hosts block out. */
  close(): void;
};

type Hosts = { write(table: NameTable): void; close(): void };

/** Whatever this run does with names, those of a run that died lead nowhere now. */
const clean = (file: string, log: Log): void => {
  const stale = removeStale(file);
  if (stale.length > 0) log.info({ file, ids: stale }, 'removed the hosts entries of runs that have died');
};

const openHosts = (file: string, id: string): Hosts => {
  const block = createHostsBlock({ file, id });
  let written = '';
  const write = (table: NameTable): void => {
    const entries = hostsEntries(table);
    // Called at every change of the state; most of them are none of the names.
    const text = JSON.stringify(entries);
    if (text !== written) block.set(entries);
    written = text;
  };
  return { write, close: () => block.remove() };
};

/** Why the hosts file is not used, or undefined when it may be. */
const obstacle = ({ mode, hostsFile }: NamesOptions): string | undefined => {
  if (mode === 'proxy') return 'it was asked for';
  return writable(hostsFile) ? undefined : `${hostsFile} cannot be written by this user`;
};

const sentences = (hostsFile: string, why: string | undefined, count: number): string[] =>
  why === undefined
    ? [`Names of load balancers are written to ${hostsFile} (${count} now); any program can use them.`]
    : [`Names of load balancers work through the forward proxy because ${why}.`, 'Programs need http_proxy; `eval "$(npx nlbox env)"` sets it. A browser needs /proxy.pac of the AWS endpoint as its automatic proxy configuration.'];

type HostsFile = { active(): boolean; /** Why it is not used. */ why(): string | undefined; write(table: NameTable): void; close(): void };

/** The hosts file while it can be written: given up for the proxy when it cannot, at the start or later. */
const useHosts = (options: NamesOptions): HostsFile => {
  const { hostsFile, id, log } = options;
  let hosts: Hosts | undefined;
  let why = obstacle(options);
  const attempt = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      hosts = undefined;
      why = `${hostsFile} could not be written: ${messageOf(error)}`;
      log.warn({ hostsFile, error: messageOf(error) }, 'names fall back to the forward proxy');
    }
  };
  if (writable(hostsFile)) attempt(() => clean(hostsFile, log));
  if (why === undefined) attempt(() => (hosts = openHosts(hostsFile, id)));
  else if (options.mode === 'hosts') log.warn({ hostsFile }, `names fall back to the forward proxy: ${why}`);
  return { active: () => hosts !== undefined, why: () => why, write: (table) => attempt(() => hosts?.write(table)), close: () => attempt(() => hosts?.close()) };
};

/** Falls back to the proxy when the hosts file cannot be written, at the start or later. */
export const createNames = (options: NamesOptions): Names => {
  const hosts = useHosts(options);
  const table = new Map<string, readonly string[]>();
  const zones = new Map<string, (client?: string) => readonly string[]>();
  let known: ReadonlyMap<string, NamedLoadBalancer> = new Map();
  const change = (goes: readonly NamedLoadBalancer[], comes: readonly NamedLoadBalancer[]): void => {
    for (const name of nameTable(goes).keys()) {
      table.delete(name);
      zones.delete(name);
    }
    for (const [name, addresses] of nameTable(comes)) table.set(name, addresses);
    for (const [name, now] of dnsTable(comes)) zones.set(name, now);
  };
  return {
    mode: () => (hosts.active() ? 'hosts' : 'proxy'),
    update: (loadBalancers) => {
      const next = new Map(loadBalancers.map((one) => [one.DNSName, one]));
      const goes = [...known.values()].filter((one) => next.get(one.DNSName) !== one);
      const comes = loadBalancers.filter((one) => known.get(one.DNSName) !== one);
      known = next;
      change(goes, comes);
      if (goes.length + comes.length > 0) hosts.write(table);
    },
    resolve: (host) => {
      const addresses = table.get(canonical(host));
      return addresses && [...addresses];
    },
    inDns: (host, client) => zones.get(canonical(host))?.(client),
    report: () => sentences(options.hostsFile, hosts.why(), table.size),
    close: hosts.close,
  };
};
