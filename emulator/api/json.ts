// The JSON 1.1 protocol: operations by name, JSON in and out, and faults as `__type` and `message`.
import { AwsFault } from '../wire/fault.js';
import { checkJson, type JsonShape } from '../wire/jsonshape.js';
import type { Answer, Scope } from './service.js';

/** One operation: what its input must look like, and who answers. */
export type JsonOperation = { input: JsonShape; run(scope: Scope, input: never): object | undefined | Promise<object | undefined> };

/** A service that requests name in `X-Amz-Target`. */
export type JsonService = {
  /** Its name in the credential scope. */
  name: string;
  /** `CertificateManager` of `X-Amz-Target: CertificateManager.ImportCertificate`. */
  target: string;
  operations: Readonly<Record<string, JsonOperation>>;
  /** Bytes that a request may have, where it is more than other services take. */
  bodyLimit?: number;
  /** The code of an input that breaks its shape: most services say ValidationException. */
  invalid: string;
};

const type = 'application/x-amz-json-1.1';

// A member that is null is one that is not given.
const withoutNulls = function (this: unknown, _key: string, value: unknown): unknown {
  return value === null && !Array.isArray(this) ? undefined : value;
};

const parse = (body: string): unknown => {
  try {
    return body === '' ? {} : (JSON.parse(body, withoutNulls) ?? null);
  } catch {
    throw new AwsFault('SerializationException', 'The request body is not valid JSON');
  }
};

/** A fault as these services write it. */
export const jsonFault = ({ code, message, status }: AwsFault): Answer => ({
  status,
  headers: { 'Content-Type': type, 'x-amzn-ErrorType': code },
  body: JSON.stringify({ __type: code, message }),
});

/** Runs the operation that `target` names. */
export const answerJson = async (service: JsonService, target: string, scope: Scope, body: string): Promise<Answer> => {
  const name = target.slice(target.indexOf('.') + 1);
  const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (!operation) throw new AwsFault('UnknownOperationException', `nlbox does not model the operation ${name} of ${service.target}`);
  const input = parse(body);
  const wrong = checkJson(operation.input, input);
  if (wrong.length > 0) {
    throw new AwsFault(service.invalid, `${wrong.length} validation error${wrong.length === 1 ? '' : 's'} detected: ${wrong.join('; ')}`);
  }
  const output = await operation.run(scope, input as never);
  return { status: 200, headers: { 'Content-Type': type }, body: output === undefined ? '' : JSON.stringify(output) };
};
