// Metrics: CloudWatch's names with the right figures, once each.
import test from 'ava';
import type { Dataplane } from '../../emulator/dataplane/types.js';
import { createMetrics } from '../../emulator/main/metrics.js';
import type { Store } from '../../emulator/state/types.js';
import { balancer, group, ipTarget, listenerArn, listenerRecord, readerOf, tgArn } from '../plan/support.js';

const flows = { newFlows: 3, activeFlows: 1, bytesIn: 10, bytesOut: 32, clientResets: 1, targetResets: 0, refused: 0, denied: 2 };

const store = {
  partitions: () => [{ read: readerOf({
    loadBalancers: [balancer()],
    listeners: [listenerRecord(), listenerRecord({ ListenerArn: `${listenerArn}2`, Port: 81 })],
    targetGroups: [group()],
    targets: [ipTarget(), ipTarget({ Id: '10.42.1.8' })],
  }) }],
} as unknown as Store;

const dataplane = {
  refresh: () => Promise.resolve(),
  health: { of: (_: string, id: string) => ({ status: id.startsWith('10.42.1.7') ? 'healthy' : 'unhealthy' }) },
  counters: () => ({ listeners: {}, zones: { [`${listenerArn}|us-west-2a`]: flows }, targets: { [`${tgArn}|10.42.1.7|8080`]: flows } }),
} as unknown as Dataplane;

test('flows by load balancer, listener and zone; hosts by target group, once', async (t) => {
  const { body, contentType } = await createMetrics(store, dataplane)();
  t.regex(contentType, /^text\/plain/);
  const labels = 'LoadBalancer="net/k8s-ui-uinlb-0123456789/0123456789abcdef"';
  const flow = `{${labels},Listener="80",Protocol="TCP",AvailabilityZone="us-west-2a"}`;
  const lines = body.split('\n');
  for (const line of [
    `ActiveFlowCount${flow} 1`, `NewFlowCount${flow} 3`, `ProcessedBytes${flow} 42`, `TCP_Client_Reset_Count${flow} 1`, `SecurityGroupBlockedFlowCount_Inbound${flow} 2`,
    `HealthyHostCount{${labels},TargetGroup="targetgroup/k8s-ui-uinlb-0123456789/aaaabbbbccccdddd"} 1`,
    `UnHealthyHostCount{${labels},TargetGroup="targetgroup/k8s-ui-uinlb-0123456789/aaaabbbbccccdddd"} 1`,
  ]) t.is(lines.filter((one) => one === line).length, 1, line);
  t.true(body.includes('Target_NewFlowCount{TargetGroup="targetgroup/k8s-ui-uinlb-0123456789/aaaabbbbccccdddd",Target="10.42.1.7:8080"} 3'));
});
