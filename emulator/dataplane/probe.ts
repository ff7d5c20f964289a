// One health check: connects on sockets of its own, asks if HTTP, and says in a few words what it saw.
import http from 'node:http';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../clock.js';
import { codeOf, messageOf } from '../errors.js';
import { matches } from './matcher.js';
import { localHeader } from './proxy.js';
import type { Dial, HealthCheck } from './types.js';

export type ProbeOutcome = { ok: boolean; saw: string };

/** `source` is the load balancer node that asks, named in the Host header as AWS does; `from` is the address to dial from. */
export type ProbeRequest = { host: string; check: HealthCheck; source?: { address: string; port: number } | undefined; from?: string | undefined };

const failure = (error: unknown): ProbeOutcome => {
  const code = codeOf(error);
  const { syscall } = error as { syscall?: unknown };
  if (code && typeof syscall === 'string') return { ok: false, saw: `${syscall} ${code}` };
  return { ok: false, saw: messageOf(error) };
};

const open = (dial: Dial, { host, check, from }: ProbeRequest): Socket =>
  dial({ host, port: check.port }, { ...(from === undefined ? {} : { from }), ...(check.protocol === 'tcp' ? { sure: true } : {}) });

const asks = ({ host, check, source }: ProbeRequest): Record<string, string> => ({
  Host: source ? `${source.address}:${source.port}` : `${host}:${check.port}`,
  'User-Agent': 'ELB-HealthChecker/2.0',
  Connection: 'close',
});

// The certificate is not validated: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
const secure = (socket: Socket): Socket => tls.connect({ socket, rejectUnauthorized: false });

/** `note` says what the verdict will be, should the probe run out of time; `settle` ends it. */
type Verdict = { note(outcome: ProbeOutcome): void; settle(outcome: ProbeOutcome): void };

const probeHttp = (socket: Socket, request: ProbeRequest, { note, settle }: Verdict): http.ClientRequest => {
  const { path, matcher } = request.check;
  return http
    .get({ createConnection: () => socket, path: path ?? '/', headers: asks(request) })
    .on('response', (response) => {
      const status = response.statusCode ?? 0;
      const outcome = { ok: matches(matcher ?? '200-399', status), saw: `HTTP ${status}` };
      note(outcome);
      // The body is read to its end: a target should not see its answer cut off by its own health check.
      response.on('error', () => {}).on('close', () => settle(outcome)).resume();
    })
    .on('error', (error) => settle(failure(error)));
};

const probeTcp = (socket: Socket, header: Buffer | undefined, { settle }: Verdict): void => {
  const passed = (): void => settle({ ok: true, saw: 'connected' });
  if (header) socket.write(header, (error) => !error && passed());
  else if (socket.pending) socket.once('connect', passed);
  else process.nextTick(passed);
};

const begin = (dial: Dial, request: ProbeRequest, verdict: Verdict): (() => void) => {
  const socket = open(dial, request);
  socket.on('error', (error) => verdict.settle(failure(error)));
  const header = request.check.proxyProtocol ? localHeader() : undefined;
  if (header && request.check.protocol !== 'tcp') socket.write(header);
  if (request.check.protocol === 'tcp') probeTcp(socket, header, verdict);
  else probeHttp(request.check.protocol === 'https' ? secure(socket) : socket, request, verdict).on('close', () => socket.destroy());
  return () => socket.destroy();
};

/** Starts one probe. `done` is called once, later; the answer cancels the probe without a call. */
export const startProbe = (
  { dial, clock }: { dial: Dial; clock: Clock },
  request: ProbeRequest,
  done: (outcome: ProbeOutcome) => void,
): (() => void) => {
  let settled = false;
  const { timeout } = request.check;
  let expected: ProbeOutcome = { ok: false, saw: `timed out after ${timeout} ms` };
  const finish = (): void => {
    settled = true;
    timer.cancel();
    stop();
  };
  const settle = (outcome: ProbeOutcome): void => {
    if (settled) return;
    finish();
    done(outcome);
  };
  const note = (outcome: ProbeOutcome): void => void (expected = outcome);
  const timer = clock.after(timeout, () => settle(expected));
  let stop = (): void => {};
  try {
    stop = begin(dial, request, { note, settle });
  } catch (error) {
    stop = clock.after(0, () => settle(failure(error))).cancel;
  }
  return () => {
    if (!settled) finish();
  };
};
