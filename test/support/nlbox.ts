// Starts the product as a user does, through its command line, on addresses and folders of its own.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { execa } from 'execa';
import type { Info } from '../../emulator/main.js';

const command = path.resolve('emulator/nlbox.mjs');

export type Run = {
  env: Record<string, string>;
  stateDir: string;
  home: string;
  pid: number;
  /** The second octet of its addresses on loopback. */
  block: number;
  /** Runs a bash line with the variables that `nlbox env` prints; rejects when it fails. */
  sh(line: string): Promise<string>;
  /** The same, whatever its exit status. */
  try(line: string): Promise<{ stdout: string; stderr: string; exitCode: number }>;
  nlbox(...args: string[]): Promise<string>;
  /** What `nlbox status --json` prints, without the process that prints it: for waits. */
  info(): Promise<Info>;
  kill(signal: NodeJS.Signals): Promise<void>;
  again(...args: string[]): Promise<Run>;
};

/** A loopback block that nobody holds: drawn at random and tried. */
export const freeBlock = async (): Promise<number> => {
  for (;;) {
    const block = 100 + 2 * Math.floor(Math.random() * 70);
    const free = await new Promise<boolean>((resolve) => {
      const server = net.createServer().once('error', () => resolve(false));
      server.listen({ host: `127.${block}.255.254`, port: 4565 }, () => server.close(() => resolve(true)));
    });
    if (free) return block;
  }
};

const pyenvRoot = (): string => process.env['PYENV_ROOT'] ?? path.join(os.homedir(), '.pyenv');

/** The PATH with the folder of `aws` itself first: what pyenv puts there looks the program up each time, in a shell that takes half as long as `aws`. */
export const besideShims = (PATH = process.env['PATH'] ?? ''): string => {
  const pyenv = pyenvRoot();
  const versions = path.join(pyenv, 'version');
  const version = fs.existsSync(versions) ? (fs.readFileSync(versions, 'utf8').split('\n')[0] ?? '') : '';
  const folder = path.join(pyenv, 'versions', version, 'bin');
  return fs.existsSync(path.join(folder, 'aws')) ? `${folder}${path.delimiter}${PATH}` : PATH;
};

/** The environment without anything that points at AWS, a cluster, a proxy or another nlbox. */
export const cleanEnv = (home: string): Record<string, string> => {
  const env = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  for (const name of Object.keys(env)) if (/^(AWS_|NLBOX_|KUBECONFIG|https?_proxy|no_proxy)/i.test(name)) delete env[name];
  return { ...env, PATH: besideShims(), HOME: home, PYENV_ROOT: pyenvRoot() };
};

const ready = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      if (text.includes('is ready')) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`nlbox ended with ${code}:\n${text}`)));
  });

type Placement = { folder: string; block: number; env: Record<string, string> };

const launch = async ({ folder, block, env }: Placement, flags: string[]): Promise<Run> => {
  const stateDir = path.join(folder, 'state');
  const base = ['--state-dir', stateDir];
  const child = spawn(process.execPath, [command, ...base, 'up', '--port', '0', '--kube-port', '0', '--loopback', String(block), '--names', 'proxy', ...flags], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  await ready(child);
  const printed = await execa(process.execPath, [command, ...base, 'env', '--json'], { env, extendEnv: false });
  const variables = { ...env, ...(JSON.parse(printed.stdout) as Record<string, string>) };
  const attempt = async (line: string) => {
    const { stdout, stderr, exitCode } = await execa('bash', ['-c', line], { env: variables, extendEnv: false, reject: false, stdin: 'ignore' });
    return { stdout, stderr, exitCode: exitCode ?? -1 };
  };
  return {
    env: variables,
    stateDir,
    home: folder,
    pid: child.pid ?? 0,
    block,
    try: attempt,
    sh: async (line) => {
      const { stdout, stderr, exitCode } = await attempt(line);
      if (exitCode !== 0) throw new Error(`\`${line}\` ended with ${exitCode}:\n${stderr}\n${stdout}`);
      return stdout;
    },
    nlbox: async (...args) => (await execa(process.execPath, [command, ...base, ...args], { env: variables, extendEnv: false })).stdout,
    info: async () => (await fetch(`${variables['AWS_ENDPOINT_URL']}/_nlb/info`)).json() as Promise<Info>,
    kill: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
    again: (...more) => launch({ folder, block, env }, more.length > 0 ? more : flags),
  };
};

/** A running nlbox of its own, with variables of its own; the folder goes when the test ends. */
export const startNlboxIn = async (t: { teardown(fn: () => void | Promise<void>): void }, variables: Record<string, string>, ...flags: string[]): Promise<Run> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-run-'));
  const run = await launch({ folder, block: await freeBlock(), env: { ...cleanEnv(folder), ...variables } }, flags);
  t.teardown(async () => {
    await run.nlbox('down').catch(() => '');
    await run.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return run;
};

/** The first name of a Service's load balancer, once it has one. */
export const loadBalancerName = async (run: Run, namespace: string, name: string): Promise<string> => {
  const path = '{.status.loadBalancer.ingress[0].hostname}';
  // Before 1.31 kubectl waits for a given value only; then it is asked.
  await run.try(`kubectl wait service -n ${namespace} ${name} --for=jsonpath='${path}' --timeout=60s`);
  return eventually(() => run.sh(`kubectl get service -n ${namespace} ${name} -o jsonpath='${path}'`), (text) => text !== '');
};

/** A running nlbox of its own. */
export const startNlbox = (t: { teardown(fn: () => void | Promise<void>): void }, ...flags: string[]): Promise<Run> => startNlboxIn(t, {}, ...flags);

/** Asks again, each time after the last answer has come, until `check` accepts it; ends with the test's time-out. */
export const eventually = async <T>(ask: () => Promise<T>, check: (answer: T) => boolean): Promise<T> => {
  for (;;) {
    const answer = await ask();
    if (check(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const onPath = (tool: string): boolean => (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => fs.existsSync(path.join(folder, tool)));

/** AWS_ENDPOINT_URL is read from 1.29 and 2.13 on; an older `aws` would ask the real AWS. */
const knowsEndpointUrl = (): boolean => {
  const { stdout } = spawnSync('aws', ['--version'], { encoding: 'utf8', env: { ...process.env, PATH: besideShims() } });
  const [, major, minor] = /aws-cli\/(\d+)\.(\d+)/.exec(stdout ?? '') ?? [];
  return Number(minor) >= (major === '1' ? 29 : 13);
};

/** Names the first of `tools` that is missing or too old, so that a test can say why it is skipped. */
export const missingTool = (...tools: string[]): string | undefined =>
  tools.find((tool) => !onPath(tool)) ?? (tools.includes('aws') && !knowsEndpointUrl() ? 'an aws that knows AWS_ENDPOINT_URL' : undefined);
