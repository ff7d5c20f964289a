// Create, update and delete with all their rules, for HTTP and for the controllers inside alike.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { iso } from '../../clock.js';
import { alreadyExists, badRequest, conflict, forbidden, invalid, invalidValue, notFound, type Cause } from '../status.js';
import type { KubeObject, NewObject } from '../types.js';
import { conform, type Findings } from './conform.js';
import { checkCustom, prepareCustom } from './crd/objects.js';
import { child, equal, fields, items, strings, text, without, type Fields } from './json.js';
import type { Kind } from './kinds.js';
import type { Models } from './models.js';
import type { Registry } from './registry.js';
import { checkLabels, checkName, generateName } from './rules/names.js';
import type { RuleContext } from './rules/rule.js';
import { ruleOf } from './rules/table.js';
import type { Store } from './store.js';

export type WriteOptions = {
  dryRun?: boolean;
  /** Told of unknown fields and wrong types before anything is decided. */
  inspect?: (findings: Findings) => void;
  /** Who writes, for managedFields. */
  record?: (next: Fields, old: KubeObject | undefined) => void;
  /** May exchange the defaulted object before it is validated: admission webhooks. */
  mutate?: ((draft: Fields) => Fields) | undefined;
};

export type Subresource = 'status' | 'finalize';

export type Operations = {
  create(kind: Kind, object: NewObject, options?: WriteOptions): KubeObject;
  update(kind: Kind, object: KubeObject, options?: WriteOptions & { subresource?: Subresource; internal?: boolean }): KubeObject;
};

export type Environment = { store: Store; registry: Registry; models: Models; clock: Clock; serviceCidr: string };

/** RFC 3339 in whole seconds. */
export const timestamp = (clock: Clock, plusSeconds = 0): string => iso(Math.floor(clock.now() / 1000 + plusSeconds) * 1000).replace('.000Z', 'Z');

export const hasStatus = (kind: Kind): boolean => kind.subresources.some((sub) => sub.name === 'status');

const context = (environment: Environment): RuleContext => ({ ...environment, now: timestamp(environment.clock) });

const checkMetadata = (kind: Kind, draft: Fields): Cause[] => {
  const metadata = fields(draft.metadata);
  return [...checkName(kind, text(metadata.name)), ...checkLabels('metadata.labels', metadata.labels)];
};

/** The namespace must be there and must not be on its way out. */
const checkNamespace = (environment: Environment, kind: Kind, metadata: Fields): void => {
  if (!kind.namespaced) {
    delete metadata.namespace;
    return;
  }
  const name = text(metadata.namespace);
  const namespace = environment.store.get('namespaces', undefined, name);
  const subject = { group: '', plural: 'namespaces', kind: 'Namespace' };
  if (!namespace) throw notFound(subject, name);
  if (namespace.metadata.deletionTimestamp === undefined) return;
  throw forbidden(kind, text(metadata.name), `unable to create new content in namespace ${name} because it is being terminated`, [
    { reason: 'NamespaceTerminating', message: `namespace ${name} is being terminated`, field: 'metadata.namespace' },
  ]);
};

const asStored = (environment: Environment, kind: Kind, object: Fields, options: WriteOptions): Fields => {
  const { value, findings } = kind.custom
    ? prepareCustom(environment.models, kind, object)
    : conform(environment.models, kind.model ?? '', object);
  options.inspect?.(findings);
  return value;
};

const fixedMetadata = ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'resourceVersion', 'selfLink', 'generateName'];

/** What the admission webhooks make of a draft, in the form its type allows; the identity the server gave stays. */
const admitted = (environment: Environment, kind: Kind, draft: Fields, mutate: NonNullable<WriteOptions['mutate']>): Fields => {
  const kept = fields(draft.metadata);
  const next = asStored(environment, kind, mutate(draft), {});
  const metadata = child(next, 'metadata');
  for (const key of ['name', 'namespace', ...fixedMetadata]) {
    if (kept[key] === undefined) delete metadata[key];
    else metadata[key] = kept[key];
  }
  ruleOf(kind.key).defaults?.(next, context(environment));
  return next;
};

const validate = (environment: Environment, kind: Kind, draft: Fields, old: KubeObject | undefined): void => {
  const causes = [
    ...(old ? checkLabels('metadata.labels', fields(draft.metadata).labels) : checkMetadata(kind, draft)),
    ...(kind.custom ? checkCustom(kind, draft, old) : []),
    ...(ruleOf(kind.key).validate?.(draft, old, context(environment)) ?? []),
  ];
  if (causes.length > 0) throw invalid(kind, text(fields(draft.metadata).name), causes);
};

const finish = (environment: Environment, kind: Kind, draft: Fields, old: KubeObject | undefined): void => {
  const causes = ruleOf(kind.key).finish?.(draft, old, context(environment)) ?? [];
  if (causes.length > 0) throw invalid(kind, text(fields(draft.metadata).name), causes);
};

const newMetadata = (environment: Environment, kind: Kind, draft: Fields): void => {
  const metadata = child(draft, 'metadata');
  if (text(metadata.resourceVersion) !== '') throw badRequest('resourceVersion should not be set on objects to be created');
  generateName(metadata);
  Object.assign(metadata, { uid: randomUUID(), creationTimestamp: timestamp(environment.clock), resourceVersion: '' });
  for (const key of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'selfLink']) delete metadata[key];
  if (kind.generation) metadata.generation = 1;
};

