// TargetGroupBindings of a stack: made and corrected; surplus ones are deleted in the second half, and their end is awaited.
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../errors.js';
import { targetGroupBindings } from '../kube/resources.js';
import type { TargetGroupBinding, TargetGroupBindingSpec } from '../kube/types.js';
import { waitFor } from '../kube/wait.js';
import { bindingFinalizer } from './claims.js';
import type { Deployer } from './deploy-context.js';
import { match } from './match.js';
import { managedRef, type BindingModel, type Model, type Stack } from './model.js';

type Wanted = { namespace: string; name: string; labels: Record<string, string>; spec: TargetGroupBindingSpec };

const stackSelector = ({ namespace, name }: Stack): string => `service.k8s.aws/stack-namespace=${namespace},service.k8s.aws/stack-name=${name}`;

/** Puts ARN and group id where the model has references. */
const resolve = ({ targetGroup, namespace, name, labels, spec }: BindingModel, arns: Map<string, string>, managedGroup: string | undefined): Wanted => {
  const { networking, ...rest } = spec;
  const text = JSON.stringify(networking ?? null).replaceAll(JSON.stringify(managedRef), JSON.stringify(managedGroup ?? ''));
  return {
    namespace, name, labels,
    spec: { targetGroupARN: arns.get(targetGroup) ?? '', ...rest, ...(networking ? { networking: JSON.parse(text) as typeof networking } : {}) },
  };
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The merge patch that turns one into the other. */
const mergePatch = (before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> => {
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(before)) if (after[key] === undefined) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const old = before[key];
    if (isDeepStrictEqual(old, value)) continue;
    patch[key] = isObject(old) && isObject(value) ? mergePatch(old, value) : value;
  }
  return patch;
};

/** With its finalizer from the start: the pass that it is made for would add it first of all. */
const create = async ({ client }: Deployer, { namespace, name, labels, spec }: Wanted): Promise<void> => {
  await client.create(targetGroupBindings, namespace, { apiVersion: 'elbv2.k8s.aws/v1beta1', kind: 'TargetGroupBinding', metadata: { namespace, name, labels, finalizers: [bindingFinalizer] }, spec });
};

const update = async (deployer: Deployer, wanted: Wanted, present: TargetGroupBinding): Promise<void> => {
  const labels = present.metadata.labels ?? {};
  if (isDeepStrictEqual(wanted.spec, present.spec) && isDeepStrictEqual(wanted.labels, labels)) return;
  const { client, bindings, clock, waits, signal } = deployer;
  const { namespace, name } = present.metadata;
  // Annotations are ours too: without its checkpoint the binding is reconciled in full.
  const patch = { metadata: { labels: mergePatch(labels, wanted.labels), annotations: null }, spec: mergePatch(present.spec, wanted.spec) };
  const { metadata } = await client.patch<TargetGroupBinding>(targetGroupBindings, namespace, name, patch);
  const observed = (): boolean => (bindings.get(namespace, name)?.status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  await waitFor(bindings, observed, { clock, ms: waits.bindingObserved, signal }).catch((error: unknown) => {
    throw new Error(`failed to wait targetGroupBinding observedGeneration: ${messageOf(error)}`, { cause: error });
  });
};

/** Deletes bindings and waits until their controller has let them go. */
export const deleteBindings = async ({ client, bindings, clock, waits, signal }: Deployer, surplus: TargetGroupBinding[]): Promise<void> => {
  for (const { metadata: { namespace, name, uid } } of surplus) {
    if (!(await client.delete(targetGroupBindings, namespace, name))) continue;
    const gone = (): boolean => bindings.get(namespace, name)?.metadata.uid !== uid;
    await waitFor(bindings, gone, { clock, ms: waits.bindingDeletion, signal }).catch((error: unknown) => {
      throw new Error(`failed to wait targetGroupBinding deletion: ${messageOf(error)}`, { cause: error });
    });
  }
};

/** Makes and corrects; returns what is to be deleted later. */
export const deployBindings = async (deployer: Deployer, model: Model, arns: Map<string, string>, managedGroup: string | undefined): Promise<TargetGroupBinding[]> => {
  // Asked live: a binding made a moment ago may not be in the cache yet, and would be forgotten.
  const { items } = await deployer.client.list<TargetGroupBinding>(targetGroupBindings, model.stack.namespace, { labelSelector: stackSelector(model.stack) });
  const { matched, missing, surplus } = match({
    desired: model.bindings.map((binding) => resolve(binding, arns, managedGroup)),
    actual: items,
    desiredId: ({ spec }) => spec.targetGroupARN ?? '',
    actualId: ({ spec }) => spec.targetGroupARN ?? '',
  });
  // A target group that was deleted behind our back comes back with its old name and a new ARN.
  const inTheWay = surplus.filter(({ metadata }) => missing.some(({ name }) => name === metadata.name));
  await deleteBindings(deployer, inTheWay);
  for (const wanted of missing) await create(deployer, wanted);
  for (const [wanted, present] of matched) await update(deployer, wanted, present);
  return surplus.filter((one) => !inTheWay.includes(one));
};
