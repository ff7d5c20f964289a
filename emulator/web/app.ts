// The express application behind the door: the AWS endpoint first and short, then health, info, stop and metrics.
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from 'express';
import { timingSafeEqual } from 'node:crypto';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { guards, refusedBy } from './guards.js';

/** One AWS request as it came over the wire: the parameters' text, and what says whose it is. */
export type AwsRequest = { body: string; authorization: string | undefined; userAgent: string | undefined };
export type AwsAnswer = { status: number; headers?: Record<string, string>; body: string };

export type AppOptions = {
  version: string;
  answer(request: AwsRequest): AwsAnswer | Promise<AwsAnswer>;
  /** An AWS-shaped error for what never reaches `answer`. */
  refuse(fault: { status: number; code: string; message: string }, authorization: string | undefined): AwsAnswer;
  /** Facts for `/_nlb/info`, as JSON. */
  info(): object | Promise<object>;
  /** Service name -> its state, for `/_nlb/health`. */
  services(): Record<string, string>;
  stop: { token: string; run(): void };
  metrics?: () => Promise<{ contentType: string; body: string }>;
  /** A name besides localhost under which this endpoint may be called. */
  publicHost?: string;
  log: Log;
};

const bodyLimit = 1024 * 1024;

const send = (response: Response, answer: AwsAnswer): void => {
  response.status(answer.status);
  response.setHeader('Content-Type', 'text/xml');
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.setHeader('Content-Length', Buffer.byteLength(answer.body));
  response.end(answer.body);
};

const isAdmin = (request: Request): boolean => request.path.startsWith('/_') || request.path === '/metrics';

const deny = (options: AppOptions, request: Request, response: Response, fault: { status: number; code: string; message: string }): void => {
  if (isAdmin(request)) response.status(fault.status).json({ error: fault.message });
  else send(response, options.refuse(fault, request.headers.authorization));
};

const guarded = (options: AppOptions): RequestHandler => {
  const list = guards(options.publicHost);
  return (request, response, next) => {
    response.setHeader('x-nlb-emulator', options.version);
    const message = refusedBy(list, request);
    if (message === undefined) return next();
    options.log.warn({ method: request.method, path: request.path, origin: request.headers.origin, host: request.headers.host }, message);
    deny(options, request, response, { status: 403, code: 'AccessDenied', message });
  };
};

const awsDoor = (options: AppOptions, textOf: (request: Request) => string): RequestHandler => async (request, response) =>
  send(response, await options.answer({
    body: textOf(request),
    authorization: request.headers.authorization,
    userAgent: request.headers['user-agent'],
  }));

const bodyOf = (request: Request): string => (typeof request.body === 'string' ? request.body : '');
const queryOf = (request: Request): string => request.url.slice(request.url.indexOf('?') + 1);

const sameToken = (given: string | undefined, token: string): boolean => {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(token)];
  return token !== '' && a.length === b.length && timingSafeEqual(a, b);
};

const stopHandler = ({ stop }: AppOptions): RequestHandler => (request, response) => {
  if (!sameToken(request.header('x-nlbox-token'), stop.token)) {
    response.status(403).json({ error: 'The header x-nlbox-token does not carry the token of this run; `nlbox down` reads it from the state directory.' });
    return;
  }
  response.on('close', stop.run).status(202).json({ stopping: true });
};

const failed = (options: AppOptions): ErrorRequestHandler => (error: unknown, request, response, next) => {
  if (response.headersSent) return next(error);
  const status = (error as { status?: unknown }).status;
  const type = (error as { type?: unknown }).type;
  if (type === 'entity.too.large')
    return deny(options, request, response, { status: 413, code: 'RequestEntityTooLarge', message: `The request is larger than ${bodyLimit} bytes; send fewer targets or tags per call.` });
  if (typeof status === 'number' && status >= 400 && status < 500)
    return deny(options, request, response, { status, code: 'MalformedQueryString', message: messageOf(error) });
  options.log.error({ path: request.path, error: error instanceof Error ? error.stack : messageOf(error) }, 'a request failed');
  deny(options, request, response, { status: 500, code: 'InternalFailure', message: 'An internal error has occurred; the log of nlbox has the details.' });
};

const unknownPath = (options: AppOptions): RequestHandler => (request, response) => {
  const message = `${request.method} ${request.path} is nothing that this endpoint serves. AWS calls go to POST /, health is at /_nlb/health.`;
  deny(options, request, response, { status: 404, code: 'InvalidAction', message });
};

/** Everything the port serves except forward-proxy requests. */
export const createApp = (options: AppOptions): Express => {
  const app = express();
  app.disable('x-powered-by').set('etag', false).set('query parser', false);
  const health: RequestHandler = (_request, response) => void response.json({ services: options.services(), version: options.version });
  app.use(guarded(options));
  app.post('/', express.text({ type: () => true, limit: bodyLimit }), awsDoor(options, bodyOf));
  app.get('/', (request, response, next) => (request.url.includes('?') ? awsDoor(options, queryOf)(request, response, next) : next()));
  app.get(['/_nlb/health', '/_localstack/health'], health);
  app.get('/_nlb/info', async (_request, response) => void response.json(await options.info()));
  app.post('/_nlb/stop', stopHandler(options));
  if (options.metrics) {
    const { metrics } = options;
    app.get('/metrics', async (_request, response) => {
      const { contentType, body } = await metrics();
      response.type(contentType).send(body);
    });
  }
  app.use(unknownPath(options));
  app.use(failed(options));
  return app;
};
