// AWS calls as the Go SDK would report them: a refusal becomes an error whose text Events show. No AWS code is imported.
import { createHash } from 'node:crypto';
import { messageOf } from '../errors.js';

/** A refused AWS call. `code` is AWS's own. */
export class CallError extends Error {
  readonly code: string;
  /** AWS's message alone. */
  readonly detail: string;
  constructor(message: string, code: string, cause: Error) {
    super(message, { cause });
    this.name = 'CallError';
    this.code = code;
    this.detail = cause.message;
  }
}

export const hasCode = (error: unknown, ...codes: string[]): error is CallError => error instanceof CallError && codes.includes(error.code);

type Fault = Error & { code: string; status: number };
const isFault = (error: unknown): error is Fault =>
  error instanceof Error && typeof (error as Partial<Fault>).code === 'string' && typeof (error as Partial<Fault>).status === 'number';

// Common errors of every service; the SDK has no types for them and prints them as "api error".
const common = new Set([
  'ValidationError', 'AccessDenied', 'AccessDeniedException', 'InternalError', 'InternalFailure', 'InvalidAction', 'InvalidClientTokenId',
  'InvalidParameterValue', 'MissingParameter', 'NotAuthorized', 'OptInRequired', 'RequestExpired', 'ServiceUnavailable', 'Throttling', 'ThrottlingException',
]);

// The same refusal keeps the same id, so that Events of a failing pass are counted instead of piling up.
const requestId = (text: string): string =>
  createHash('sha256').update(text).digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');

const rendered = (service: string, operation: string, typed: boolean, fault: Fault): string => {
  const head = `operation error ${service}: ${operation}, https response error StatusCode: ${fault.status}, RequestID: ${requestId(`${operation}${fault.code}${fault.message}`)}`;
  return `${head}, ${typed && !common.has(fault.code) ? '' : 'api error '}${fault.code}: ${fault.message}`;
};

type Operation = (input: never) => Promise<unknown>;

/** The same API, throwing CallError. `typed`: the SDK has error types for this service (EC2 has none). */
export const reporting = <A extends object>(api: A, service: string, typed: boolean): A =>
  new Proxy(api, {
    get: (target, operation: string) => {
      const call = (target as Record<string, unknown>)[operation];
      if (typeof call !== 'function') return call;
      return async (input: never) => {
        try {
          return await (call as Operation).call(target, input);
        } catch (error) {
          if (!isFault(error)) throw new Error(`operation error ${service}: ${operation}, ${messageOf(error)}`, { cause: error });
          throw new CallError(rendered(service, operation, typed, error), error.code, error);
        }
      };
    },
  });

/** Calls again every so often while the refusal is one of `codes`; in the end Go's words for a wait that timed out. */
export const retrying = async <T>(
  call: () => Promise<T>,
  codes: string[],
  wait: { every: number; limit: number; sleep: (ms: number) => Promise<void>; onFirst?: () => Promise<void> },
): Promise<T> => {
  for (let waited = 0; ; waited += wait.every) {
    try {
      return await call();
    } catch (error) {
      if (!hasCode(error, ...codes)) throw error;
      if (waited >= wait.limit) throw new Error(`timed out waiting for the condition: ${error.message}`, { cause: error });
      if (waited === 0) await wait.onFirst?.();
      await wait.sleep(wait.every);
    }
  }
};
