// The order in which a request to the port itself is met: FIRST the version header, THEN the guards, THEN AWS, THEN express.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Express } from 'express';
import { messageOf } from '../errors.js';
import type { AppOptions } from './app.js';
import { createAwsDoor, isAws, sendAws, type AwsDoorOptions } from './aws.js';
import { guards, refusedBy } from './guards.js';

export type EntranceOptions = AppOptions &
  AwsDoorOptions & {
    /** A name besides localhost under which this endpoint may be called. */
    publicHost?: string;
  };

const deny = (options: EntranceOptions, request: IncomingMessage, response: ServerResponse, message: string): void => {
  const { authorization, host, origin } = request.headers;
  options.log.warn({ method: request.method, url: request.url, host, origin }, message);
  request.resume();
  if (isAws(request)) sendAws(response, options.refuse({ status: 403, code: 'AccessDenied', message }, { authorization }));
  else response.writeHead(403, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error: message }));
};

// express costs a sixth of a cold start, and AWS's clients never meet it: it is loaded at its first request.
const lazyApp = (options: EntranceOptions): RequestListener => {
  let app: Promise<Express> | undefined;
  return (request, response) => {
    app ??= import('./app.js').then(({ createApp }) => createApp(options));
    app.then((listener) => listener(request, response)).catch((error: unknown) => {
      options.log.error({ error: messageOf(error) }, 'the admin endpoints could not be loaded');
      response.writeHead(500).end();
    });
  };
};

/** One listener for everything but forward-proxy requests. */
export const createEntrance = (options: EntranceOptions): RequestListener => {
  const list = guards(options.publicHost);
  const aws = createAwsDoor(options);
  const app = lazyApp(options);
  return (request, response) => {
    response.setHeader('x-nlb-emulator', options.version);
    const reason = refusedBy(list, request);
    if (reason !== undefined) deny(options, request, response, reason);
    else if (isAws(request)) aws(request, response);
    else app(request, response);
  };
};
