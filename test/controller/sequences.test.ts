// The order of calls for the changes of a Service's life, as section 9 of the behavioural reference lists them.
import test from 'ava';
import { AwsFault } from '../../emulator/wire/fault.js';
import { collections } from '../kube/server.js';
import { ipService, openHouse, prefix, reconciled, until, type House } from './harness.js';
import type { ExecutionContext } from 'ava';

const createService = async (t: ExecutionContext, house: House, annotations: Record<string, string> = {}): Promise<void> => {
  house.pod('p1', '10.42.10.5');
  house.setEndpoints({ p1: '10.42.10.5' });
  house.server.create(collections.services, ipService(annotations));
  await until(t, 'the Service is reconciled', () => reconciled(house) > 0);
  await until(t, 'the target is registered', () => house.cloud.inputs('RegisterTargets').length > 0);
  await until(t, 'the checkpoint is stored', () => Boolean(house.bindings()[0]?.['status']));
};

test('create: group, target group, load balancer, listener, binding, status, event', async (t) => {
  const house = await openHouse(t);
  await createService(t, house);
  await until(t, 'both events are written', () => house.events().length === 2);
  const writes = house.cloud.writes();
  t.deepEqual(writes, ['CreateSecurityGroup', 'CreateSecurityGroup', 'AuthorizeSecurityGroupIngress', 'CreateTargetGroup', 'CreateLoadBalancer', 'CreateListener', 'AuthorizeSecurityGroupIngress', 'RegisterTargets']);
  t.is(house.cloud.inputs('CreateLoadBalancer')[0]?.Name, 'k8s-ui-uinlb-d207efa037');
  t.is(house.cloud.inputs('CreateTargetGroup')[0]?.Name, 'k8s-ui-uinlb-20b2823938');
  t.deepEqual(house.cloud.inputs('RegisterTargets')[0]?.Targets, [{ Id: '10.42.10.5', Port: 8080 }]);
  const status = house.service()?.['status'] as { loadBalancer: { ingress: object[] } };
  const dns = [...house.cloud.loadBalancers.values()][0]?.DNSName?.toLowerCase();
  t.deepEqual(status.loadBalancer.ingress, [{ hostname: dns, ports: [{ port: 80, protocol: 'TCP' }] }]);
  t.deepEqual(house.service()?.metadata.finalizers, ['service.k8s.aws/resources']);
  t.deepEqual(house.bindings()[0]?.metadata.finalizers, ['elbv2.k8s.aws/resources']);
  t.deepEqual(house.events(), ['Normal SuccessfullyReconciled: Successfully reconciled', 'Normal SuccessfullyReconciled: Successfully reconciled']);
});

test('instance -> ip: new group, listener, new binding, old binding, old group; a restart later changes nothing', async (t) => {
  const house = await openHouse(t);
  await createService(t, house, { [`${prefix}aws-load-balancer-nlb-target-type`]: 'instance' });
  t.deepEqual(house.cloud.inputs('RegisterTargets')[0]?.Targets, [{ Id: 'i-1', Port: 30080 }]);
  house.cloud.calls.length = 0;
  house.annotate({ [`${prefix}aws-load-balancer-nlb-target-type`]: 'ip' });
  await until(t, 'the old group is gone', () => house.cloud.inputs('DeleteTargetGroup').length > 0);
  await until(t, 'the pod is registered', () => house.cloud.inputs('RegisterTargets').length > 0);
  const order = (op: string): number => house.cloud.writes().indexOf(op);
  t.true(order('CreateTargetGroup') < order('ModifyListener'));
  t.true(order('ModifyListener') < order('DeregisterTargets'));
  t.true(order('DeregisterTargets') < order('DeleteTargetGroup'));
  t.deepEqual([...new Set(house.cloud.writes())].sort(), ['AuthorizeSecurityGroupIngress', 'CreateTargetGroup', 'DeleteTargetGroup', 'DeregisterTargets', 'ModifyListener', 'RegisterTargets', 'RevokeSecurityGroupIngress']);
  await until(t, 'one binding is left', () => house.bindings().length === 1);
  await until(t, 'two passes are through', () => reconciled(house) === 2);

  house.cloud.calls.length = 0;
  await house.restart();
  await until(t, 'the pass after the restart', () => reconciled(house) === 3);
  t.deepEqual(house.cloud.writes(), []);
});

