// DELETE: preconditions, graceful pods, finalizers and propagation, and what is answered.
import { conflict, forbidden, notFound } from '../status.js';
import type { KubeObject } from '../types.js';
import { fields, strings, text } from './json.js';
import type { Kind } from './kinds.js';
import { isReleased, timestamp, type Environment } from './operations.js';

export type DeleteOptions = {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun?: boolean;
};

/** `gone` is false while finalizers, a grace period or a namespace's content hold the object. */
export type Deleted = { object: KubeObject; gone: boolean };

// The real server's admission refuses these three.
const lasting = ['default', 'kube-system', 'kube-public'];

const checkPreconditions = (kind: Kind, object: KubeObject, options: DeleteOptions): void => {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { name } = object.metadata;
  if (uid !== undefined && uid !== object.metadata.uid) {
    throw conflict(kind, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${object.metadata.uid}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion) {
    throw conflict(kind, name, `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${object.metadata.resourceVersion}`);
  }
};

/** Only a pod that a kubelet runs is given time; the kubelet ends it with grace 0. */
const graceOf = (kind: Kind, object: KubeObject, options: DeleteOptions): number => {
  if (kind.key !== 'pods') return 0;
  const spec = fields(object.spec);
  const phase = text(fields(object.status).phase);
  if (text(spec.nodeName) === '' || phase === 'Succeeded' || phase === 'Failed') return 0;
  const wanted = options.gracePeriodSeconds ?? Number(object.metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30);
  const running = object.metadata.deletionGracePeriodSeconds;
  return Math.max(0, running === undefined ? wanted : Math.min(running, wanted));
};

const finalizersFor = (object: KubeObject, options: DeleteOptions): string[] => {
  const rest = strings(object.metadata.finalizers).filter((one) => one !== 'orphan' && one !== 'foregroundDeletion');
  const orphan = options.propagationPolicy === 'Orphan' || options.orphanDependents === true;
  if (orphan) return [...rest, 'orphan'];
  if (options.propagationPolicy === 'Foreground') return [...rest, 'foregroundDeletion'];
  return options.propagationPolicy === undefined && options.orphanDependents === undefined ? strings(object.metadata.finalizers) : rest;
};

const marked = (environment: Environment, kind: Kind, object: KubeObject, options: DeleteOptions): KubeObject => {
  const grace = graceOf(kind, object, options);
  const finalizers = finalizersFor(object, options);
  const first = object.metadata.deletionTimestamp === undefined;
  const metadata = { ...object.metadata, deletionGracePeriodSeconds: grace };
  if (first || grace !== object.metadata.deletionGracePeriodSeconds) metadata.deletionTimestamp = timestamp(environment.clock, grace);
  if (first && kind.generation) metadata.generation = (metadata.generation ?? 0) + 1;
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  const next: KubeObject = { ...object, metadata };
  if (kind.key === 'namespaces') {
    delete next.metadata.deletionGracePeriodSeconds;
    next.status = { ...fields(object.status), phase: 'Terminating' };
  }
  return next;
};

const unchanged = (a: KubeObject, b: KubeObject): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Deletes by all the rules; throws NotFound when there is nothing. */
export const remove = (environment: Environment, kind: Kind, namespace: string | undefined, name: string, options: DeleteOptions = {}): Deleted => {
  const object = environment.store.get(kind.key, kind.namespaced ? namespace : undefined, name);
  if (!object) throw notFound(kind, name);
  if (kind.key === 'namespaces' && lasting.includes(name)) throw forbidden(kind, name, 'this namespace may not be deleted');
  checkPreconditions(kind, object, options);
  const next = marked(environment, kind, object, options);
  const released = isReleased(next);
  if (options.dryRun) return { object: released ? object : next, gone: released };
  if (!released) return { object: unchanged(next, object) ? object : environment.store.put(kind.key, next), gone: false };
  // An object that never had to wait is answered as it was, without a deletionTimestamp.
  const last = kind.key === 'pods' || object.metadata.deletionTimestamp !== undefined ? next : object;
  return { object: environment.store.remove(kind.key, last), gone: true };
};
