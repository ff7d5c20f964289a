// The refusals that several resources share, in AWS's codes and words.
import { AwsFault, validationError } from '../../wire/fault.js';
import { refusedParts } from './modelled.js';

export const notModelled = (what: string): AwsFault =>
  new AwsFault('UnsupportedOperation', `nlbox does not model ${what} yet`);

/** Refuses parameters that would otherwise be dropped in silence. */
export const refuseUnmodelled = (input: object): void => {
  for (const name of refusedParts.parameters) {
    if ((input as Record<string, unknown>)[name] !== undefined) throw notModelled(`the parameter ${name}`);
  }
};

export const loadBalancerNotFound = (arn: string): AwsFault => new AwsFault('LoadBalancerNotFound', `Load balancer '${arn}' not found`);
export const loadBalancersNotFound = (): AwsFault => new AwsFault('LoadBalancerNotFound', 'One or more load balancers not found');
export const loadBalancerNamesNotFound = (names: readonly string[]): AwsFault =>
  new AwsFault('LoadBalancerNotFound', `Load balancers '[${names.join(', ')}]' not found`);
export const targetGroupNotFound = (arn: string): AwsFault => new AwsFault('TargetGroupNotFound', `Target groups '${arn}' not found`);
export const targetGroupsNotFound = (): AwsFault => new AwsFault('TargetGroupNotFound', 'One or more target groups not found');
export const listenersNotFound = (): AwsFault => new AwsFault('ListenerNotFound', 'One or more listeners not found');
export const rulesNotFound = (): AwsFault => new AwsFault('RuleNotFound', 'One or more rules not found');

export const invalidConfiguration = (message: string): AwsFault => new AwsFault('InvalidConfigurationRequest', message);

/** At most 20 resources are described at a time. */
export const checkDescribeLimit = (items: readonly string[] | undefined, plural: string): void => {
  if ((items?.length ?? 0) > 20) throw validationError(`You cannot describe more than '20' ${plural} at a time`);
};
