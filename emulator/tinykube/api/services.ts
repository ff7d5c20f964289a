// What the HTTP handlers share: one bundle, made once by server.ts.
import type { Agent } from 'node:https';
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import type { AttachHook, DialHook, ExecHook } from '../streams/types.js';
import type { Conditions } from './admission/conditions.js';
import type { Answer } from './http/exchange.js';
import type { Environment, Operations } from './operations.js';
import type { Registry } from './registry.js';
import type { Store } from './store.js';

/** Lines of a container's log; the kubelet supplies them. */
export type LogsHook = (request: {
  namespace: string;
  pod: string;
  container: string;
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  tailLines?: number;
  sinceSeconds?: number;
  limitBytes?: number;
  signal: AbortSignal;
}) => AsyncIterable<string | Uint8Array> | Promise<AsyncIterable<string | Uint8Array>>;

export type Hooks = {
  logs?: LogsHook;
  exec?: ExecHook;
  attach?: AttachHook;
  dial?: DialHook;
  /** Where an address of a pod really listens; admission webhooks behind a Service are called there. */
  project?: (address: string) => string;
};

export type Services = {
  store: Store;
  registry: Registry;
  operations: Operations;
  environment: Environment;
  clock: Clock;
  log: Log;
  version: string;
  hooks: Hooks;
  /** Connections to admission webhooks; kept, for some are asked about every write. */
  webhookAgent: Agent;
  conditions: Conditions;
  /** /openapi/... or undefined for an unknown document. */
  openapi(path: readonly string[]): Answer | undefined;
  token: string;
  /** Says of any other bearer token whether it may enter. */
  acceptsToken?: ((token: string) => boolean) | undefined;
};
