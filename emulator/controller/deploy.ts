// Model -> AWS and the cluster, as a list of steps to read aloud: forwards what is made, backwards what is deleted.
import { deleteBindings, deployBindings } from './deploy-bindings.js';
import { deployCapacity } from './deploy-capacity.js';
import type { Deployer } from './deploy-context.js';
import { deployListeners } from './deploy-listeners.js';
import { deployLoadBalancer, isProvisioning } from './deploy-loadbalancer.js';
import { deleteSecurityGroups, deploySecurityGroup } from './deploy-securitygroup.js';
import { deleteTargetGroups, deployTargetGroups } from './deploy-targetgroups.js';
import type { Model } from './model.js';

export type Deployed =
  | { state: 'deployed'; dnsName: string | undefined }
  /** AWS is still setting up: what is to be deleted, and the status, wait for the next pass. */
  | { state: 'provisioning' };

/** Safe to run again at any point: what exists is found by its tags. */
export const deploy = async (deployer: Deployer, model: Model): Promise<Deployed> => {
  const securityGroup = await deploySecurityGroup(deployer, model);
  const targetGroups = await deployTargetGroups(deployer, model);
  const loadBalancer = await deployLoadBalancer(deployer, model, securityGroup.managed);
  if (loadBalancer) await deployListeners(deployer, model, loadBalancer.arn, targetGroups.arns);
  const surplusBindings = await deployBindings(deployer, model, targetGroups.arns, securityGroup.managed);

  await deleteBindings(deployer, surplusBindings);
  const capacity = model.loadBalancer?.minimumCapacityUnits;
  if (loadBalancer && (loadBalancer.existed || capacity !== undefined)) {
    if (await isProvisioning(deployer, loadBalancer.arn)) return { state: 'provisioning' };
    await deployCapacity(deployer, loadBalancer.arn, capacity);
  }
  await deleteTargetGroups(deployer, targetGroups.surplus);
  await deleteSecurityGroups(deployer, securityGroup.surplus);
  return { state: 'deployed', dnsName: loadBalancer?.dnsName };
};
