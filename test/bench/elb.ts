// A bare Query client and the processes that the benchmark compares.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';

export type Server = { endpoint: string; child: ChildProcess; stop(): Promise<void> };

const services: Record<string, string> = { '2015-12-01': 'elasticloadbalancing', '2016-11-15': 'ec2' };

const day = (): string => new Date().toISOString().slice(0, 10).replaceAll('-', '');

export const headersFor = (version: string): Record<string, string> => ({
  'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
  authorization: `AWS4-HMAC-SHA256 Credential=test/${day()}/us-west-2/${services[version]}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
});

export const bodyOf = (action: string, parameters: Record<string, string>, version = '2015-12-01'): string =>
  new URLSearchParams({ Action: action, Version: version, ...parameters }).toString();

/** The answer's text; throws on anything but 200. */
export const call = async (endpoint: string, action: string, parameters: Record<string, string> = {}, version = '2015-12-01'): Promise<string> => {
  const response = await fetch(endpoint, { method: 'POST', headers: headersFor(version), body: bodyOf(action, parameters, version) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${action}: ${response.status} ${text.slice(0, 300)}`);
  return text;
};

export const pick = (xml: string, tag: string): string => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? '';

export const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** Starts `command`, and resolves with the ms until the first DescribeLoadBalancers answer. */
export const startServer = async (command: string[], port: number, env: NodeJS.ProcessEnv = process.env): Promise<{ server: Server; took: number }> => {
  const endpoint = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: 'ignore', env });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended with ${child.exitCode}`);
    const answered = await call(endpoint, 'DescribeLoadBalancers').then(() => true, () => false);
    if (answered) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const took = performance.now() - began;
  const stop = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGINT');
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(timer);
  };
  return { server: { endpoint, child, stop }, took };
};

/** Peak resident memory of a process so far, in MiB. */
export const peakMemory = (child: ChildProcess): number =>
  Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

export const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};