test('scaling pods: deregister the gone, then register the new, and nothing else', async (t) => {
  const house = await openHouse(t);
  await createService(t, house);
  house.cloud.calls.length = 0;
  house.setEndpoints({ p2: '10.42.10.6', p3: '192.168.0.9' });
  house.pod('p2', '10.42.10.6');
  house.pod('p3', '192.168.0.9');
  await until(t, 'the new pods are registered', () => [...house.cloud.targets.values()].flat().length === 2);
  // For a moment no pod is known, and then none needs a rule either.
  const writes = house.cloud.writes().filter((op) => !op.endsWith('SecurityGroupIngress'));
  t.is(writes[0], 'DeregisterTargets');
  t.true(writes.every((op) => op === 'DeregisterTargets' || op === 'RegisterTargets'));
  t.deepEqual([...house.cloud.targets.values()].flat(), [{ Id: '10.42.10.6', Port: 8080 }, { Id: '192.168.0.9', Port: 8080, AvailabilityZone: 'all' }]);
});

test('delete: load balancer, bindings with their targets, groups, security groups; then the finalizer goes', async (t) => {
  const house = await openHouse(t);
  await createService(t, house);
  house.cloud.calls.length = 0;
  house.server.delete(collections.services, 'ui', 'ui-nlb');
  await until(t, 'the Service is gone', () => house.service() === undefined);
  t.deepEqual(house.cloud.writes(), ['DeleteLoadBalancer', 'DeregisterTargets', 'RevokeSecurityGroupIngress', 'DeleteTargetGroup', 'DeleteSecurityGroup', 'DeleteSecurityGroup']);
  t.deepEqual([house.bindings().length, house.cloud.groups.size, house.cloud.targetGroups.size], [0, 0, 0]);
});

test('scheme change replaces the load balancer and keeps group and targets', async (t) => {
  const house = await openHouse(t);
  await createService(t, house);
  house.cloud.calls.length = 0;
  house.annotate({ [`${prefix}aws-load-balancer-scheme`]: 'internal' });
  await until(t, 'the second pass', () => reconciled(house) === 2);
  t.deepEqual(house.cloud.writes(), ['DeleteLoadBalancer', 'CreateLoadBalancer', 'CreateListener']);
});

test('foreign tags go, a fault is an event in the SDK\'s words and the pass is tried again', async (t) => {
  const house = await openHouse(t);
  house.cloud.faults.set('CreateLoadBalancer', [new AwsFault('DuplicateLoadBalancerName', 'A load balancer with the same name exists')]);
  await createService(t, house);
  t.regex(house.events()[0] ?? '', /^Warning FailedDeployModel: Failed deploy model due to operation error Elastic Load Balancing v2: CreateLoadBalancer, https response error StatusCode: 400, RequestID: [0-9a-f-]{36}, DuplicateLoadBalancerName: A load balancer with the same name exists$/);
  t.is(house.cloud.inputs('CreateTargetGroup').length, 1);
  const [arn = ''] = house.cloud.loadBalancers.keys();
  house.cloud.tags.set(arn, [...(house.cloud.tags.get(arn) ?? []), { Key: 'foreign', Value: 'x' }]);
  await house.restart();
  await until(t, 'the tag is removed', () => house.cloud.inputs('RemoveTags').length > 0);
  t.deepEqual(house.cloud.inputs('RemoveTags')[0]?.TagKeys, ['foreign']);
});

test('a deleted target group is made again under its old name', async (t) => {
  const house = await openHouse(t);
  await createService(t, house);
  const [arn = ''] = house.cloud.targetGroups.keys();
  house.cloud.targetGroups.delete(arn);
  house.annotate({ touched: '1' });
  await until(t, 'the second pass', () => reconciled(house) === 2);
  await until(t, 'the pod is registered again', () => house.cloud.inputs('RegisterTargets').length === 2);
  t.is(house.bindings().length, 1);
});

test('a value that envsubst did not fill is pointed out', async (t) => {
  const house = await openHouse(t);
  house.server.create(collections.services, ipService({ [`${prefix}aws-load-balancer-name`]: '$NAME' }));
  await until(t, 'the warning', () => house.events().some((one) => one.startsWith('Warning UnresolvedAnnotation')));
  t.pass();
});

