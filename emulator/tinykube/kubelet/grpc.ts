// gRPC's health check, grpc.health.v1.Health/Check over HTTP/2 without TLS, as far as a probe needs it. Models pkg/probe/grpc.
import { createRequire } from 'node:module';
import net from 'node:net';
import type { IncomingHttpHeaders } from 'node:http2';

export type Endpoint = { host: string; port: number; localAddress: string };

export type Health = { ok: true } | { ok: false; why: string };

// Few pods have such a probe.
const require = createRequire(import.meta.url);

const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
const unimplemented = '12';

const varint = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, n >> 7]);

/** HealthCheckRequest{1: service}, after a byte for "not compressed" and its length. */
const questionOf = (service: string): Buffer => {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** HealthCheckResponse{1: status}; a field of zero is left out. */
const statusOf = (answer: Buffer): string => statuses[answer[5] === 0x08 ? (answer[6] ?? 0) : 0] ?? '';

const verdictOf = (answer: Buffer, headers: IncomingHttpHeaders): Health => {
  const code = String(headers['grpc-status'] ?? '2');
  const said = decodeURIComponent(String(headers['grpc-message'] ?? ''));
  if (code === unimplemented) return { ok: false, why: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${said}` };
  if (code !== '0') return { ok: false, why: `error: health rpc probe failed: rpc error: code = ${code} desc = ${said}` };
  return statusOf(answer) === 'SERVING' ? { ok: true } : { ok: false, why: `service unhealthy (responded with "${statusOf(answer)}")` };
};

/** Asks once; `cancel` ends it without an answer. */
export const checkHealth = ({ host, port, localAddress }: Endpoint, service: string, done: (health: Health) => void): { cancel(): void } => {
  const { connect } = require('node:http2') as typeof import('node:http2');
  const session = connect(`http://${host}:${port}`, { createConnection: () => net.connect({ host, port, localAddress }) });
  const end = (health: Health): void => {
    session.destroy();
    done(health);
  };
  session.on('error', (error: Error) => end({ ok: false, why: `error: health rpc probe failed: ${error.message}` }));
  const stream = session.request({ ':method': 'POST', ':path': '/grpc.health.v1.Health/Check', 'content-type': 'application/grpc', te: 'trailers' });
  const chunks: Buffer[] = [];
  let headers: IncomingHttpHeaders = {};
  const note = (more: IncomingHttpHeaders): void => void (headers = { ...headers, ...more });
  stream.on('response', note).on('trailers', note).on('data', (chunk: Buffer) => void chunks.push(chunk));
  stream.once('end', () => end(verdictOf(Buffer.concat(chunks), headers)));
  // The session tells.
  stream.on('error', () => {});
  stream.end(questionOf(service));
  return { cancel: () => session.destroy() };
};
