// Create and update with all their rules, for HTTP and for the controllers inside alike.
import type { Clock } from '../../clock.js';
import { iso } from '../../clock.js';
import { alreadyExists, invalid, notFound } from '../status.js';
import type { KubeObject, NewObject } from '../types.js';
import { conform, type Findings } from './conform.js';
import { checkCustom, prepareCustom } from './crd/objects.js';
import { child, equal, equalApart, fields, items, strings, text, without, type Fields } from './json.js';
import type { Kind } from './kinds.js';
import { checkLocks, checkNamespace, keepIdentity, keepMetadata, newMetadata } from './metadata.js';
import type { Models } from './models.js';
import type { Registry } from './registry.js';
import { checkLabels, checkName } from './rules/names.js';
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

export type UpdateOptions = WriteOptions & {
  subresource?: Subresource;
  /** A controller inside, which may lift a namespace's finalizer. */
  internal?: boolean;
  /** The server's own write of spec and status in one: a binding. */
  whole?: boolean;
};

export type Operations = {
  create(kind: Kind, object: NewObject, options?: WriteOptions): KubeObject;
  update(kind: Kind, object: KubeObject, options?: UpdateOptions): KubeObject;
};

export type Environment = { store: Store; registry: Registry; models: Models; clock: Clock; serviceCidr: string };

type Writing = Environment & { rules: RuleContext };

/** RFC 3339 in whole seconds. */
export const timestamp = (clock: Clock, plusSeconds = 0): string => `${iso(Math.floor(clock.now() / 1000 + plusSeconds) * 1000).slice(0, 19)}Z`;

export const hasStatus = (kind: Kind): boolean => kind.subresources.some((sub) => sub.name === 'status');

const asStored = ({ models }: Writing, kind: Kind, object: Fields, { inspect }: WriteOptions): Fields => {
  const { value, findings } = kind.custom ? prepareCustom(models, kind, object) : conform(models, kind.model ?? '', object);
  inspect?.(findings);
  return value;
};

/** What the admission webhooks make of a draft, in the form its type allows; the identity the server gave stays. */
const admitted = (writing: Writing, kind: Kind, draft: Fields, mutate: NonNullable<WriteOptions['mutate']>): Fields => {
  const next = asStored(writing, kind, mutate(draft), {});
  keepIdentity(next, fields(draft.metadata));
  ruleOf(kind.key).defaults?.(next, writing.rules);
  return next;
};

const validate = ({ rules }: Writing, kind: Kind, draft: Fields, old: KubeObject | undefined): void => {
  const metadata = fields(draft.metadata);
  const causes = [
    ...(old ? [] : checkName(kind, text(metadata.name))),
    ...checkLabels('metadata.labels', metadata.labels),
    ...(kind.custom ? checkCustom(kind, draft, old) : []),
    ...(ruleOf(kind.key).validate?.(draft, old, rules) ?? []),
  ];
  if (causes.length > 0) throw invalid(kind, text(metadata.name), causes);
};

const finish = ({ rules }: Writing, kind: Kind, draft: Fields, old: KubeObject | undefined): void => {
  const causes = ruleOf(kind.key).finish?.(draft, old, rules) ?? [];
  if (causes.length > 0) throw invalid(kind, text(fields(draft.metadata).name), causes);
};

/** Named, dated and defaulted, but not yet looked at by anybody. */
const newDraft = ({ store, rules }: Writing, kind: Kind, draft: Fields): Fields => {
  newMetadata(kind, draft, rules.now);
  checkNamespace(store, kind, fields(draft.metadata));
  // Nodes bring their status; of everything else only the status subresource may write it.
  if (hasStatus(kind) && kind.key !== 'nodes') delete draft.status;
  const rule = ruleOf(kind.key);
  rule.defaults?.(draft, rules);
  rule.create?.(draft, rules);
  return draft;
};

const createWith =
  (writing: Writing): Operations['create'] =>
  (kind, object, options = {}) => {
    const sent = newDraft(writing, kind, asStored(writing, kind, object, options));
    const draft = options.mutate ? admitted(writing, kind, sent, options.mutate) : sent;
    validate(writing, kind, draft, undefined);
    const metadata = fields(draft.metadata);
    if (writing.store.get(kind.key, metadata.namespace as string | undefined, text(metadata.name))) throw alreadyExists(kind, text(metadata.name));
    // Before allocation: what the server allocates belongs to nobody.
    options.record?.(draft, undefined);
    finish(writing, kind, draft, undefined);
    const made = draft as KubeObject;
    if (!options.dryRun) return writing.store.put(kind.key, made);
    return { ...made, metadata: without(made.metadata, 'resourceVersion') as KubeObject['metadata'] };
  };

