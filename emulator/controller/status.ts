// The status of a Service: the load balancer's name and the ports, written only when something that shows is different.
import { messageOf } from '../errors.js';
import { isNotFound, type KubeClient } from '../kube/client.js';
import { services } from '../kube/resources.js';
import type { LoadBalancerIngress, Service } from '../kube/types.js';
import { stackOf } from './facts.js';
import { stackId } from './tags.js';

const ingressOf = (service: Service, dnsName: string): LoadBalancerIngress => ({
  hostname: dnsName.toLowerCase(),
  ports: (service.spec.ports ?? []).map(({ port, protocol = 'TCP' }) => ({ port, protocol })),
});

/** A change of protocol alone is not noticed, as in the real controller. */
const differs = (present: LoadBalancerIngress[], wanted: LoadBalancerIngress): boolean => {
  const [only] = present;
  if (!only || present.length !== 1 || only.ip) return true;
  const ports = only.ports ?? [];
  const expected = wanted.ports ?? [];
  return only.hostname !== wanted.hostname || ports.length !== expected.length || expected.some(({ port }) => !ports.some((one) => one.port === port));
};

const patch = async (client: KubeClient, service: Service, ingress: LoadBalancerIngress[] | null): Promise<Service | undefined> => {
  const { namespace, name } = service.metadata;
  try {
    return await client.patch<Service>(services, namespace, name, { status: { loadBalancer: { ingress } } }, 'status');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

/** The Service as patched; undefined when nothing was written. */
export const updateStatus = async (client: KubeClient, service: Service, dnsName: string): Promise<Service | undefined> => {
  const wanted = ingressOf(service, dnsName);
  if (!differs(service.status?.loadBalancer?.ingress ?? [], wanted)) return undefined;
  try {
    return await patch(client, service, [wanted]);
  } catch (error) {
    throw new Error(`failed to update service status: ${stackId(stackOf(service))}: ${messageOf(error)}`, { cause: error });
  }
};

export const cleanUpStatus = async (client: KubeClient, service: Service): Promise<void> => {
  if ((service.status?.loadBalancer?.ingress ?? []).length === 0) return;
  try {
    await patch(client, service, null);
  } catch (error) {
    throw new Error(`failed to cleanup service status: ${stackId(stackOf(service))}: ${messageOf(error)}`, { cause: error });
  }
};
