// The one way in: finds the service and the action of a request, runs it, and turns whatever is thrown into an AWS error.
import { randomUUID } from 'node:crypto';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { AwsFault } from '../wire/fault.js';
import { parseQuery } from '../wire/query.js';
import { credentialScope } from '../wire/scope.js';
import { withRequestId, type Rendered } from '../wire/xml.js';
import type { Elbv2Api } from './elbv2/client.js';
import { createElbv2, type Elbv2Options } from './elbv2/service.js';
import { jsonFault } from './json.js';
import { createThrottle } from './throttle.js';
import { answerOther, isOther, jsonServiceOf, type OtherServices } from './others.js';
import { actionOf, elbv2Name, likely, route, signedOf, type Services } from './routing.js';
import type { Answer, Scope, Service } from './service.js';

export type DispatchOptions = Elbv2Options & {
  account: string;
  /** For requests that carry no credential scope. */
  region: string;
  log: Log;
  /** Services beside `elasticloadbalancing`, by their name in the credential scope (`ec2`, `sts`). */
  services?: Record<string, Service>;
  /** Services of other protocols than Query. */
  others?: OtherServices;
  /** How many requests per second an account may make in a region; as many as it likes when left out. */
  throttle?: number | undefined;
  /** A lower-case UUID for each answer; random when left out. */
  newRequestId?: () => string;
};

export type HttpRequest = {
  /** The form body; empty for a GET. */
  body: string;
  /** The query string without `?`. It holds the parameters when the body is empty. */
  query?: string | undefined;
  authorization?: string | undefined;
  /** POST when left out. */
  method?: string | undefined;
  /** `/` when left out. */
  path?: string | undefined;
  /** The header X-Amz-Target, by which JSON services are called. */
  target?: string | undefined;
};

export type HttpAnswer = { status: number; headers: Record<string, string>; body: Buffer };

export type Dispatch = {
  /** Answers one HTTP request. Never rejects. */
  answer(request: HttpRequest): Promise<HttpAnswer>;
  /** The answer to a request that never got as far as an operation, in the words of the service it is signed for. */
  refuse(refusal: { status: number; code: string; message: string }, request: Pick<HttpRequest, 'authorization' | 'target'>): HttpAnswer;
  /** How many bytes the body of a request may have. */
  bodyLimit(request: Pick<HttpRequest, 'target'>): number;
  /** Calls an ELBv2 operation in process, validated as over the wire. */
  call(scope: Scope, operation: string, input: object): Promise<object>;
  /** The ELBv2 API of a region of the configured account. */
  elbv2Api(region?: string): Elbv2Api;
  /** Operations of a service, as dispatch routes them. */
  services: Readonly<Record<string, Service>>;
};

// A call with some thousands of targets has less.
const queryBodyLimit = 1024 * 1024;

const internalFailure = (): AwsFault =>
  new AwsFault('InternalFailure', 'The request processing has failed because of an unknown error, exception or failure.', 500);

const createFaults = (log: Log) => (error: unknown): AwsFault => {
  if (error instanceof AwsFault) return error;
  log.error({ err: error }, `a request failed for a reason of our own: ${messageOf(error)}`);
  return internalFailure();
};

/** The last step: an answer gets its request id. */
const createFinish = (newRequestId: () => string) => ({
  query: (rendered: Rendered): HttpAnswer => {
    const requestId = newRequestId();
    return {
      status: rendered.status,
      headers: { 'x-amzn-RequestId': requestId, 'Content-Type': 'text/xml' },
      body: withRequestId(rendered, requestId),
    };
  },
  other: ({ status, headers, body }: Answer): HttpAnswer => ({
    status,
    headers: { 'x-amzn-RequestId': newRequestId(), ...headers },
    body: Buffer.from(body),
  }),
});

type Deps = { options: DispatchOptions; services: Services; faultOf(error: unknown): AwsFault; admit(scope: Scope, service: string | undefined): void };

/** Runs a request of the Query protocol; `found` is told the service as soon as it is known, for faults are written in its words. */
const runQuery = async ({ options, services, admit }: Deps, request: HttpRequest, found: { service: Service }): Promise<Rendered> => {
  const { signed, scope } = signedOf(options, request);
  const body = request.body === '' ? (request.query ?? '') : request.body;
  const known = likely(services, signed, body);
  if (known) found.service = known;
  admit(scope, signed.service);
  const kept = known?.kept?.(scope, body);
  if (kept) return kept;
  const tree = parseQuery(body);
  found.service = route(services, signed, tree);
  return found.service.answer({ scope, action: actionOf(found.service, tree), tree, body });
};

const runOther = ({ options, faultOf, admit }: Deps, request: HttpRequest): Promise<Answer> => {
  const { body, query = '', method = 'POST', path = '/', target } = request;
  const { signed, scope } = signedOf(options, request);
  return answerOther(options.others ?? {}, scope, { body, query, method, path, target, service: signed.service }, faultOf, () => admit(scope, signed.service));
};

/** Composes the services into one door. */
export const createDispatch = (options: DispatchOptions): Dispatch => {
  const { account, region, log, others = {}, newRequestId = randomUUID } = options;
  const elbv2 = createElbv2(options);
  // Looked up by what a client wrote into its signature: no `constructor` must be found.
  const services = Object.assign(Object.create(null) as Services, options.services, { [elbv2Name]: elbv2.service });
  const finish = createFinish(newRequestId);
  const faultOf = createFaults(log);
  const deps: Deps = { options, services, faultOf, admit: createThrottle(options.throttle, options.clock) };
  return {
    answer: async (request) => {
      if (isOther({ target: request.target, path: request.path ?? '/' })) return finish.other(await runOther(deps, request));
      const found = { service: elbv2.service };
      return finish.query(await runQuery(deps, request, found).catch((error: unknown) => found.service.renderFault(faultOf(error))));
    },
    refuse: ({ status, code, message }, { authorization, target }) => {
      if (target !== undefined) return finish.other(jsonFault(new AwsFault(code, message, status)));
      const service = services[credentialScope(authorization).service ?? elbv2Name] ?? elbv2.service;
      return finish.query(service.renderFault(new AwsFault(code, message, status)));
    },
    bodyLimit: ({ target }) => (target === undefined ? undefined : jsonServiceOf(others, target)?.bodyLimit) ?? queryBodyLimit,
    call: elbv2.call,
    elbv2Api: (of = region) => elbv2.api({ account, region: of }),
    services,
  };
};
