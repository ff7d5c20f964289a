// Target groups that several clusters fill: which targets are ours is kept in a ConfigMap, and only those are ever taken out.
import { isConflict, isNotFound } from '../kube/client.js';
import { configMaps } from '../kube/resources.js';
import type { KubeObject, TargetGroupBinding } from '../kube/types.js';
import type { BindingController } from './binding-context.js';

type ConfigMap = KubeObject & { data?: Record<string, string> };

const mapName = ({ metadata }: TargetGroupBinding): string => `aws-lbc-targets-${metadata.name}`;

export const isShared = ({ spec }: TargetGroupBinding): boolean => spec.multiClusterTargetGroup ?? false;

/** `id:port` of the targets that we have put in; undefined when nothing is known yet, and then nothing may be taken out. */
export const ownTargets = async ({ client }: Pick<BindingController, 'client'>, binding: TargetGroupBinding): Promise<Set<string> | undefined> => {
  const map = await client.get<ConfigMap>(configMaps, binding.metadata.namespace, mapName(binding));
  return map && new Set((map.data?.['targets'] ?? '').split(',').filter(Boolean));
};

/** Written before targets are registered: a pass that dies in between then knows them as its own. */
export const saveOwnTargets = async ({ client }: Pick<BindingController, 'client'>, binding: TargetGroupBinding, known: Set<string> | undefined, targets: string[]): Promise<void> => {
  const { namespace } = binding.metadata;
  const name = mapName(binding);
  const data = { targets: [...targets].sort().join(',') };
  if (known && [...known].sort().join(',') === data.targets) return;
  try {
    await (known ? client.patch(configMaps, namespace, name, { data }) : client.create(configMaps, namespace, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data }));
  } catch (error) {
    // Deleted or made by somebody since we looked.
    if (isNotFound(error)) return saveOwnTargets({ client }, binding, undefined, targets);
    if (!isConflict(error) || known) throw error;
    await client.patch(configMaps, namespace, name, { data });
  }
};

export const forgetOwnTargets = async ({ client }: Pick<BindingController, 'client'>, binding: TargetGroupBinding): Promise<void> => {
  await client.delete(configMaps, binding.metadata.namespace, mapName(binding));
};
