// The Api seam: the server's own rules for the controllers that live in the same process.
import { noResource, StatusError } from '../status.js';
import { messageOf } from '../../errors.js';
import type { Api, KubeObject, NewObject, ResourceKey } from '../types.js';
import { admitWrite } from './admission/admit.js';
import { anyWebhook } from './admission/webhooks.js';
import { bind } from './binding.js';
import { remove } from './deletion.js';
import type { User } from './identity.js';
import type { Kind } from './kinds.js';
import { timestamp, type Environment } from './operations.js';
import type { Services } from './services.js';

const kindOf = (environment: Environment, resource: ResourceKey): Kind => {
  const kind = environment.registry.stored(resource);
  if (!kind) throw noResource();
  return kind;
};

const isMissing = (error: unknown): boolean => error instanceof StatusError && error.status.reason === 'NotFound';

type Admission = { create: Api['create']; admitting: Api['admitting'] };

// Every controller of a real cluster has an account of its own; a webhook sees one for them all.
const controllers: User = { username: 'system:serviceaccount:kube-system:controllers', groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'] };

// What controllers make for others to act on. What they write besides (scales, statuses, endpoints, events) is shown to nobody.
const shown = new Set<ResourceKey>(['pods', 'replicasets.apps', 'jobs.batch', 'controllerrevisions.apps']);

/** Such objects pass the webhooks as those of anybody else. */
const createAdmission = (services: Services): Admission => {
  const { environment, operations, store, log } = services;
  const asked = new Map<string, { resource: ResourceKey; draft: KubeObject }>();

  const ask = (kind: Kind, object: NewObject, refused: (error: unknown) => void): KubeObject => {
    const draft = operations.create(kind, object, { dryRun: true });
    const { uid, name, namespace } = draft.metadata;
    const named = { ...object, metadata: { ...object.metadata, name } };
    const wish = { subject: { kind, operation: 'CREATE' as const, namespace, name, subresource: undefined }, user: controllers, dryRun: false, warn: () => {} };
    asked.set(uid, { resource: kind.key, draft });
    Promise.resolve(admitWrite(services, wish, (options) => operations.create(kind, named, options)))
      .catch(refused)
      .finally(() => asked.delete(uid));
    return draft;
  };

  const quiet = (error: unknown): void => log.warn({ error: messageOf(error) }, 'a webhook refused what a controller made');
  return {
    create: (resource, object, refused = quiet) => {
      const kind = kindOf(environment, resource);
      return shown.has(kind.key) && anyWebhook(store, { kind, operation: 'CREATE', subresource: undefined }) ? ask(kind, object, refused) : operations.create(kind, object);
    },
    admitting: (resource, namespace) =>
      [...asked.values()].flatMap(({ resource: key, draft }) => (key === resource && draft.metadata.namespace === namespace && !store.get(key, namespace, draft.metadata.name) ? [draft] : [])),
  };
};

/** Synchronous; what is written reaches the disk before HTTP tells anybody. */
export const createInside = (services: Services): Api => {
  const { environment, operations } = services;
  return {
    get: (resource, namespace, name) => environment.store.get(resource, kindOf(environment, resource).namespaced ? namespace : undefined, name),
    list: (resource, namespace) => environment.store.list(resource, namespace),
    labelled: environment.store.labelled,
    by: environment.store.by,
    ...createAdmission(services),
    bind: (pod, node) => bind(operations, kindOf(environment, 'pods'), pod, node, timestamp(environment.clock)),
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
  };
};
