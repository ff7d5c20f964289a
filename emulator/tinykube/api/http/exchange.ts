// One HTTP exchange: what came in, how bodies are read and answers are written.
import { createRequire } from 'node:module';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequest, StatusError, unsupportedMediaType } from '../../status.js';
import type { User } from '../identity.js';
import { duplicateKeys } from '../duplicates.js';
import { isFields, type Fields } from '../json.js';
import { bodyTypes, decodeProtobuf } from '../protobuf/decode.js';

export type Exchange = {
  request: IncomingMessage;
  response: ServerResponse;
  method: string;
  /** Decoded segments of the path. */
  path: string[];
  query: URLSearchParams;
  user: User;
  body: Buffer;
};

export type Answer = { code: number; body: unknown; type?: string; headers?: Record<string, string | string[]> };

/** What a handler returns when it has taken the response over. */
export const streaming: unique symbol = Symbol('streaming');

// YAML bodies are rare and their parser is large: loaded when the first one comes.
const require = createRequire(import.meta.url);

export const protobufType = 'application/vnd.kubernetes.protobuf';

const longestBody = 3 * 1024 * 1024;

/** The whole body, at most 3 MiB as the real server takes. */
export const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > longestBody) throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${longestBody}`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

export const contentType = (exchange: Exchange): string => (exchange.request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';

const parseJson = (body: Buffer, kind: string): unknown => {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : ''}`);
  }
};

type Yaml = { value: unknown; repeated: string[] };

const alreadySet = (line: number, key: string): string => `  line ${line}: key "${key}" already set in map`;

const parseYaml = (text: string): Yaml => {
  const { LineCounter, parseDocument } = require('yaml') as typeof import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, logLevel: 'silent' });
  const fatal = document.errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (fatal) throw fatal;
  const keyAt = (at: number): string => /^["']?([^"':\n]*)/.exec(text.slice(at))?.[1]?.trim() ?? '';
  return { value: document.toJS() as unknown, repeated: document.errors.map(({ pos: [at] }) => alreadySet(lineCounter.linePos(at).line, keyAt(at))) };
};

/** JSON is YAML, too, and what clients send; its own parser is many times faster. */
const readYaml = (text: string): Yaml => {
  if (!/^\s*\{/.test(text)) return parseYaml(text);
  try {
    const value = JSON.parse(text) as unknown;
    return { value, repeated: duplicateKeys(text).map(({ line, key }) => alreadySet(line, key)) };
  } catch {
    return parseYaml(text);
  }
};

const parseText = (body: Buffer, kind: string): unknown => {
  try {
    return readYaml(body.toString('utf8')).value;
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${error instanceof Error ? error.message : ''}`);
  }
};

/** Keys that the body, which has been read, holds twice: as decoding of JSON words it, or that of YAML. */
export const repeatedKeys = (exchange: Exchange): string[] => {
  const type = contentType(exchange);
  if (type === protobufType) return [];
  const text = exchange.body.toString('utf8');
  if (!type.endsWith('yaml')) return duplicateKeys(text).map(({ trail }) => `duplicate field "${trail}"`);
  const { repeated } = readYaml(text);
  return repeated.length > 0 ? [`yaml: unmarshal errors:\n${repeated.join('\n')}`] : [];
};

/** The object in the body: JSON, YAML or protobuf. */
export const readObject = (exchange: Exchange, kind: string): Fields => {
  const type = contentType(exchange);
  if (type === protobufType) return decodeProtobuf(exchange.body);
  if (type !== 'application/json' && type !== 'application/yaml' && type !== '') throw unsupportedMediaType(bodyTypes);
  const value = type === 'application/yaml' ? parseText(exchange.body, kind) : parseJson(exchange.body, kind);
  if (!isFields(value)) throw badRequest(`the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct`);
  return value;
};

/** JSON or YAML without a check of its shape: the body of a patch. */
export const readPatch = (exchange: Exchange): unknown =>
  contentType(exchange).endsWith('+yaml') ? parseText(exchange.body, 'patch') : parsePatch(exchange.body);

const parsePatch = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : ''}`);
  }
};

export const send = (response: ServerResponse, { code, body, type, headers }: Answer): void => {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(code, {
    'content-type': type ?? (typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'),
    'cache-control': 'no-cache, private',
    ...headers,
    'content-length': Buffer.byteLength(payload),
  });
  response.end(payload);
};
