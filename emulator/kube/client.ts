// The verbs of the Kubernetes API that we use, for any kind.
import type { IncomingMessage } from 'node:http';
import { pathOf, type Resource } from './resources.js';
import { createTransport, type Transport } from './transport.js';
import type { KubeObject } from './types.js';

/** A Status that the API server answered instead of an object; `message` is the server's own. */
export class KubeError extends Error {
  readonly code: number;
  readonly reason: string;
  constructor(code: number, reason: string, message: string) {
    super(message);
    this.name = 'KubeError';
    this.code = code;
    this.reason = reason;
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof KubeError && error.code === 404;
export const isConflict = (error: unknown): boolean => error instanceof KubeError && error.code === 409;
export const isGone = (error: unknown): boolean => error instanceof KubeError && error.code === 410;

export type Query = Record<string, string | number | boolean>;
export type ListOf<T> = { metadata: { resourceVersion: string; continue?: string }; items: T[] };
export type WatchEvent<T> = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T };

/** Refusals are thrown as KubeError, a broken connection as Node's own error. */
export type KubeClient = {
  /** Undefined when there is none. */
  get<T extends KubeObject>(of: Resource, namespace: string | undefined, name: string): Promise<T | undefined>;
  list<T extends KubeObject>(of: Resource, namespace?: string, query?: Query): Promise<ListOf<T>>;
  create<T extends KubeObject>(of: Resource, namespace: string | undefined, object: object): Promise<T>;
  /** A JSON merge patch; a `metadata.resourceVersion` in it is an optimistic lock. */
  patch<T extends KubeObject>(of: Resource, namespace: string | undefined, name: string, patch: object, subresource?: string): Promise<T>;
  /** False when there was none. */
  delete(of: Resource, namespace: string | undefined, name: string): Promise<boolean>;
  /** Resolves when the server ends the watch; rejects with KubeError on an ERROR event, or on a cut. */
  watch<T extends KubeObject>(of: Resource, query: Query, onEvent: (event: WatchEvent<T>) => void, signal: AbortSignal): Promise<void>;
  close(): void;
};

const search = (query: Query | undefined): string => {
  const text = new URLSearchParams(Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, String(value)])).toString();
  return text && `?${text}`;
};

const textOf = async (answer: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

type Status = { code?: number; reason?: string; message?: string };

const statusOf = (text: string): Status => {
  try {
    return JSON.parse(text) as Status;
  } catch {
    return { message: text.trim() };
  }
};

const errorOf = (code: number, status: Status): KubeError =>
  new KubeError(status.code ?? code, status.reason ?? '', status.message || `the server answered ${code}`);

const ok = (answer: IncomingMessage): boolean => (answer.statusCode ?? 500) < 300;

// Not node:readline, which from Node 22 on also ends a line at U+2028: JSON may leave that as it is.
const linesOf = async function* (answer: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
};

const readLines = async <T>(answer: IncomingMessage, onEvent: (event: WatchEvent<T>) => void): Promise<void> => {
  let cut: Error | undefined;
  answer.on('error', (error) => (cut = error));
  for await (const line of linesOf(answer)) {
    if (!line.trim()) continue;
    const event = JSON.parse(line) as { type: string; object: unknown };
    if (event.type === 'ERROR') throw errorOf(500, event.object as Status);
    onEvent(event as WatchEvent<T>);
  }
  if (cut) throw cut;
  if (!answer.complete) throw new Error('the watch was cut');
};

const clientOn = (transport: Transport): KubeClient => {
  const call = async (method: string, path: string, body?: object, contentType?: string): Promise<unknown> => {
    const answer = await transport.send({ method, path, ...(body ? { body: JSON.stringify(body) } : {}), ...(contentType ? { contentType } : {}) });
    const text = await textOf(answer);
    if (!ok(answer)) throw errorOf(answer.statusCode ?? 500, statusOf(text));
    return JSON.parse(text);
  };
  const unlessMissing = async <T, U>(wanted: Promise<T>, otherwise: U): Promise<T | U> => {
    try {
      return await wanted;
    } catch (error) {
      if (isNotFound(error)) return otherwise;
      throw error;
    }
  };
  return {
    get: <T extends KubeObject>(of: Resource, namespace: string | undefined, name: string) =>
      unlessMissing(call('GET', pathOf(of, namespace, name)) as Promise<T>, undefined),
    list: <T extends KubeObject>(of: Resource, namespace?: string, query?: Query) =>
      call('GET', pathOf(of, namespace) + search(query)) as Promise<ListOf<T>>,
    create: <T extends KubeObject>(of: Resource, namespace: string | undefined, object: object) =>
      call('POST', pathOf(of, namespace), object) as Promise<T>,
    patch: <T extends KubeObject>(of: Resource, namespace: string | undefined, name: string, patch: object, subresource?: string) =>
      call('PATCH', pathOf(of, namespace, name, subresource), patch, 'application/merge-patch+json') as Promise<T>,
    delete: async (of, namespace, name) => (await unlessMissing(call('DELETE', pathOf(of, namespace, name)), undefined)) !== undefined,
    watch: async <T extends KubeObject>(of: Resource, query: Query, onEvent: (event: WatchEvent<T>) => void, signal: AbortSignal) => {
      const answer = await transport.send({ method: 'GET', path: pathOf(of) + search({ ...query, watch: true }), signal });
      if (!ok(answer)) throw errorOf(answer.statusCode ?? 500, statusOf(await textOf(answer)));
      try {
        await readLines(answer, onEvent);
      } finally {
        answer.destroy();
      }
    },
    close: () => transport.close(),
  };
};

/** A client for the current context of a kubeconfig. */
export const createKubeClient = async (kubeconfig: string): Promise<KubeClient> => clientOn(await createTransport(kubeconfig));
