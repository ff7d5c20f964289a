// What `doctor` concludes from the facts about tools and ports: pure, one function per check, each with its remedy.
import type { PortFact } from '../../main/machine.js';
import type { Facts, ToolName } from './facts.js';
import { machineChecks } from './machine-checks.js';
import { shellChecks } from './shell-checks.js';

/** `stop`: a workshop page would not get through. `warn`: something will be other than expected. */
export type Finding = { check: string; level: 'ok' | 'warn' | 'stop'; says: string; remedy?: string };

export type Check = (facts: Facts) => Finding[];

/** The first dotted number in a text, as numbers; undefined without one. */
export const versionIn = (text: string): number[] | undefined => /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text)?.slice(1).map((part) => Number(part ?? 0));

export const atLeast = (version: readonly number[], wanted: readonly number[]): boolean => {
  const different = wanted.findIndex((part, index) => part !== (version[index] ?? 0));
  return different === -1 || (version[different] ?? 0) > (wanted[different] ?? 0);
};

const node: Check = ({ node: text }) => {
  const fits = atLeast(versionIn(text) ?? [], [20, 19]);
  return [fits ? { check: 'node', level: 'ok', says: `Node ${text}` } : { check: 'node', level: 'stop', says: `Node ${text} is too old`, remedy: 'Install Node 20.19 or newer.' }];
};

const packages: Partial<Record<ToolName, string>> = { envsubst: 'gettext (Debian: gettext-base)', aws: 'the AWS CLI, version 2.13 or newer', kubectl: 'kubectl 1.28 or newer' };

// With a client three releases from the server most of the page works; older ones were never tried.
const oldest: Partial<Record<ToolName, { version: number[]; level: 'warn' | 'stop'; why: string }>> = {
  kubectl: { version: [1, 28], level: 'warn', why: 'is far behind the 1.33 of the embedded cluster' },
  curl: { version: [7, 71], level: 'stop', why: 'does not know --retry-all-errors, which the pages use' },
};

const tool = (name: ToolName): Check => ({ tools }) => {
  const { found, output } = tools[name];
  const wanted = packages[name] ?? name;
  if (!found) return [{ check: name, level: 'stop', says: `${name} is not installed`, remedy: `Install ${wanted}.` }];
  const version = versionIn(output);
  const limit = oldest[name];
  if (limit && version && !atLeast(version, limit.version)) return [{ check: name, level: limit.level, says: `${name} ${version.join('.')} ${limit.why}`, remedy: `Install ${name} ${limit.version.join('.')} or newer.` }];
  return [{ check: name, level: 'ok', says: version ? `${name} ${version.join('.')}` : name }];
};

/** AWS_ENDPOINT_URL came to the CLI with 1.29.0 and 2.13.0. */
const aws: Check = (facts) => {
  const { found, output } = facts.tools.aws;
  const version = versionIn(/aws-cli\/(\S+)/.exec(output)?.[1] ?? '');
  if (!found || !version) return tool('aws')(facts);
  if (atLeast(version, version[0] === 1 ? [1, 29] : [2, 13])) return [{ check: 'aws', level: 'ok', says: `aws ${version.join('.')}` }];
  return [{
    check: 'aws', level: 'stop', says: `aws ${version.join('.')} does not know AWS_ENDPOINT_URL`,
    remedy: 'Install AWS CLI 2.13 or newer, or type `npx nlbox aws …` instead of `aws …`: it adds --endpoint-url.',
  }];
};

const heldBy = ({ owner }: PortFact): string => (owner ? `process ${owner.pid} (${owner.command})` : 'another process');
const stopIt = ({ owner }: PortFact): string => (owner ? `Stop it with \`kill ${owner.pid}\`` : 'Stop that process');

const awsPort: Check = ({ ports: { aws: fact }, run }) => {
  if (fact.code === undefined) return [{ check: 'port-aws', level: 'ok', says: `port ${fact.port} is free` }];
  if (run?.alive && (fact.owner === undefined || fact.owner.pid === run.pid)) return [{ check: 'port-aws', level: 'ok', says: `port ${fact.port} is held by nlbox (pid ${run.pid})` }];
  return [{ check: 'port-aws', level: 'stop', says: `port ${fact.port} of the AWS endpoint is held by ${heldBy(fact)}`, remedy: `${stopIt(fact)}, or start with --port 4567.` }];
};

