// Requests of other protocols than Query: JSON services by `X-Amz-Target`, REST services by their credential scope and path.
import { AwsFault } from '../wire/fault.js';
import { answerJson, jsonFault, type JsonService } from './json.js';
import type { Answer, RestService, Scope } from './service.js';

export type OtherRequest = { method: string; path: string; query: string; target: string | undefined; body: string; service: string | undefined };

export type OtherServices = { json?: readonly JsonService[]; rest?: readonly RestService[] };

/** Whether a request is of no Query service. */
export const isOther = ({ target, path }: Pick<OtherRequest, 'target' | 'path'>): boolean => target !== undefined || path !== '/';

/** The service that a target names. */
export const jsonServiceOf = (services: OtherServices, target: string): JsonService | undefined => services.json?.find((one) => target.startsWith(`${one.target}.`));

const partsOf = (path: string): string[] => {
  try {
    return path.split('/').filter((part) => part !== '').map(decodeURIComponent);
  } catch {
    throw new AwsFault('ValidationException', 'The path of the request is not valid');
  }
};

const restFault = ({ code, message, status }: AwsFault): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json', 'x-amzn-ErrorType': code },
  body: JSON.stringify({ message }),
});

const unknownService = (name: string): AwsFault => new AwsFault('UnknownOperationException', `nlbox does not serve '${name}' at paths other than /`, 404);

/** Answers such a request once it is admitted; what is thrown is written in the words of its protocol. */
export const answerOther = async (services: OtherServices, scope: Scope, request: OtherRequest, faultOf: (error: unknown) => AwsFault, admit: () => void = () => {}): Promise<Answer> => {
  const { target } = request;
  const run = async (): Promise<Answer> => {
    admit();
    if (target !== undefined) {
      const service = jsonServiceOf(services, target);
      if (!service) throw new AwsFault('UnknownOperationException', `nlbox does not model the operation '${target}' yet`);
      return answerJson(service, target, scope, request.body);
    }
    const service = services.rest?.find(({ name }) => name === request.service);
    if (!service) throw unknownService(request.service ?? '');
    const answer = service.answer(scope, request.method, partsOf(request.path), new URLSearchParams(request.query));
    return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(answer) };
  };
  return run().catch((error: unknown) => (target === undefined ? restFault : jsonFault)(faultOf(error)));
};