const merged = (kind: Kind, draft: Fields, old: KubeObject, { subresource, internal, whole }: UpdateOptions): Fields => {
  const managed = fields(draft.metadata).managedFields;
  const keptMetadata = { ...old.metadata, ...(managed === undefined ? {} : { managedFields: managed }) };
  if (subresource === 'status') return { ...old, status: draft.status ?? {}, metadata: keptMetadata };
  const result: Fields = { ...draft };
  if (hasStatus(kind) && !whole) result.status = old.status;
  if (result.status === undefined) delete result.status;
  // Only /finalize, or the controller inside, may lift a namespace's own finalizer.
  if (kind.key === 'namespaces' && subresource !== 'finalize' && !internal) result.spec = structuredClone(old.spec);
  return result;
};

/** Whether an object that is to be deleted has nothing left that holds it. */
export const isReleased = (object: Fields): boolean => {
  const metadata = fields(object.metadata);
  if (metadata.deletionTimestamp === undefined || strings(metadata.finalizers).length > 0) return false;
  if (object.kind === 'Namespace') return strings(fields(object.spec).finalizers).length === 0;
  return Number(metadata.deletionGracePeriodSeconds ?? 0) === 0;
};

const timeless = (metadata: Fields): Fields[] => items(metadata.managedFields).map((entry) => without(entry, 'time'));

/** Apart from the version and the times of managedFields. */
const isSame = (draft: Fields, old: KubeObject): boolean => {
  const [metadata, before] = [fields(draft.metadata), fields(old.metadata)];
  return equalApart(draft, old, 'metadata') && equalApart(metadata, before, 'resourceVersion', 'managedFields') && equal(timeless(metadata), timeless(before));
};

const settle = ({ store }: Writing, kind: Kind, draft: Fields, old: KubeObject, { dryRun, subresource }: UpdateOptions): KubeObject => {
  const metadata = child(draft, 'metadata');
  if (kind.generation && subresource !== 'status' && !equalApart(draft, old, 'metadata', 'status')) metadata.generation = Number(old.metadata.generation ?? 0) + 1;
  if (isSame(draft, old)) return old;
  const next = draft as KubeObject;
  if (dryRun) return next;
  return isReleased(draft) ? store.remove(kind.key, next) : store.put(kind.key, next);
};

const changedDraft = ({ rules }: Writing, kind: Kind, draft: Fields, old: KubeObject, { subresource }: UpdateOptions): Fields => {
  keepMetadata(draft, old);
  const rule = ruleOf(kind.key);
  rule.defaults?.(draft, rules);
  if (subresource !== 'status') rule.update?.(draft, old, rules);
  return draft;
};

// Controllers write statuses all the time; what besides is in the object was checked when it was stored, and is taken from there.
const isPlainStatus = (kind: Kind, { subresource, internal }: UpdateOptions): boolean => subresource === 'status' && internal === true && !kind.custom;

const updateWith =
  (writing: Writing): Operations['update'] =>
  (kind, object, options = {}) => {
    const { name, namespace } = object.metadata;
    const old = writing.store.get(kind.key, kind.namespaced ? namespace : undefined, name);
    if (!old) throw notFound(kind, name);
    checkLocks(kind, object, old);
    const plain = isPlainStatus(kind, options);
    const given = asStored(writing, kind, plain ? { status: object['status'] } : object, options);
    const sent = changedDraft(writing, kind, merged(kind, given, old, options), old, options);
    const draft = options.mutate ? admitted(writing, kind, sent, options.mutate) : sent;
    if (!plain) validate(writing, kind, draft, old);
    options.record?.(draft, old);
    if (options.subresource !== 'status') finish(writing, kind, draft, old);
    return settle(writing, kind, draft, old, options);
  };

/** The two ways of writing; deletion has its own file. */
export const createOperations = (environment: Environment): Operations => {
  const { store, registry, serviceCidr, clock } = environment;
  const rules: RuleContext = { store, registry, serviceCidr, get now() { return timestamp(clock); } };
  const writing: Writing = { ...environment, rules };
  return { create: createWith(writing), update: updateWith(writing) };
};
