// The Api seam: the server's own rules for the controllers that live in the same process.
import { noResource, StatusError } from '../status.js';
import type { Api, ResourceKey } from '../types.js';
import { remove } from './deletion.js';
import type { Kind } from './kinds.js';
import type { Environment, Operations } from './operations.js';

const kindOf = (environment: Environment, resource: ResourceKey): Kind => {
  const kind = environment.registry.stored(resource);
  if (!kind) throw noResource();
  return kind;
};

const isMissing = (error: unknown): boolean => error instanceof StatusError && error.status.reason === 'NotFound';

/** Synchronous; what is written reaches the disk before HTTP tells anybody. */
export const createInside = (environment: Environment, operations: Operations): Api => ({
  get: (resource, namespace, name) => environment.store.get(resource, kindOf(environment, resource).namespaced ? namespace : undefined, name),
  list: (resource, namespace) => environment.store.list(resource, namespace),
  create: (resource, object) => operations.create(kindOf(environment, resource), object),
  update: (resource, object, subresource) =>
    operations.update(kindOf(environment, resource), object, { internal: true, ...(subresource ? { subresource } : {}) }),
  delete: (resource, namespace, name, options = {}) => {
    const { uid, ...rest } = options;
    try {
      return remove(environment, kindOf(environment, resource), namespace, name, { ...rest, ...(uid === undefined ? {} : { preconditions: { uid } }) }).object;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  watch: (resource, fn) => environment.store.watch(resource, fn),
});
