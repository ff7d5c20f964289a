// The express application beside the AWS endpoint: health, info, stop, metrics, and a sentence for everything else.
import { timingSafeEqual } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { queryOf } from './aws.js';
import { pacContentType, pacFor } from './forward-pac.js';

export type AppOptions = {
  version: string;
  /** Facts for `/_nlb/info`, as JSON. */
  info(): object | Promise<object>;
  /** Calls and health changes of late for `/_nlb/history`, as JSON. */
  history?: () => object;
  /** Service name -> its state, for `/_nlb/health`. */
  services(): Record<string, string>;
  /** `keep` comes from `?keep=true`. */
  stop: { token: string; run(keep: boolean): void };
  /** What is left of Services that are gone, for `/_nlb/orphans`; removing it needs the token of `stop`. */
  orphans?: { look(): Promise<object[]>; remove(): Promise<object[]> };
  metrics?: () => Promise<{ contentType: string; body: string }>;
  log: Log;
};

const sameToken = (given: string | undefined, token: string): boolean => {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(token)];
  return token !== '' && a.length === b.length && timingSafeEqual(a, b);
};

const guarded = ({ stop }: AppOptions): RequestHandler => (request, response, next) => {
  if (sameToken(request.header('x-nlbox-token'), stop.token)) return next();
  response.status(403).json({ error: 'The header x-nlbox-token does not carry the token of this run; `nlbox down` reads it from the state directory.' });
};

const stopHandler = ({ stop }: AppOptions): RequestHandler => (request, response) => {
  const keep = new URLSearchParams(queryOf(request.url)).get('keep') === 'true';
  response.on('close', () => stop.run(keep)).status(202).json({ stopping: true });
};

const unknownPath: RequestHandler = (request, response) => {
  const error = `${request.method} ${request.path} is nothing that this endpoint serves. AWS calls go to POST /, health is at /_nlb/health.`;
  response.status(404).json({ error });
};

const failed = ({ log }: AppOptions): ErrorRequestHandler => (error: unknown, request, response, next) => {
  if (response.headersSent) return next(error);
  const { status } = error as { status?: unknown };
  if (typeof status === 'number' && status >= 400 && status < 500) return void response.status(status).json({ error: messageOf(error) });
  log.error({ path: request.path, error: error instanceof Error ? error.stack : messageOf(error) }, 'a request failed');
  response.status(500).json({ error: 'An internal error has occurred; the log of nlbox has the details.' });
};

/** All that the port serves besides AWS and the forward proxy. */
export const createApp = (options: AppOptions): Express => {
  const app = express();
  app.disable('x-powered-by').set('etag', false).set('query parser', false);
  const { metrics } = options;
  app.get(['/_nlb/health', '/_localstack/health'], (_request, response) => void response.json({ services: options.services(), version: options.version }));
  app.get('/_nlb/info', async (_request, response) => void response.json(await options.info()));
  app.get('/_nlb/history', (_request, response) => void response.json(options.history?.() ?? {}));
  app.get('/proxy.pac', (request, response) => void response.set('Content-Type', pacContentType).end(pacFor(request.headers.host ?? '')));
  app.post('/_nlb/stop', guarded(options), stopHandler(options));
  const { orphans } = options;
  if (orphans) {
    app.get('/_nlb/orphans', async (_request, response) => void response.json(await orphans.look()));
    // A refusal of AWS is for the one who asked, and no fault of ours.
    app.post('/_nlb/orphans/remove', guarded(options), async (_request, response) => {
      await orphans.remove().then((removed) => response.json(removed), (error: unknown) => response.status(502).json({ error: messageOf(error) }));
    });
  }
  if (metrics) {
    app.get('/metrics', async (_request, response) => {
      const { contentType, body } = await metrics();
      response.type(contentType).send(body);
    });
  }
  app.use(unknownPath);
  app.use(failed(options));
  return app;
};
