// One Service towards its end state: claim, build, finalizer, deploy, status, event; or everything away again.
import { messageOf } from '../errors.js';
import type { KubeClient } from '../kube/client.js';
import type { Recorder } from '../kube/events.js';
import { addFinalizer, removeFinalizer } from '../kube/finalizer.js';
import type { Informer } from '../kube/informer.js';
import { services } from '../kube/resources.js';
import type { Service } from '../kube/types.js';
import type { Outcome } from '../loop/queue.js';
import { annotationsOf, doubtsOf } from './annotations.js';
import { build } from './build.js';
import { retrying } from './calls.js';
import { isPendingFinalization, isSupported, serviceFinalizer, targetTypeOf } from './claims.js';
import { sleepOf, type Deployer } from './deploy-context.js';
import { deploy } from './deploy.js';
import { lookUpFacts, type World } from './facts-lookup.js';
import { stackOf, type Subject } from './facts.js';
import { emptyModel, type Model, type Stack } from './model.js';
import { sharedStack, stackNamed, type Orphans } from './orphans.js';
import { goBool } from './parse.js';
import { cleanUpStatus, updateStatus } from './status.js';
import { stackId } from './tags.js';

export type ServiceController = {
  deployer: Deployer;
  world: World;
  client: KubeClient;
  services: Informer<Service>;
  recorder: Recorder;
  orphans: Pick<Orphans, 'pass'>;
};

/** A step that failed: the event's reason, and the words before the cause. */
class StepError extends Error {
  readonly reason: string;
  constructor(reason: string, what: string, cause: unknown) {
    super(`Failed ${what} due to ${messageOf(cause)}`, { cause });
    this.reason = reason;
  }
}

const step = async <T>(reason: string, what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw new StepError(reason, what, error);
  }
};

const subjectOf = ({ deployer: { flags } }: ServiceController, service: Service): Subject => ({
  service,
  flags,
  annotations: annotationsOf(service.metadata.annotations),
  targetType: targetTypeOf(service, flags),
});

const buildModel = async (controller: ServiceController, service: Service): Promise<Model> => {
  const subject = subjectOf(controller, service);
  return build({ ...subject, facts: await lookUpFacts(controller.world, subject) });
};

/** The user said "protect it": a Service that goes away does not take the load balancer with it. */
const checkProtection = (controller: ServiceController, service: Service): Model => {
  const attributes = subjectOf(controller, service).annotations.get('aws-load-balancer-attributes') ?? {};
  if (goBool(attributes['deletion_protection.enabled'] ?? '')) {
    throw new Error(`deletion_protection is enabled, cannot delete the service: ${service.metadata.name}`);
  }
  return emptyModel(stackOf(service));
};

const releaseBackend = async ({ world, deployer, services: all }: ServiceController, stack: Stack): Promise<void> => {
  const own = stackId(stack);
  const neededByOthers = (): boolean => all.list().some((one) => stackId(stackOf(one)) !== own && isPendingFinalization(one));
  await world.backend.release(own, neededByOthers, async (GroupId) => {
    const wait = { ...deployer.waits.deleteBackendSecurityGroup, sleep: sleepOf(deployer), onFirst: () => deployer.networking.dropSource(GroupId) };
    const remove = () => deployer.ec2.DeleteSecurityGroup({ GroupId }).catch((error: unknown) => {
      if ((error as { code?: string }).code !== 'InvalidGroup.NotFound') throw error;
    });
    await retrying(remove, ['DependencyViolation'], wait);
  });
};

const deployModel = (controller: ServiceController, model: Model) =>
  step('FailedDeployModel', 'deploy model', () => deploy(controller.deployer, model));

const doubt = ({ recorder, deployer }: ServiceController, service: Service): void => {
  for (const { kind, text } of doubtsOf(service.metadata.annotations, service.spec.loadBalancerSourceRanges)) {
    if (kind === 'unknown') deployer.log.debug({ service: service.metadata.name }, text);
    else recorder.event(service, 'Warning', 'UnresolvedAnnotation', text);
  }
};

const reconcileLoadBalancer = async (controller: ServiceController, service: Service, model: Model): Promise<Outcome> => {
  const { client, deployer, recorder } = controller;
  const claimed = await step('FailedAddFinalizer', 'add finalizer', () =>
    addFinalizer({ client, resource: services, object: service, finalizer: serviceFinalizer }));
  if (!claimed) return 'done';
  controller.services.learn(claimed);
  const deployed = await deployModel(controller, model);
  if (deployed.state === 'provisioning') return { after: deployer.waits.stabilization };
  if (!model.backendSecurityGroup) await step('FailedDeployModel', 'deploy model', () => releaseBackend(controller, model.stack));
  const updated = await step('FailedUpdateStatus', 'update status', () => updateStatus(client, claimed, deployed.dnsName ?? ''));
  if (updated) controller.services.learn(updated);
  recorder.event(service, 'Normal', 'SuccessfullyReconciled', 'Successfully reconciled');
  return 'done';
};

/** Everything of a stack, and the shared group when nobody is left who needs it. */
const clear = async (controller: ServiceController, stack: Stack): Promise<void> => {
  await deployModel(controller, emptyModel(stack));
  await step('FailedDeployModel', 'deploy model', () => releaseBackend(controller, stack));
};

const cleanUp = async (controller: ServiceController, service: Service, model: Model): Promise<Outcome> => {
  const { client } = controller;
  await clear(controller, model.stack);
  await step('FailedCleanupStatus', 'update status', () => cleanUpStatus(client, service));
  await step('FailedRemoveFinalizer', 'remove finalizer', () => removeFinalizer({ client, resource: services, object: service, finalizer: serviceFinalizer }));
  return 'done';
};

const converge = async (controller: ServiceController, service: Service): Promise<Outcome> => {
  if (isSupported(service, controller.deployer.flags)) {
    doubt(controller, service);
    const model = await step('FailedBuildModel', 'build model', () => buildModel(controller, service));
    controller.deployer.log.debug({ service: stackId(model.stack), model }, 'model');
    return reconcileLoadBalancer(controller, service, model);
  }
  const model = await step('FailedBuildModel', 'build model', async () => checkProtection(controller, service));
  return cleanUp(controller, service, model);
};

/** One pass for `namespace/name`. Failures become events and are tried again. */
export const reconcileService = async (controller: ServiceController, key: string): Promise<Outcome> => {
  const [namespace = '', name = ''] = key.split('/');
  const service = controller.services.get(namespace, name);
  if (!service || !(isSupported(service, controller.deployer.flags) || isPendingFinalization(service))) {
    await controller.orphans.pass(key, () => (key === sharedStack ? releaseBackend : clear)(controller, stackNamed(key)));
    return 'done';
  }
  try {
    return await converge(controller, service);
  } catch (error) {
    if (controller.deployer.signal.aborted) return 'stop';
    controller.world.backend.forget();
    controller.world.inventory.distrust();
    if (!(error instanceof StepError)) throw error;
    controller.recorder.event(service, 'Warning', error.reason, error.message);
    controller.deployer.log.warn({ service: key, reason: error.reason }, error.message);
    return 'retry';
  }
};
