// Adding and removing a finalizer: read, merge patch with the read version as a lock, again on conflict.
import { isConflict, isNotFound, type KubeClient } from './client.js';
import type { Resource } from './resources.js';
import type { KubeObject } from './types.js';

const attempts = 10;

type Target = { client: KubeClient; resource: Resource; object: KubeObject; finalizer: string };

const patchOnce = async <T extends KubeObject>({ client, resource, object }: Target, change: (finalizers: string[]) => string[]): Promise<T | undefined> => {
  const { namespace, name, uid } = object.metadata;
  const current = await client.get<T>(resource, namespace, name);
  if (!current || current.metadata.uid !== uid) return undefined;
  const before = current.metadata.finalizers ?? [];
  const after = change(before);
  if (after.length === before.length) return current;
  const metadata = { resourceVersion: current.metadata.resourceVersion, finalizers: after.length > 0 ? after : null };
  return client.patch<T>(resource, namespace, name, { metadata });
};

const patch = async <T extends KubeObject>(target: Target, change: (finalizers: string[]) => string[]): Promise<T | undefined> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await patchOnce<T>(target, change);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!isConflict(error) || attempt === attempts) throw error;
    }
  }
};

/** The object with the finalizer; undefined when it is gone. No request when it has the finalizer already. */
export const addFinalizer = async <T extends KubeObject>(target: Target & { object: T }): Promise<T | undefined> => {
  if (target.object.metadata.finalizers?.includes(target.finalizer)) return target.object;
  return patch<T>(target, (all) => (all.includes(target.finalizer) ? all : [...all, target.finalizer]));
};

/** Removes the finalizer; an object that is gone is fine. */
export const removeFinalizer = async (target: Target): Promise<void> => {
  await patch(target, (all) => all.filter((one) => one !== target.finalizer));
};
