// Service and facts -> model: the whole plan of what shall be in AWS and in the cluster. Pure; print it to see what would happen.
import { backendOf, forwardAction } from './build-actions.js';
import { buildBinding } from './build-binding.js';
import { buildListener, listenerPorts, type ListenerPort } from './build-listeners.js';
import { buildLoadBalancer } from './build-loadbalancer.js';
import { buildSecurityGroup } from './build-securitygroup.js';
import { buildTargetGroup } from './build-targetgroup.js';
import { stackOf, type BuildInput } from './facts.js';
import type { ListenerModel, Model } from './model.js';

/** A target group and its binding, once for each id; the answer is the id. */
const addGroup = (model: Model, input: BuildInput, port: ListenerPort): string => {
  const group = buildTargetGroup(input, port);
  if (model.targetGroups.some(({ id }) => id === group.id)) return group.id;
  model.targetGroups.push(group);
  model.bindings.push(buildBinding(input, group, port));
  return group.id;
};

const weighted = (weight: number | undefined): { weight?: number } => (weight === undefined ? {} : { weight });

/** The owning Service's group first, then one for each tuple; the owner's annotations hold for all of them. */
const forwardOf = (model: Model, input: BuildInput, { port, listenerProtocol }: ListenerPort, group: string): ListenerModel['forward'] => {
  const action = forwardAction(input, listenerProtocol, port.port);
  if (!action) return undefined;
  const { namespace } = stackOf(input.service);
  const others = action.tuples.map((tuple) => {
    if (tuple.targetGroupARN !== undefined) return { arn: tuple.targetGroupARN, ...weighted(tuple.weight) };
    const backend = backendOf(input.facts.backends, tuple, namespace);
    const targetGroupProtocol = listenerProtocol === 'TLS' && tuple.decrypt ? 'TCP' : listenerProtocol;
    const guest: BuildInput = backend.service.metadata.uid === input.service.metadata.uid ? input : { ...input, service: backend.service, owner: input.service };
    return { targetGroup: addGroup(model, guest, { port: backend.port, listenerProtocol, targetGroupProtocol }), ...weighted(tuple.weight) };
  });
  return { targetGroups: [{ targetGroup: group, ...weighted(action.baseServiceWeight) }, ...others], stickiness: action.stickiness };
};

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
    const group = addGroup(model, input, port);
    model.listeners.push(buildListener(input, port, group, forwardOf(model, input, port, group)));
  }
  return model;
};
