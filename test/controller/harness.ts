// A whole controller against the little API server and the recording cloud.
import type { ExecutionContext } from 'ava';
import { systemClock } from '../../emulator/clock.js';
import { startController } from '../../emulator/controller/start.js';
import { silentLog } from '../../emulator/log.js';
import { collections, startServer } from '../kube/server.js';
import { createCloud, vpcId } from './fakes.js';

export const prefix = 'service.beta.kubernetes.io/';
export const uid = '11111111-1111-1111-1111-111111111111';

export const ipService = (annotations: Record<string, string> = {}) => ({
  apiVersion: 'v1', kind: 'Service',
  metadata: { namespace: 'ui', name: 'ui-nlb', uid, annotations: { [`${prefix}aws-load-balancer-type`]: 'external', [`${prefix}aws-load-balancer-nlb-target-type`]: 'ip', [`${prefix}aws-load-balancer-scheme`]: 'internet-facing', ...annotations } },
  spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Cluster', ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' }] },
});

/** Resolves when `seen` holds; looks again after every turn of the event loop that an answer could have come in. */
export const until = async (t: ExecutionContext, what: string, seen: () => boolean, patience = 60_000): Promise<void> => {
  const limit = systemClock.now() + patience;
  while (!seen()) {
    if (systemClock.now() > limit) {
      t.fail(`never happened: ${what}`);
      throw new Error(what);
    }
    await systemClock.sleep(2);
  }
};

export type House = Awaited<ReturnType<typeof openHouse>>;

export const openHouse = async (t: ExecutionContext) => {
  const server = await startServer();
  const cloud = createCloud();
  const start = () => startController({ kubeconfig: server.kubeconfig, elbv2: cloud.elbv2, ec2: cloud.ec2, clusterName: 'my-cluster', vpcId, region: 'us-west-2', clock: systemClock, log: silentLog, waits: { bindingRequeue: 20 } });
  let controller = await start();
  await controller.ready;
  t.teardown(async () => {
    await controller.stop();
    await server.close();
  });
  server.create(collections.nodes, { metadata: { name: 'n1' }, spec: { providerID: 'aws:///us-west-2a/i-1' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  const pod = (name: string, address: string) => server.create(collections.pods, { metadata: { namespace: 'ui', name }, spec: { nodeName: 'n1' }, status: { podIP: address } });
  let slice = server.create(collections.slices, { metadata: { namespace: 'ui', name: 'ui-1', labels: { 'kubernetes.io/service-name': 'ui-nlb' } }, addressType: 'IPv4', ports: [{ name: 'http', port: 8080 }], endpoints: [] });
  return {
    server, cloud, pod,
    setEndpoints: (pods: Record<string, string>) => {
      const endpoints = Object.entries(pods).map(([name, address]) => ({ addresses: [address], conditions: { ready: true }, targetRef: { kind: 'Pod', namespace: 'ui', name }, nodeName: 'n1' }));
      slice = server.put(collections.slices, { ...slice, endpoints } as never);
    },
    service: () => server.get(collections.services, 'ui', 'ui-nlb'),
    annotate: (annotations: Record<string, string>) => {
      const old = server.get(collections.services, 'ui', 'ui-nlb');
      if (old) server.put(collections.services, { ...old, metadata: { ...old.metadata, annotations: { ...old.metadata.annotations, ...annotations } } });
    },
    events: (): string[] => server.all(collections.events).map((one) => `${String(one['type'])} ${String(one['reason'])}: ${String(one['message'])}`),
    bindings: () => server.all(collections.bindings),
    orphans: () => controller.orphans,
    restart: async () => {
      await controller.stop();
      controller = await start();
      await controller.ready;
    },
  };
};

export const reconciled = (house: House): number =>
  house.server.all(collections.events).filter((one) => one['reason'] === 'SuccessfullyReconciled' && (one['involvedObject'] as { kind: string }).kind === 'Service')
    .reduce((sum, one) => sum + Number(one['count']), 0);
