// How stored objects look from outside: in the version asked for, as lists, as Tables or as bare metadata.
import type { KubeObject } from '../../types.js';
import { without, type Fields } from '../json.js';
import { apiVersion, type Kind } from '../kinds.js';
import { table, type Include } from '../tables/columns.js';
import { printerOf } from '../tables/others.js';
import type { Exchange } from './exchange.js';
import { present } from './versions.js';

export type Form = { as: 'object' } | { as: 'table'; version: string; include: Include } | { as: 'metadata'; version: string };

const acceptForm = (part: string, include: Include): Form | undefined => {
  const [type = '', ...parameters] = part.trim().split(';').map((each) => each.trim());
  const given = new Map(parameters.map((each) => each.split('=') as [string, string]));
  const version = given.get('v') ?? 'v1';
  if (given.get('as') === 'Table') return { as: 'table', version, include };
  if (given.get('as') === 'PartialObjectMetadata' || given.get('as') === 'PartialObjectMetadataList') return { as: 'metadata', version };
  return ['application/json', 'application/yaml', '*/*', 'application/*', ''].includes(type) ? { as: 'object' } : undefined;
};

/** The first form in Accept that we can give; JSON is always good enough. */
export const formOf = (exchange: Exchange): Form => {
  const include = (exchange.query.get('includeObject') ?? 'Metadata') as Include;
  for (const part of (exchange.request.headers.accept ?? '').split(',')) {
    const form = acceptForm(part, include);
    if (form) return form;
  }
  return { as: 'object' };
};

const metadataOnly = (object: KubeObject, version: string): Fields => ({ kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata });

/** One object in the wanted form. */
export const showOne = (kind: Kind, object: KubeObject, form: Form, now: number, heading = true): unknown => {
  const shown = present(kind, object);
  if (form.as === 'metadata') return metadataOnly(shown, form.version);
  if (form.as === 'object') return shown;
  return table(printerOf(kind), [kind.view ? object : shown], {
    metadata: { resourceVersion: object.metadata.resourceVersion },
    include: form.include,
    now,
    version: form.version,
    heading,
  });
};

/** A list in the wanted form. */
export const showList = (kind: Kind, objects: readonly KubeObject[], metadata: Fields, form: Form, now: number): unknown => {
  const shown = objects.map((object) => present(kind, object));
  if (form.as === 'table') return table(printerOf(kind), kind.view ? objects : shown, { metadata, include: form.include, now, version: form.version, heading: true });
  if (form.as === 'metadata') return { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${form.version}`, metadata, items: shown.map((object) => metadataOnly(object, form.version)) };
  // Lists of built-in kinds leave kind and apiVersion out of their items, as the real server does.
  const listed = kind.custom ? shown : shown.map((object) => without(object, 'kind', 'apiVersion'));
  return { kind: kind.listKind, apiVersion: apiVersion(kind), metadata, items: listed };
};