const kubePort: Check = ({ ports: { kube: fact }, run }) => {
  if (fact.code === undefined) return [{ check: 'port-kube', level: 'ok', says: `port ${fact.port} is free` }];
  if (run?.alive && fact.owner?.pid === run.pid) return [{ check: 'port-kube', level: 'ok', says: `port ${fact.port} is held by nlbox (pid ${run.pid})` }];
  return [{ check: 'port-kube', level: 'warn', says: `port ${fact.port} is held by ${heldBy(fact)}; Kubernetes will take another`, remedy: 'Nothing need be done: the kubeconfig of nlbox has the port that was taken.' }];
};

/** Load balancers have addresses of their own; only somebody who listens on every address is in their way. */
const httpPort: Check = ({ ports: { http: fact }, run, unprivilegedPortStart }) => {
  if (fact.code === undefined || (run?.alive && fact.owner?.pid === run.pid)) return [{ check: 'port-80', level: 'ok', says: 'port 80 can be opened on load balancer addresses' }];
  const proxied = 'load balancers will listen on another port, and only the forward proxy (http_proxy) keeps their names true on port 80';
  if (fact.code === 'EACCES') {
    const start = unprivilegedPortStart ?? 1024;
    return [{ check: 'port-80', level: 'warn', says: `ports below ${start} need privileges: ${proxied}`, remedy: 'Use `eval "$(npx nlbox env)"`, or allow them with `sudo sysctl net.ipv4.ip_unprivileged_port_start=80`.' }];
  }
  if (fact.code === 'EADDRINUSE') return [{ check: 'port-80', level: 'warn', says: `port 80 on every address is held by ${heldBy(fact)}: ${proxied}`, remedy: `${stopIt(fact)}, or let it listen on one address only.` }];
  return [];
};

const loopback: Check = ({ loopback: addresses, platform }) => {
  const missing = addresses.filter(({ code }) => code === 'EADDRNOTAVAIL');
  if (missing.length === 0) return [{ check: 'loopback', level: 'ok', says: 'addresses of 127.0.0.0/8 can be used' }];
  const remedy = platform === 'darwin' ? missing.map(({ host }) => `sudo ifconfig lo0 alias ${host} up`).join('; ') : 'sudo ip address add 127.0.0.1/8 dev lo';
  return [{ check: 'loopback', level: 'stop', says: `${missing.map(({ host }) => host).join(' and ')} cannot be used`, remedy: `Only Linux answers on all of 127.0.0.0/8 without set-up. Add each address that is used: \`${remedy}\`, or run nlbox in a Linux container.` }];
};

const gigabyte = 2 ** 30;

const memory: Check = ({ memory: bytes, tools }) => {
  const has = `${(bytes / gigabyte).toFixed(1)} GiB of memory`;
  if (bytes < gigabyte / 2) return [{ check: 'memory', level: 'warn', says: `${has} is little`, remedy: 'nlbox with the embedded cluster needs about 200 MiB; close other programs.' }];
  if (tools.kind.found && tools.docker.ok && bytes < 6 * gigabyte) return [{ check: 'memory', level: 'warn', says: `${has} is little for the workshop on kind`, remedy: 'Four nodes and the workshop want 6 GiB; use the embedded cluster (the default).' }];
  return [{ check: 'memory', level: 'ok', says: has }];
};

const kind: Check = ({ tools: { docker, kind: binary } }) => {
  if (docker.ok && binary.found) return [{ check: 'kind', level: 'ok', says: `Docker ${docker.output.trim()} and kind ${versionIn(binary.output)?.join('.') ?? ''} are there for --cluster kind` }];
  const missing = [docker.found ? (docker.ok ? undefined : 'Docker does not answer') : 'Docker is not installed', binary.found ? undefined : 'kind is not installed'].filter((one) => one !== undefined);
  return [{ check: 'kind', level: 'ok', says: `${missing.join(' and ')}: --cluster kind is not possible; the embedded cluster needs neither` }];
};

const checks: readonly Check[] = [
  node, tool('kubectl'), aws, tool('jq'), tool('curl'), tool('envsubst'), kind, awsPort, kubePort, httpPort, loopback, memory, ...machineChecks, ...shellChecks,
];

export const diagnose = (facts: Facts): Finding[] => checks.flatMap((check) => check(facts));
