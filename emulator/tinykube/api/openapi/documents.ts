// OpenAPI: version 3 per group-version, and the empty version 2 that kubectl 1.27 and 1.28 insist on.
import { createHash } from 'node:crypto';
import type { Answer } from '../http/exchange.js';
import type { Kind } from '../kinds.js';
import type { Models } from '../models.js';
import type { Registry } from '../registry.js';
import { schemasOf } from './schemas.js';
import { pathsOf } from './paths.js';

type Options = { registry: Registry; models: Models; version: string };
type Document = { text: string; hash: string };

// A dot where the Accept header has an @: the @ is no legal media type in an answer.
const v2Type = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const pathOf = (kind: Kind): string => (kind.group === '' ? `api/${kind.version}` : `apis/${kind.group}/${kind.version}`);

const groupVersions = (registry: Registry): Map<string, Kind[]> => {
  const all = new Map<string, Kind[]>();
  for (const kind of registry.all()) all.set(pathOf(kind), [...(all.get(pathOf(kind)) ?? []), kind]);
  return all;
};

// Built-in documents depend on this code only, custom ones on their CRD: so the index needs no document.
const hashOf = (kinds: readonly Kind[], version: string): string =>
  createHash('sha256').update(JSON.stringify([version, edition, kinds])).digest('hex').slice(0, 40).toUpperCase();

// Counts changes of how documents are made, since clients cache them by hash for ever.
const edition = 1;

const build = (kinds: readonly Kind[], { models, version }: Options): string =>
  JSON.stringify({
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: pathsOf(kinds, models),
    components: { schemas: schemasOf(kinds, models) },
  });

const forever = (hash: string): Record<string, string> => ({
  etag: `"${hash}"`,
  expires: 'Thu, 31 Dec 2099 23:59:59 GMT',
  'cache-control': 'public, immutable',
  vary: 'Accept',
});

/** Answers below /openapi; documents are made when first asked for and kept. */
export const createOpenApi = (options: Options): ((path: readonly string[]) => Answer | undefined) => {
  const made = new Map<string, Document>();
  const document = (path: string, kinds: readonly Kind[]): Document => {
    const hash = hashOf(kinds, options.version);
    const known = made.get(path);
    if (known?.hash === hash) return known;
    const fresh = { text: build(kinds, options), hash };
    made.set(path, fresh);
    return fresh;
  };
  const { registry, version: release } = options;
  let index: { edition: number; answer: Answer } | undefined;
  // Every apply asks for it.
  const indexNow = (): Answer => {
    if (index?.edition === registry.edition()) return index.answer;
    const entries = [...groupVersions(registry)].map(([path, kinds]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hashOf(kinds, release)}` }]);
    index = { edition: registry.edition(), answer: { code: 200, type: 'application/json', body: JSON.stringify({ paths: Object.fromEntries(entries) }) } };
    return index.answer;
  };
  return ([, version, ...rest]) => {
    if (version === 'v2' && rest.length === 0) return { code: 200, body: Buffer.alloc(0), type: v2Type };
    if (version !== 'v3') return undefined;
    if (rest.length === 0) return indexNow();
    const path = rest.join('/');
    const kinds = groupVersions(options.registry).get(path);
    if (!kinds) return undefined;
    const { text, hash } = document(path, kinds);
    return { code: 200, body: text, type: 'application/json', headers: forever(hash) };
  };
};