test('a wrong annotation is a FailedBuildModel event and nothing is created', async (t) => {
  const house = await openHouse(t);
  house.server.create(collections.services, ipService({ [`${prefix}aws-load-balancer-scheme`]: 'public' }));
  await until(t, 'the event', () => house.events().includes('Warning FailedBuildModel: Failed build model due to unknown scheme: public'));
  t.deepEqual(house.cloud.writes(), []);
});

for (const lost of [1, 2, 3, 4, 5, 6, 7]) {
  test(`killed when the answer to write ${lost} is on its way: the next life ends in the same place, and so does deletion`, async (t) => {
    const house = await openHouse(t);
    let isLost = false;
    house.cloud.loseAnswer(lost, () => (isLost = true));
    house.pod('p1', '10.42.10.5');
    house.setEndpoints({ p1: '10.42.10.5' });
    house.server.create(collections.services, ipService());
    await until(t, 'the answer is lost', () => isLost);
    await house.restart();
    const there = () => [house.cloud.loadBalancers, house.cloud.targetGroups, house.cloud.listeners].map(({ size }) => size);
    await until(t, 'the Service is reconciled', () => reconciled(house) > 0);
    await until(t, 'the target is registered', () => [...house.cloud.targets.values()].flat().length === 1);
    t.deepEqual([...there(), house.cloud.groups.size, house.bindings().length], [1, 1, 1, 2, 1]);
    house.server.delete(collections.services, 'ui', 'ui-nlb');
    await until(t, 'the Service is gone', () => house.service() === undefined);
    t.deepEqual([...there(), house.cloud.groups.size, house.bindings().length], [0, 0, 0, 0, 0]);
  });
}

test('the shared group goes with the last Service that needs it', async (t) => {
  const house = await openHouse(t);
  await createService(t, house);
  const second = { ...ipService(), metadata: { ...ipService().metadata, name: 'other', uid: '22222222-2222-2222-2222-222222222222' } };
  house.server.create(collections.services, second);
  await until(t, 'the second is reconciled', () => reconciled(house) === 2);
  t.is(house.cloud.groups.size, 3);
  house.server.delete(collections.services, 'ui', 'ui-nlb');
  await until(t, 'the first is gone', () => house.service() === undefined);
  t.is(house.cloud.groups.size, 2);
  house.server.delete(collections.services, 'ui', 'other');
  await until(t, 'the second is gone', () => house.server.all(collections.services).length === 0);
  t.is(house.cloud.groups.size, 0);
});

test('a protected load balancer outlives the Service until the annotation goes', async (t) => {
  const house = await openHouse(t);
  await createService(t, house, { [`${prefix}aws-load-balancer-attributes`]: 'deletion_protection.enabled=true' });
  house.server.delete(collections.services, 'ui', 'ui-nlb');
  const refusal = 'Warning FailedBuildModel: Failed build model due to deletion_protection is enabled, cannot delete the service: ui-nlb';
  await until(t, 'the refusal', () => house.events().includes(refusal));
  t.is(house.cloud.loadBalancers.size, 1);
  house.annotate({ [`${prefix}aws-load-balancer-attributes`]: 'deletion_protection.enabled=false' });
  await until(t, 'the Service is gone', () => house.service() === undefined);
  t.is(house.cloud.loadBalancers.size, 0);
});

test('a Service that is no longer ours gives everything back and stays', async (t) => {
  const house = await openHouse(t);
  await createService(t, house);
  house.annotate({ [`${prefix}aws-load-balancer-type`]: 'nlb' });
  await until(t, 'the finalizer is gone', () => !house.service()?.metadata.finalizers);
  t.is(house.cloud.loadBalancers.size, 0);
  t.deepEqual(house.service()?.['status'], { loadBalancer: {} });
});

