// Services with three pods each, as a user would write them, by the thousand.
import type { Kube } from './kube.js';

export const podsPerService = 3;

const prefix = 'service.beta.kubernetes.io/aws-load-balancer';

const annotations = {
  [`${prefix}-type`]: 'external',
  [`${prefix}-nlb-target-type`]: 'ip',
  [`${prefix}-scheme`]: 'internet-facing',
};

export const serviceOf = (name: string, balanced: boolean, more: Record<string, string> = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, ...(balanced ? { annotations: { ...annotations, ...more } } : {}) },
  spec: {
    type: balanced ? 'LoadBalancer' : 'ClusterIP',
    // As one does with ip targets: nobody goes through the nodes.
    ...(balanced ? { allocateLoadBalancerNodePorts: false } : {}),
    selector: { app: name },
    ports: [{ name: 'web', port: 80, targetPort: 8080 }, { name: 'admin', port: 8081, targetPort: 8080 }],
  },
});

export const deploymentOf = (name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    replicas: podsPerService,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: 'retail-store-sample-ui:1.2.1', ports: [{ name: 'http', containerPort: 8080 }] }] },
    },
  },
});

export const names = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, n) => `bench-${String(from + n).padStart(4, '0')}`);

/** Writes them all, as fast as they are taken. */
export const createAll = async (kube: Kube, namespace: string, wanted: readonly string[], objects: { pods?: boolean; services?: boolean; balanced?: boolean; annotations?: Record<string, string> }): Promise<void> => {
  await Promise.all(wanted.flatMap((name) => [
    ...(objects.pods ? [kube.ask('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, deploymentOf(name))] : []),
    ...(objects.services ? [kube.ask('POST', `/api/v1/namespaces/${namespace}/services`, serviceOf(name, objects.balanced ?? false, objects.annotations))] : []),
  ]));
};
