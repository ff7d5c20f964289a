// Service and facts -> model: the whole plan of what shall be in AWS and in the cluster. Pure; print it to see what would happen.
import { buildBinding } from './build-binding.js';
import { buildListener, listenerPorts } from './build-listeners.js';
import { buildLoadBalancer } from './build-loadbalancer.js';
import { buildSecurityGroup } from './build-securitygroup.js';
import { buildTargetGroup } from './build-targetgroup.js';
import { stackOf, type BuildInput } from './facts.js';
import type { Model } from './model.js';

/** Throws with the text that the FailedBuildModel event shows. */
export const build = (input: BuildInput): Model => {
  const loadBalancer = buildLoadBalancer(input);
  const securityGroup = buildSecurityGroup(input);
  const plan = input.facts.securityGroups;
  const model: Model = {
    stack: stackOf(input.service),
    ...(plan.kind !== 'none' && plan.backend ? { backendSecurityGroup: plan.backend } : {}),
    ...(securityGroup ? { securityGroup } : {}),
    loadBalancer,
    targetGroups: [],
    listeners: [],
    bindings: [],
  };
  for (const port of listenerPorts(input)) {
    const group = buildTargetGroup(input, port);
    model.targetGroups.push(group);
    model.listeners.push(buildListener(input, port, group.id));
    model.bindings.push(buildBinding(input, group, port));
  }
  return model;
};
