// The metadata that the server itself gives, keeps and insists on.
import { randomUUID } from 'node:crypto';
import { badRequest, conflict, forbidden, invalid, invalidValue, notFound } from '../status.js';
import type { KubeObject } from '../types.js';
import { child, fields, text, type Fields } from './json.js';
import type { Kind } from './kinds.js';
import { generateName } from './rules/names.js';
import type { Store } from './store.js';

const fixedMetadata = ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'resourceVersion', 'selfLink', 'generateName'];

/** Names and dates a new object. */
export const newMetadata = (kind: Kind, draft: Fields, now: string): void => {
  const metadata = child(draft, 'metadata');
  if (text(metadata.resourceVersion) !== '') throw badRequest('resourceVersion should not be set on objects to be created');
  generateName(metadata);
  Object.assign(metadata, { uid: randomUUID(), creationTimestamp: now, resourceVersion: '' });
  for (const key of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'selfLink']) if (metadata[key] !== undefined) delete metadata[key];
  if (kind.generation) metadata.generation = 1;
};

/** The namespace must be there and must not be on its way out. */
export const checkNamespace = (store: Store, kind: Kind, metadata: Fields): void => {
  if (!kind.namespaced) {
    delete metadata.namespace;
    return;
  }
  const name = text(metadata.namespace);
  const namespace = store.get('namespaces', undefined, name);
  const subject = { group: '', plural: 'namespaces', kind: 'Namespace' };
  if (!namespace) throw notFound(subject, name);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  throw forbidden(kind, text(metadata.name), `unable to create new content in namespace ${name} because it is being terminated`, [
    { reason: 'NamespaceTerminating', message: `namespace ${name} is being terminated`, field: 'metadata.namespace' },
  ]);
};

const keep = (metadata: Fields, before: Fields, keys: readonly string[]): void => {
  for (const key of keys) {
    if (before[key] !== undefined) metadata[key] = before[key];
    else if (metadata[key] !== undefined) delete metadata[key];
  }
};

/** What the server keeps of the stored metadata, whatever was sent. */
export const keepMetadata = (draft: Fields, old: KubeObject): void => keep(child(draft, 'metadata'), fields(old.metadata), fixedMetadata);

/** A webhook may change neither the object's identity nor what the server gave. */
export const keepIdentity = (draft: Fields, before: Fields): void => keep(child(draft, 'metadata'), before, ['name', 'namespace', ...fixedMetadata]);

/** Optimistic locks: the version and the uid that the writer saw. */
export const checkLocks = (kind: Kind, object: KubeObject, old: KubeObject): void => {
  const { name, resourceVersion, uid } = fields(object.metadata);
  if (text(resourceVersion) === '' && (kind.custom || kind.key === 'endpoints')) {
    throw invalid(kind, text(name), [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')]);
  }
  if (text(resourceVersion) !== '' && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, text(name));
  if (text(uid) !== '' && uid !== old.metadata.uid) {
    throw conflict(kind, text(name), `Precondition failed: UID in precondition: ${text(uid)}, UID in object meta: ${old.metadata.uid}`);
  }
};
