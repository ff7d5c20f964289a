// Which Services are the controller's, and which changes of them matter. Pure.
import { isDeepStrictEqual } from 'node:util';
import type { Service } from '../kube/types.js';
import { prefix } from './annotations.js';
import type { ControllerFlags } from './flags.js';

export const serviceFinalizer = 'service.k8s.aws/resources';
export const bindingFinalizer = 'elbv2.k8s.aws/resources';

type ClaimFlags = Pick<ControllerFlags, 'loadBalancerClass' | 'defaultTargetType' | 'serviceTypeLoadBalancerOnly'>;
export type TargetType = 'instance' | 'ip';

const annotation = (service: Service, name: string): string | undefined => service.metadata.annotations?.[prefix + name];

/** The order of the questions is the contract: a class, once set, is all that counts. */
export const isSupported = (service: Service, flags: ClaimFlags): boolean => {
  if (service.metadata.deletionTimestamp) return false;
  if (flags.serviceTypeLoadBalancerOnly && service.spec.type !== 'LoadBalancer') return false;
  if (service.spec.loadBalancerClass) return service.spec.loadBalancerClass === flags.loadBalancerClass;
  const type = annotation(service, 'aws-load-balancer-type');
  if (type === 'nlb-ip') return true;
  const targetType = annotation(service, 'aws-load-balancer-nlb-target-type') ?? '';
  return type === 'external' && (targetType === 'ip' || targetType === 'instance');
};

export const isPendingFinalization = (service: Service): boolean => service.metadata.finalizers?.includes(serviceFinalizer) ?? false;

/** An unknown value means `instance`: the real controller does not check it either. */
export const targetTypeOf = (service: Service, flags: ClaimFlags): TargetType => {
  if (annotation(service, 'aws-load-balancer-type') === 'nlb-ip') return 'ip';
  const wanted = annotation(service, 'aws-load-balancer-nlb-target-type') ?? flags.defaultTargetType;
  return wanted === 'ip' ? 'ip' : 'instance';
};

/** Whether a change seen by the informer asks for a pass; a Service that is gone asks for none. */
export const matters = (old: Service | undefined, now: Service | undefined, flags: ClaimFlags): boolean => {
  if (!now) return false;
  if (!old || old.metadata.uid !== now.metadata.uid) return isSupported(now, flags) || isPendingFinalization(now);
  const changed =
    !isDeepStrictEqual(old.metadata.annotations, now.metadata.annotations) ||
    !isDeepStrictEqual(old.spec, now.spec) ||
    Boolean(old.metadata.deletionTimestamp) !== Boolean(now.metadata.deletionTimestamp);
  return changed && (isSupported(now, flags) || isPendingFinalization(now) || isSupported(old, flags));
};
