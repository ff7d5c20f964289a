// One attempt of a probe, over a real connection from the node to the container.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Clock } from '../../clock.js';
import { codeOf, messageOf } from '../../errors.js';
import type { Container, Probe } from '../controllers/kinds.js';
import type { PortMap } from './addresses.js';
import { checkHealth } from './grpc.js';

export type Attempt = { ok: boolean; saw: string };

/**
 * Where a probe goes: `shown` is the pod's address for messages, `connect` and `podPort` where it listens, `from` the node's own;
 * `run` runs a command in a container that is a process. A stand-in has none: that it runs is all a command could find out,
 * and a manifest's commands must not touch the machine unasked.
 */
export type ProbeTarget = { shown: string; connect: string; podPort: PortMap; from: string; run?: (command: readonly string[], ms: number) => Promise<{ exitCode: number; output: string }> };

/** Why a probe cannot be done here; undefined when it can. */
export const unsupported = (probe: Probe): string | undefined => {
  if (probe.httpGet || probe.tcpSocket || probe.exec || probe.grpc) return undefined;
  return 'an empty probe cannot be made';
};

/** The number of a port given by number or by name; undefined when the container has no such name. */
export const portNumber = (container: Container, port: number | string): number | undefined => {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined);
};

const refusal = (error: unknown, shown: string): string => {
  if (codeOf(error) === 'ECONNREFUSED') return `dial tcp ${shown}: connect: connection refused`;
  if (codeOf(error) === 'ECONNRESET') return `read tcp ${shown}: connection reset by peer`;
  return messageOf(error);
};

const viaTcp = (target: ProbeTarget, port: number, ms: number, clock: Clock): Promise<Attempt> =>
  new Promise((resolve) => {
    const socket = net.connect({ host: target.connect, port: target.podPort(port), localAddress: target.from });
    const end = (attempt: Attempt): void => {
      timer.cancel();
      socket.destroy();
      resolve(attempt);
    };
    const timer = clock.after(ms, () => end({ ok: false, saw: `dial tcp ${target.shown}:${port}: i/o timeout` }));
    socket.once('connect', () => end({ ok: true, saw: 'connected' }));
    socket.once('error', (error) => end({ ok: false, saw: refusal(error, `${target.shown}:${port}`) }));
  });

const headersOf = (probe: NonNullable<Probe['httpGet']>): Record<string, string> => ({
  'user-agent': 'kube-probe/1.33',
  accept: '*/*',
  connection: 'close',
  ...Object.fromEntries((probe.httpHeaders ?? []).map(({ name, value }) => [name, value])),
});

const viaHttp = (probe: NonNullable<Probe['httpGet']>, target: ProbeTarget, port: number, ms: number, clock: Clock): Promise<Attempt> =>
  new Promise((resolve) => {
    const secure = probe.scheme === 'HTTPS';
    const url = `${secure ? 'https' : 'http'}://${target.shown}:${port}${probe.path ?? '/'}`;
    const options = { host: target.connect, port: target.podPort(port), path: probe.path ?? '/', localAddress: target.from, agent: false as const, headers: headersOf(probe), rejectUnauthorized: false };
    const request = (secure ? https : http).get(options, (response) => {
      const status = response.statusCode ?? 0;
      const ok = status >= 200 && status < 400;
      end({ ok, saw: ok ? `HTTP ${status}` : `HTTP probe failed with statuscode: ${status}` });
    });
    const end = (attempt: Attempt): void => {
      timer.cancel();
      request.destroy();
      resolve(attempt);
    };
    const timer = clock.after(ms, () => end({ ok: false, saw: `Get "${url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)` }));
    request.on('error', (error) => end({ ok: false, saw: `Get "${url}": ${refusal(error, `${target.shown}:${port}`)}` }));
  });

const viaGrpc = ({ port, service = '' }: NonNullable<Probe['grpc']>, target: ProbeTarget, ms: number, clock: Clock): Promise<Attempt> =>
  new Promise((resolve) => {
    const end = (attempt: Attempt): void => {
      timer.cancel();
      resolve(attempt);
    };
    const at = { host: target.connect, port: target.podPort(port), localAddress: target.from };
    const asking = checkHealth(at, service, (health) => end(health.ok ? { ok: true, saw: 'SERVING' } : { ok: false, saw: health.why }));
    const timer = clock.after(ms, () => {
      asking.cancel();
      end({ ok: false, saw: `timeout: health rpc did not complete within ${ms / 1000}s` });
    });
  });

const viaExec = async (command: readonly string[], target: ProbeTarget, ms: number): Promise<Attempt> => {
  if (!target.run) return { ok: true, saw: 'a stand-in that runs' };
  const { exitCode, output } = await target.run(command, ms);
  return { ok: exitCode === 0, saw: output };
};

/** Makes one attempt. Never rejects. */
export const attemptProbe = (clock: Clock, container: Container, probe: Probe, target: ProbeTarget): Promise<Attempt> => {
  const wanted = probe.httpGet?.port ?? probe.tcpSocket?.port ?? probe.grpc?.port ?? '';
  const port = portNumber(container, wanted);
  const ms = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return viaExec(probe.exec.command ?? [], target, ms);
  if (port === undefined) return Promise.resolve({ ok: false, saw: `couldn't find port: ${wanted}` });
  // A stand-in speaks HTTP or nothing: that its port is open is all that can be found out.
  if (probe.grpc && target.run) return viaGrpc(probe.grpc, target, ms, clock);
  return probe.httpGet ? viaHttp(probe.httpGet, target, port, ms, clock) : viaTcp(target, port, ms, clock);
};
