// The AWS endpoint: `POST /`, `GET /?Action=…`, or any path with a signature on it. It stands before express, whose stack costs three of four requests per second here.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';

/** One AWS request as it came over the wire: the parameters' text, and what says whose it is. */
export type AwsRequest = { method: string; path: string; body: string; query: string; authorization: string | undefined; target?: string | undefined };
export type AwsAnswer = { status: number; headers: Record<string, string>; body: string | Buffer };

/** What is wrong with a request that reaches no operation. */
export type Refusal = { status: number; code: string; message: string };

export type AwsDoorOptions = {
  answer(request: AwsRequest): AwsAnswer | Promise<AwsAnswer>;
  /** How many bytes the body of a request may have. */
  bodyLimit(request: Pick<AwsRequest, 'target'>): number;
  /** An AWS-shaped error for what never reaches `answer`. */
  refuse(refusal: Refusal, request: Pick<AwsRequest, 'authorization' | 'target'>): AwsAnswer;
  log: Log;
};

const tooLarge = (limit: number): Refusal => ({
  status: 413,
  code: 'RequestEntityTooLarge',
  message: `The request is larger than ${limit} bytes; send less in one call.`,
});
const encoded: Refusal = { status: 415, code: 'MalformedQueryString', message: 'Compressed request bodies are not understood; send the form as plain text.' };
const internal: Refusal = { status: 500, code: 'InternalFailure', message: 'An internal error has occurred; the log of nlbox has the details.' };

/** The query string of a request target, without its `?`. */
export const queryOf = (url = ''): string => (url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

const pathOf = (url = '/'): string => url.split('?', 1)[0] ?? '/';

const targetOf = ({ headers }: IncomingMessage): string | undefined => {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? target : undefined;
};

// Our own paths begin with an underscore; who signs a request to any other means an AWS service.
const isSigned = ({ headers, url = '' }: IncomingMessage): boolean =>
  (headers.authorization ?? '').startsWith('AWS4-HMAC-SHA256 ') && url.startsWith('/') && !url.startsWith('/_');

/** Whether a request is for the AWS endpoint. */
export const isAws = (request: IncomingMessage): boolean => {
  const { method, url = '' } = request;
  if (method === 'POST' && pathOf(url) === '/') return true;
  return (method === 'GET' && url.startsWith('/?')) || isSigned(request);
};

/** Writes an answer as it is. */
export const sendAws = (response: ServerResponse, { status, headers, body }: AwsAnswer): void => {
  response.writeHead(status, { 'Content-Type': 'text/xml', ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body);
};

// Reads to the end even when there is too much, so that the client gets to read the refusal.
const bodyOf = (request: IncomingMessage, limit: number): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.once('end', () => resolve(size > limit ? undefined : Buffer.concat(chunks).toString()));
    request.once('error', reject);
  });

/** The listener for AWS requests that have passed the guards. */
export const createAwsDoor = ({ answer, refuse, bodyLimit, log }: AwsDoorOptions): RequestListener => {
  const answerTo = async (request: IncomingMessage): Promise<AwsAnswer> => {
    const { authorization } = request.headers;
    const target = targetOf(request);
    const plain = (request.headers['content-encoding'] ?? 'identity') === 'identity';
    const limit = bodyLimit({ target });
    const body = await bodyOf(request, limit);
    if (!plain) return refuse(encoded, { authorization, target });
    if (body === undefined) return refuse(tooLarge(limit), { authorization, target });
    return answer({
      method: request.method ?? 'POST', path: pathOf(request.url), body, query: queryOf(request.url), authorization, target,
    });
  };
  return (request, response) => {
    answerTo(request)
      .catch((error: unknown) => {
        if (!request.errored) log.error({ error: error instanceof Error ? error.stack : messageOf(error) }, 'an AWS request failed');
        return refuse(internal, { authorization: request.headers.authorization, target: targetOf(request) });
      })
      .then((found) => sendAws(response, found))
      .catch(() => response.destroy());
  };
};