test('a user\'s own binding is filled in, filled, and emptied; its target group stays', async (t) => {
  const house = await openHouse(t);
  const group = await house.cloud.elbv2.CreateTargetGroup({ Name: 'mine', TargetType: 'ip', Protocol: 'TCP', Port: 80, VpcId: 'vpc-1' });
  const targetGroupARN = group.TargetGroups?.[0]?.TargetGroupArn;
  house.pod('p1', '10.42.10.5');
  house.setEndpoints({ p1: '10.42.10.5' });
  house.server.create(collections.bindings, { metadata: { namespace: 'ui', name: 'own' }, spec: { targetGroupARN, serviceRef: { name: 'ui-nlb', port: 80 } } });
  await until(t, 'the missing Service is told', () => house.events().includes('Warning BackendNotFound: backend not found: Service "ui-nlb" not found'));
  house.server.create(collections.services, { metadata: { namespace: 'ui', name: 'ui-nlb' }, spec: { type: 'ClusterIP', ports: [{ name: 'http', port: 80, targetPort: 8080 }] } });
  await until(t, 'the pod is registered', () => [...house.cloud.targets.values()].flat().length === 1);
  t.like(house.bindings()[0]?.['spec'] as object, { targetType: 'ip', targetGroupProtocol: 'TCP', vpcID: 'vpc-1' });
  house.server.delete(collections.bindings, 'ui', 'own');
  await until(t, 'the binding is gone', () => house.bindings().length === 0);
  t.deepEqual([[...house.cloud.targets.values()].flat(), house.cloud.targetGroups.size], [[], 1]);
});

test('a pod with the gate is told how its target is, until it is healthy', async (t) => {
  const house = await openHouse(t);
  house.cloud.states.set('10.42.10.5', { State: 'unhealthy', Reason: 'Target.FailedHealthChecks', Description: 'Health checks failed' });
  const gate = 'target-health.elbv2.k8s.aws/k8s-ui-uinlb-20b2823938';
  house.server.create(collections.pods, { metadata: { namespace: 'ui', name: 'p1' }, spec: { nodeName: 'n1', readinessGates: [{ conditionType: gate }] }, status: { conditions: [{ type: 'Ready', status: 'False' }] } });
  house.setEndpoints({ p1: '10.42.10.5' });
  house.server.create(collections.services, ipService());
  const condition = () => (house.server.get(collections.pods, 'ui', 'p1')?.['status'] as { conditions: { type: string; status: string; reason?: string; message?: string }[] }).conditions.find(({ type }) => type === gate);
  await until(t, 'registration is told', () => condition()?.reason === 'Elb.RegistrationInProgress');
  t.is(condition()?.status, 'False');
  await until(t, 'the failure is told', () => condition()?.reason === 'Target.FailedHealthChecks');
  t.is(house.bindings()[0]?.['status'], undefined);
  house.cloud.states.delete('10.42.10.5');
  await until(t, 'the gate opens', () => condition()?.status === 'True');
  await until(t, 'the binding is done', () => Boolean(house.bindings()[0]?.['status']));
  house.server.delete(collections.bindings, 'ui', 'k8s-ui-uinlb-20b2823938');
  await until(t, 'nobody will ask again', () => condition()?.message === 'Target Group Binding is deleted');
});

test('a binding for a target group of another account is refused in words', async (t) => {
  const house = await openHouse(t);
  const { TargetGroups: [group] = [] } = await house.cloud.elbv2.CreateTargetGroup({ Name: 'mine', TargetType: 'ip', Protocol: 'TCP', Port: 80, VpcId: 'vpc-1' });
  house.server.create(collections.bindings, { metadata: { namespace: 'ui', name: 'own' }, spec: { targetGroupARN: group?.TargetGroupArn, iamRoleArnToAssume: 'arn:aws:iam::1:role/x', serviceRef: { name: 'ui-nlb', port: 80 } } });
  await until(t, 'the refusal', () => house.events().includes('Warning FailedReconcile: Failed reconcile due to iamRoleArnToAssume: nlbox does not model target groups of other accounts'));
  t.is(house.cloud.inputs('RegisterTargets').length, 0);
});

test('stickiness between weighted groups that is asked for later is put on the listener that is there', async (t) => {
  const house = await openHouse(t);
  const action = (enabled: boolean): Record<string, string> => ({
    [`${prefix}actions.TCP-80`]: JSON.stringify({ type: 'forward', forwardConfig: { baseServiceWeight: 1, targetGroups: [{ targetGroupARN: 'arn:other', weight: 1 }], targetGroupStickinessConfig: { enabled } } }),
  });
  await createService(t, house, action(false));
  house.cloud.calls.length = 0;
  house.annotate(action(true));
  await until(t, 'the second pass', () => reconciled(house) === 2);
  t.deepEqual(house.cloud.writes(), ['ModifyListener']);
  t.like(house.cloud.inputs('ModifyListener')[0]?.DefaultActions[0]?.ForwardConfig, { TargetGroupStickinessConfig: { Enabled: true } } as never);
});
