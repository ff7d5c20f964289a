// What `doctor` looks at: gathered once, so that the checks can be pure.
import fs from 'node:fs';
import os from 'node:os';
import { defaultConfig, type Config } from '../../config.js';
import type { Info } from '../../main.js';
import { hostsFact, lookup, nameservers, tryPort, unprivilegedPortStart, type HostsFact, type LookupFact, type PortFact } from '../../main/machine.js';
import { fetchInfo } from '../admin.js';
import { ask, type Ran } from '../run.js';
import { isAlive } from '../../process-life.js';
import { alive, readRunFile, stateDirOf, type StateOptions } from '../run-file.js';
import { gatherClocks, gatherLeftovers, type ClockFacts, type LeftoverFacts } from './leftover-facts.js';

export const toolNames = ['kubectl', 'aws', 'jq', 'curl', 'envsubst', 'docker', 'kind'] as const;
export type ToolName = (typeof toolNames)[number];

export type Facts = {
  platform: NodeJS.Platform;
  node: string;
  root: boolean;
  memory: number;
  tools: Record<ToolName, Ran>;
  /** The AWS endpoint's, Kubernetes', and port 80 of a load balancer's address. */
  ports: { aws: PortFact; kube: PortFact; http: PortFact };
  /** An address of the VPC's block and one of the load balancers'. */
  loopback: PortFact[];
  unprivilegedPortStart: number | undefined;
  hosts: HostsFact;
  /** The blocks' writers that have died. */
  deadBlocks: string[];
  env: Record<string, string>;
  stateDir: string;
  run: { pid: number; alive: boolean; info?: Info } | undefined;
  /** 0: the DNS responder is not used. */
  dnsPort: number;
  nameservers: string[];
  lookups: LookupFact[];
  leftovers: LeftoverFacts;
  clock: ClockFacts;
  /** Whether a state directory that somebody names is not there. */
  gone(stateDir: string): boolean;
};

const arguments_: Record<ToolName, string[]> = {
  kubectl: ['version', '--client'],
  aws: ['--version'],
  jq: ['--version'],
  curl: ['--version'],
  envsubst: ['--version'],
  docker: ['info', '--format', '{{.ServerVersion}}'],
  kind: ['version'],
};

const relevant = /^(AWS_|KUBECONFIG$|(https?|no|all)_proxy$)/i;

const secret = /SECRET|TOKEN|ACCESS_KEY/;

const variables = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value !== undefined && relevant.test(name) && !secret.test(name) ? [[name, value]] : [])));

const runFact = async (stateDir: string): Promise<Facts['run']> => {
  const run = readRunFile(stateDir);
  if (!run) return undefined;
  if (!alive(run)) return { pid: run.pid, alive: false };
  const info = await fetchInfo(run).catch(() => undefined);
  return { pid: run.pid, alive: true, ...(info ? { info } : {}) };
};

const portFacts = async ({ port, kubePort, loopback }: Config): Promise<Pick<Facts, 'ports' | 'loopback'>> => {
  const [aws, kube, http, vpc, balancers] = await Promise.all([
    tryPort('127.0.0.1', port), tryPort('127.0.0.1', kubePort), tryPort(`127.${loopback + 1}.0.1`, 80),
    tryPort(`127.${loopback}.255.254`, 0), tryPort(`127.${loopback + 1}.0.1`, 0),
  ]);
  return { ports: { aws, kube, http }, loopback: [vpc, balancers] };
};

const hostsFacts = (file: string): Pick<Facts, 'hosts' | 'deadBlocks'> => {
  const hosts = hostsFact(file);
  return { hosts, deadBlocks: hosts.blocks.filter(({ pid }) => !isAlive(pid)).map(({ id }) => id) };
};

/** One name stands for all, where the system's resolver has to know them. */
const lookups = async (run: Facts['run'], dnsPort: number): Promise<Facts['lookups']> => {
  const [first] = run?.info?.loadBalancers ?? [];
  const needed = dnsPort > 0 || run?.info?.names.mode === 'hosts';
  return first && needed ? [await lookup(first.DNSName)] : [];
};

const toolFacts = async (): Promise<Facts['tools']> =>
  Object.fromEntries(await Promise.all(toolNames.map(async (name) => [name, await ask(name, arguments_[name])] as const))) as Facts['tools'];

/** Looks at this machine, its shell, and the run of `options`, if there is one. */
export const gather = async (options: StateOptions & { dnsPort?: number }): Promise<Facts> => {
  const config = defaultConfig();
  const stateDir = stateDirOf(options);
  const dnsPort = options.dnsPort ?? config.dnsPort;
  const run = await runFact(stateDir);
  const [tools, ports, leftovers, clock, names] = await Promise.all([toolFacts(), portFacts(config), gatherLeftovers(), gatherClocks(stateDir), lookups(run, dnsPort)]);
  return {
    platform: process.platform,
    node: process.version,
    root: process.getuid?.() === 0,
    memory: os.totalmem(),
    unprivilegedPortStart: unprivilegedPortStart(),
    env: variables(process.env),
    nameservers: nameservers(),
    gone: (folder) => !fs.existsSync(folder),
    ...hostsFacts(config.hostsFile),
    ...ports,
    stateDir, run, tools, dnsPort, leftovers, clock,
    lookups: names,
  };
};