/** Named, dated and defaulted, but not yet looked at by anybody. */
const newDraft = (environment: Environment, kind: Kind, draft: Fields): Fields => {
  newMetadata(environment, kind, draft);
  checkNamespace(environment, kind, fields(draft.metadata));
  // Nodes bring their status; of everything else only the status subresource may write it.
  if (hasStatus(kind) && kind.key !== 'nodes') delete draft.status;
  const rule = ruleOf(kind.key);
  rule.defaults?.(draft, context(environment));
  rule.create?.(draft, context(environment));
  return draft;
};

const createWith =
  (environment: Environment): Operations['create'] =>
  (kind, object, options = {}) => {
    const sent = newDraft(environment, kind, asStored(environment, kind, object, options));
    const draft = options.mutate ? admitted(environment, kind, sent, options.mutate) : sent;
    validate(environment, kind, draft, undefined);
    const metadata = fields(draft.metadata);
    if (environment.store.get(kind.key, metadata.namespace as string | undefined, text(metadata.name))) throw alreadyExists(kind, text(metadata.name));
    // Before allocation: what the server allocates belongs to nobody.
    options.record?.(draft, undefined);
    finish(environment, kind, draft, undefined);
    const whole = draft as KubeObject;
    if (!options.dryRun) return environment.store.put(kind.key, whole);
    return { ...whole, metadata: without(whole.metadata, 'resourceVersion') as KubeObject['metadata'] };
  };

/** What the server keeps of the stored metadata, whatever was sent. */
const keepMetadata = (draft: Fields, old: KubeObject): void => {
  const metadata = child(draft, 'metadata');
  const before = fields(old.metadata);
  for (const key of fixedMetadata) {
    if (before[key] === undefined) delete metadata[key];
    else metadata[key] = before[key];
  }
};

const merged = (kind: Kind, draft: Fields, old: KubeObject, options: { subresource?: Subresource; internal?: boolean }): Fields => {
  const managed = fields(draft.metadata).managedFields;
  const keptMetadata = { ...old.metadata, ...(managed === undefined ? {} : { managedFields: managed }) };
  if (options.subresource === 'status') return { ...old, status: draft.status ?? {}, metadata: keptMetadata };
  const result: Fields = { ...draft };
  if (hasStatus(kind)) result.status = old.status;
  if (result.status === undefined) delete result.status;
  // Only /finalize, or the controller inside, may lift a namespace's own finalizer.
  if (kind.key === 'namespaces' && options.subresource !== 'finalize' && !options.internal) result.spec = structuredClone(old.spec);
  return result;
};

const checkLocks = (kind: Kind, object: KubeObject, old: KubeObject): void => {
  const { name, resourceVersion, uid } = fields(object.metadata);
  if (text(resourceVersion) === '' && (kind.custom || kind.key === 'endpoints')) {
    throw invalid(kind, text(name), [invalidValue('metadata.resourceVersion', 0, 'must be specified for an update')]);
  }
  if (text(resourceVersion) !== '' && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, text(name));
  if (text(uid) !== '' && uid !== old.metadata.uid) {
    throw conflict(kind, text(name), `Precondition failed: UID in precondition: ${text(uid)}, UID in object meta: ${old.metadata.uid}`);
  }
};

const content = (object: Fields): Fields => without(object, 'metadata', 'status');
const comparable = (object: Fields): Fields => ({
  ...object,
  metadata: { ...fields(object.metadata), resourceVersion: '', managedFields: items(fields(object.metadata).managedFields).map((entry) => without(entry, 'time')) },
});

/** Whether an object that is to be deleted has nothing left that holds it. */
export const isReleased = (object: Fields): boolean => {
  const metadata = fields(object.metadata);
  if (metadata.deletionTimestamp === undefined || strings(metadata.finalizers).length > 0) return false;
  if (object.kind === 'Namespace') return strings(fields(object.spec).finalizers).length === 0;
  return Number(metadata.deletionGracePeriodSeconds ?? 0) === 0;
};

const settle = (environment: Environment, kind: Kind, draft: Fields, old: KubeObject, dryRun: boolean): KubeObject => {
  const metadata = child(draft, 'metadata');
  if (kind.generation && !equal(content(draft), content(old))) metadata.generation = Number(old.metadata.generation ?? 0) + 1;
  if (equal(comparable(draft), comparable(old))) return old;
  const whole = draft as KubeObject;
  if (dryRun) return whole;
  return isReleased(draft) ? environment.store.remove(kind.key, whole) : environment.store.put(kind.key, whole);
};

const changedDraft = (environment: Environment, kind: Kind, draft: Fields, old: KubeObject, options: { subresource?: Subresource }): Fields => {
  keepMetadata(draft, old);
  const rule = ruleOf(kind.key);
  rule.defaults?.(draft, context(environment));
  if (options.subresource !== 'status') rule.update?.(draft, old, context(environment));
  return draft;
};

const updateWith =
  (environment: Environment): Operations['update'] =>
  (kind, object, options = {}) => {
    const { name, namespace } = object.metadata;
    const old = environment.store.get(kind.key, kind.namespaced ? namespace : undefined, name);
    if (!old) throw notFound(kind, name);
    checkLocks(kind, object, old);
    const sent = changedDraft(environment, kind, merged(kind, asStored(environment, kind, object, options), old, options), old, options);
    const draft = options.mutate ? admitted(environment, kind, sent, options.mutate) : sent;
    validate(environment, kind, draft, old);
    options.record?.(draft, old);
    if (options.subresource !== 'status') finish(environment, kind, draft, old);
    return settle(environment, kind, draft, old, options.dryRun === true);
  };

/** The two ways of writing; deletion has its own file. */
export const createOperations = (environment: Environment): Operations => ({
  create: createWith(environment),
  update: updateWith(environment),
});
