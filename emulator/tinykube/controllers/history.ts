// The templates that a StatefulSet or DaemonSet has had, as ControllerRevisions: what `kubectl rollout history` and `undo` go by.
// Models pkg/controller/history.
import type { KubeObject, ResourceKey } from '../types.js';
import type { Context } from './context.js';
import type { DaemonSet, StatefulSet } from './kinds.js';
import { controllerOf, controllerReference } from './owners.js';

const revisions: ResourceKey = 'controllerrevisions.apps';

type Owner = StatefulSet | DaemonSet;
type Revision = KubeObject & { revision: number };

export type HistoryOptions = {
  /** The hash of the present template, and the label that says it. */
  hash: string;
  label: string;
  /** Names of revisions that pods still have. */
  used: ReadonlySet<string>;
};

const notCopied = 'kubectl.kubernetes.io/last-applied-configuration';

const handedDown = ({ metadata }: Owner): Record<string, string> => Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(([key]) => key !== notCopied));

const create = ({ api }: Context, owner: Owner, name: string, revision: number, { hash, label }: HistoryOptions): void => {
  const annotations = handedDown(owner);
  api.create(revisions, {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace: owner.metadata.namespace ?? 'default',
      labels: { ...owner.spec.template.metadata?.labels, [label]: hash },
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    data: { spec: { template: { ...structuredClone(owner.spec.template), $patch: 'replace' } } },
    revision,
  });
};

/** Keeps one revision for each template, the present one the newest, and forgets the oldest that no pod has. */
export const keepHistory = (context: Context, owner: Owner, options: HistoryOptions): void => {
  const { api } = context;
  const { namespace, uid, name: ownerName } = owner.metadata;
  const known = ([...api.by(revisions, 'owner', uid), ...api.admitting(revisions, namespace).filter((one) => controllerOf(one)?.uid === uid)] as Revision[]).sort((a, b) => a.revision - b.revision);
  const newest = known.at(-1);
  const name = `${ownerName}-${options.hash}`;
  const present = known.find(({ metadata }) => metadata.name === name);
  if (!present) create(context, owner, name, (newest?.revision ?? 0) + 1, options);
  else if (present !== newest) api.update(revisions, { ...present, revision: (newest?.revision ?? 0) + 1 } as KubeObject);
  const idle = known.filter(({ metadata }) => metadata.name !== name && !options.used.has(metadata.name));
  for (const { metadata } of idle.slice(0, Math.max(0, idle.length - (owner.spec.revisionHistoryLimit ?? 10)))) api.delete(revisions, namespace, metadata.name);
};
