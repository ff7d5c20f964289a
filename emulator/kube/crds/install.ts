// Puts a resource definition into a cluster that has none, and waits until its kind is served.
import { isConflict, isNotFound, type KubeClient } from '../client.js';
import { customResourceDefinitions } from '../resources.js';
import type { Condition, KubeObject } from '../types.js';

type Definition = KubeObject & { status?: { conditions?: Condition[] } };

const established = (definition: Definition): boolean =>
  definition.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false;

const create = async (client: KubeClient, document: object, name: string): Promise<Definition | undefined> => {
  try {
    return await client.create<Definition>(customResourceDefinitions, undefined, document);
  } catch (error) {
    // Somebody else was faster.
    if (isConflict(error)) return client.get<Definition>(customResourceDefinitions, undefined, name);
    throw error;
  }
};

/** Leaves a definition that is there as it is: it may be the controller's own, newer than ours. */
export const installDefinition = async (client: KubeClient, document: { metadata: { name: string } }, signal: AbortSignal): Promise<void> => {
  const { name } = document.metadata;
  const found = (await client.get<Definition>(customResourceDefinitions, undefined, name)) ?? (await create(client, document, name));
  if (!found || established(found)) return;
  const seen = new AbortController();
  const query = { fieldSelector: `metadata.name=${name}`, resourceVersion: found.metadata.resourceVersion, timeoutSeconds: 30 };
  const watched = client.watch<Definition>(customResourceDefinitions, query, ({ object }) => {
    if (established(object)) seen.abort();
  }, AbortSignal.any([seen.signal, signal]));
  await watched.catch((error: unknown) => {
    if (!seen.signal.aborted && !isNotFound(error)) throw error;
  });
};
