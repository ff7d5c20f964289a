// One TargetGroupBinding through its life: claimed, completed, its targets kept right, and let go.
import { messageOf } from '../errors.js';
import { addFinalizer, removeFinalizer } from '../kube/finalizer.js';
import { keyOf } from '../kube/cache.js';
import { targetGroupBindings } from '../kube/resources.js';
import type { TargetGroupBinding } from '../kube/types.js';
import type { Outcome } from '../loop/queue.js';
import { blankCheckpoint, patchBinding, StatusNotWritten, type BindingController } from './binding-context.js';
import { completeBinding } from './binding-defaults.js';
import { reconcileTargets } from './binding-targets.js';
import { hasCode } from './calls.js';
import { bindingFinalizer } from './claims.js';
import { BackendNotFound } from './endpoints.js';
import { forgetOwnTargets, isShared, ownTargets } from './multicluster.js';
import { openGates } from './readiness.js';

const removeAll = async (controller: BindingController, binding: TargetGroupBinding): Promise<void> => {
  const { targets } = controller;
  const arn = binding.spec.targetGroupARN;
  if (!arn) return;
  const own = isShared(binding) ? ((await ownTargets(controller, binding)) ?? new Set<string>()) : undefined;
  try {
    const present = (await targets.list(arn)).map(({ target }) => target);
    await targets.deregister(arn, present.filter(({ Id, Port }) => !own || own.has(`${Id}:${Port}`)));
  } catch (error) {
    // A group that is gone, or that never was one, has no targets.
    if (!hasCode(error, 'TargetGroupNotFound', 'ValidationError', 'InvalidTarget')) throw error;
  }
  if (own) await forgetOwnTargets(controller, binding);
};

const reconcile = async (controller: BindingController, binding: TargetGroupBinding): Promise<Outcome> => {
  try {
    const complete = await completeBinding(controller, binding);
    if (complete !== binding) controller.bindings.learn(complete);
    if (complete.spec.iamRoleArnToAssume) throw new Error('iamRoleArnToAssume: nlbox does not model target groups of other accounts');
    return await reconcileTargets(controller, complete);
  } catch (error) {
    if (!(error instanceof BackendNotFound)) throw error;
    controller.recorder.event(binding, 'Warning', 'BackendNotFound', error.message);
    await blankCheckpoint(controller, binding);
    await removeAll(controller, binding);
    await controller.networking.release(binding);
    return 'done';
  }
};

const fail = (controller: BindingController, binding: TargetGroupBinding, reason: string, message: string): Outcome => {
  if (controller.signal.aborted) return 'stop';
  controller.recorder.event(binding, 'Warning', reason, message);
  controller.log.warn({ binding: keyOf(binding), reason }, message);
  return 'retry';
};

const failedCleanup = async (controller: BindingController, binding: TargetGroupBinding, error: unknown): Promise<Outcome> => {
  const condition = { type: 'Ready', status: 'False', reason: 'FailedCleanup', message: messageOf(error) };
  await patchBinding(controller, binding, { status: { conditions: [condition] } }, 'status').catch(() => {});
  return fail(controller, binding, 'FailedCleanup', `Failed cleanup due to ${messageOf(error)}`);
};

const cleanUp = async (controller: BindingController, binding: TargetGroupBinding): Promise<Outcome> => {
  if (!binding.metadata.finalizers?.includes(bindingFinalizer)) return 'done';
  try {
    await removeAll(controller, binding);
    await controller.networking.release(binding);
    await openGates(controller, binding);
  } catch (error) {
    return failedCleanup(controller, binding, error);
  }
  try {
    await removeFinalizer({ client: controller.client, resource: targetGroupBindings, object: binding, finalizer: bindingFinalizer });
    return 'done';
  } catch (error) {
    return fail(controller, binding, 'FailedRemoveFinalizer', `Failed remove finalizer due to ${messageOf(error)}`);
  }
};

const claim = async (controller: BindingController, binding: TargetGroupBinding): Promise<TargetGroupBinding | undefined> => {
  const claimed = await addFinalizer({ client: controller.client, resource: targetGroupBindings, object: binding, finalizer: bindingFinalizer });
  if (claimed) controller.bindings.learn(claimed);
  return claimed;
};

/** One pass for `namespace/name`. Failures become events and are tried again. */
export const reconcileBinding = async (controller: BindingController, key: string): Promise<Outcome> => {
  const [namespace = '', name = ''] = key.split('/');
  const binding = controller.bindings.get(namespace, name);
  if (!binding) return 'done';
  if (binding.metadata.deletionTimestamp) return cleanUp(controller, binding);
  let claimed: TargetGroupBinding | undefined;
  try {
    claimed = await claim(controller, binding);
  } catch (error) {
    return fail(controller, binding, 'FailedAddFinalizer', `Failed add finalizer due to ${messageOf(error)}`);
  }
  if (!claimed) return 'done';
  try {
    return await reconcile(controller, claimed);
  } catch (error) {
    if (error instanceof StatusNotWritten) return fail(controller, claimed, 'FailedUpdateStatus', `Failed update status due to ${error.message}`);
    return fail(controller, claimed, 'FailedReconcile', `Failed reconcile due to ${messageOf(error)}`);
  }
};
