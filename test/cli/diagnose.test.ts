// What explain says of Services that do not work, one row for each way not to work.
import test from 'ava';
import type { TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import { diagnose } from '../../emulator/cli/diagnose/diagnose.js';
import type { EventFact, Facts, Level } from '../../emulator/cli/diagnose/facts.js';
import { refusalsOf } from '../../emulator/cli/diagnose/refusals.js';
import { distance, nearest } from '../../emulator/cli/diagnose/nearest.js';
import { explanation, summaryOf } from '../../emulator/cli/explain/report.js';
import type { Pod, Service } from '../../emulator/kube/types.js';

const prefix = 'service.beta.kubernetes.io/';
const annotations = { [`${prefix}aws-load-balancer-type`]: 'external', [`${prefix}aws-load-balancer-nlb-target-type`]: 'ip', [`${prefix}aws-load-balancer-scheme`]: 'internet-facing' };
const meta = (name: string) => ({ name, namespace: 'ui', uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' });
const host = 'k8s-ui-uinlb-d207efa037-0123456789abcdef.elb.us-west-2.amazonaws.com';

const service = (changes: { annotations?: Record<string, string | null>; spec?: Partial<Service['spec']> } = {}): Service => ({
  metadata: { ...meta('ui-nlb'), annotations: { ...annotations, ...changes.annotations } as Record<string, string> },
  spec: { type: 'LoadBalancer', selector: { app: 'ui' }, ports: [{ port: 80, targetPort: 8080 }], ...changes.spec },
  status: { loadBalancer: { ingress: [{ hostname: host }] } },
});

const pod = (conditions: { type: string; status: 'True' | 'False'; reason?: string }[] = [{ type: 'Ready', status: 'True' }], spec: Pod['spec'] = {}): Pod => ({
  metadata: meta('ui-1'), spec: { containers: [{ name: 'ui', ports: [{ name: 'http', containerPort: 8080 }] }], ...spec }, status: { podIP: '10.42.1.2', conditions },
});

const group = { TargetGroupName: 'tg', TargetGroupArn: 'arn:tg', TargetType: 'ip' as const, HealthCheckProtocol: 'HTTP' as const, HealthCheckPort: 'traffic-port', HealthCheckPath: '/health', Matcher: { HttpCode: '200-399' } };
const target = (State: 'healthy' | 'unhealthy' | 'initial' | 'unused', Reason?: string): TargetHealthDescription =>
  ({ Target: { Id: '10.42.1.2', Port: 8080 }, TargetHealth: { State, ...(Reason ? { Reason: Reason as 'Elb.RegistrationInProgress', Description: `because ${Reason}` } : {}) } });
const none = { newFlows: 0, activeFlows: 0, bytesIn: 0, bytesOut: 0, clientResets: 0, targetResets: 0, refused: 0 };
const bound = (port: number, problem?: string) => ({ listenerId: 'l', zone: 'a', address: '127.43.0.1', wanted: 80, port, ...(problem ? { problem } : {}) });
const observed = (lastProbe: string, where = bound(80)) => ({
  LoadBalancerName: 'lb', DNSName: host, State: 'active', listeners: [{ ...none, port: 80, protocol: 'TCP', bound: [where] }],
  targets: [{ ...none, TargetGroup: 'tg', Id: '10.42.1.2', Port: 8080, State: 'unhealthy', lastProbe }],
});
const reconciled: EventFact = { at: '2026-01-01T00:00:01Z', type: 'Normal', reason: 'SuccessfullyReconciled', message: 'Successfully reconciled', count: 1, about: 'Service ui-nlb' };

const good: Facts = {
  namespace: 'ui', name: 'ui-nlb', service: service(), neighbours: ['ui', 'ui-nlb'], controller: 'built-in', events: [reconciled], bindings: [],
  slices: [{ metadata: meta('ui-nlb-1'), addressType: 'IPv4', endpoints: [{ addresses: ['10.42.1.2'] }], ports: [{ port: 8080 }] }],
  pods: [pod()], loadBalancer: { LoadBalancerName: 'lb', State: { Code: 'active' }, DNSName: host }, listeners: [{ Port: 80, Protocol: 'TCP' }],
  groups: [{ group, targets: [target('healthy')] }], observed: observed('HTTP 200'), dns: { host, addresses: ['127.43.0.1'], mode: 'hosts', proxied: false }, caller: '127.0.0.1', refusals: [],
};
const unclaimed = (values: Record<string, string>, spec: Partial<Service['spec']> = {}): Partial<Facts> => {
  const one = service({ spec });
  return { service: { ...one, metadata: { ...one.metadata, annotations: values } }, events: [], loadBalancer: undefined, groups: [] };
};
const sick = (saw: string): Partial<Facts> => ({ groups: [{ group, targets: [target('unhealthy')] }], observed: observed(saw) });

const cases: [title: string, facts: Partial<Facts>, level: Level, what: RegExp, why: RegExp, next: RegExp][] = [
  ['no such Service', { service: undefined, name: 'ui-nbl' }, 'error', /no Service ui\/ui-nbl/, /ui, ui-nlb/, /Did you mean ui\/ui-nlb\?/],
  ['another class', unclaimed({}, { loadBalancerClass: 'example.com/lb' }), 'error', /no controller here serves the class example\.com\/lb/, /service\.k8s\.aws\/nlb/, /`kubectl get service -n ui ui-nlb -o yaml \| kubectl patch --local -f - --type merge -p '\{"spec":\{"loadBalancerClass":"service\.k8s\.aws\/nlb"\}\}' -o yaml \| kubectl replace --force -f -`.* start the controller/],
  ['no type', unclaimed({}), 'error', /no controller owns/, /stays Pending/, /aws-load-balancer-type to "external".*kubectl annotate --local --overwrite -f - service\.beta\.kubernetes\.io\/aws-load-balancer-type=external .*target-type=ip -o yaml \| kubectl replace --force/],
  ['the old type', unclaimed({ [`${prefix}aws-load-balancer-type`]: 'nlb' }), 'error', /serves the type "nlb"/, /in-tree/, /external/],
  ['no target type', unclaimed({ [`${prefix}aws-load-balancer-type`]: 'external' }), 'error', /target type is missing/, /nlb-target-type is not set/, /ip or instance: `kubectl annotate --overwrite service -n ui ui-nlb service\.beta\.kubernetes\.io\/aws-load-balancer-nlb-target-type=ip`/],
  ['wrong target type', unclaimed({ [`${prefix}aws-load-balancer-type`]: 'external', [`${prefix}aws-load-balancer-nlb-target-type`]: 'pod' }), 'error', /target type is missing/, /"pod"/, /ip or instance/],
  ['not a load balancer', unclaimed({}, { type: 'ClusterIP' }), 'error', /does not ask/, /ClusterIP/, /LoadBalancer/],
  ['no controller', { controller: 'none' }, 'warning', /runs no controller/, /--controller none/, /your controller/],
  ['not substituted', { service: service({ annotations: { [`${prefix}load-balancer-source-ranges`]: '$INBOUND_CIDRS' } }) }, 'error', /contains \$INBOUND_CIDRS literally/, /envsubst/, /`export INBOUND_CIDRS=VALUE`.*`envsubst < MANIFEST\.yaml/],
  ['not substituted in the spec', { service: service({ spec: { loadBalancerSourceRanges: ['${INBOUND_CIDRS}'] } }) }, 'error', /^spec\.loadBalancerSourceRanges contains/, /envsubst/, /again/],
  ['null', { service: service({ annotations: { [`${prefix}load-balancer-source-ranges`]: null } }) }, 'warning', /has no value/, /null/, /take it out: `kubectl annotate .* service\.beta\.kubernetes\.io\/load-balancer-source-ranges-`/],
  ['misspelt', { service: service({ annotations: { [`${prefix}aws-load-balancer-shceme`]: 'internal' } }) }, 'warning', /shceme is not known/, /No annotation/, /Did you mean .*-scheme\? `kubectl annotate .*-scheme=internal .*-shceme-`/],
  ['wrong prefix', { service: service({ annotations: { 'service.kubernetes.io/aws-load-balancer-scheme': 'internal' } }) }, 'warning', /is not known/, /begin with/, /Write it as service\.beta\.kubernetes\.io\/aws-load-balancer-scheme/],
  ['refused by the controller', { events: [{ ...reconciled, type: 'Warning', reason: 'FailedBuildModel', message: 'Failed build model due to unknown scheme: x', count: 3 }] }, 'error', /FailedBuildModel/, /unknown scheme: x \(3 times\)/, /Correct/],
  ['refused by nlbox', { events: [{ ...reconciled, type: 'Warning', reason: 'FailedDeployModel', message: 'Failed deploy model due to operation error Elastic Load Balancing v2: CreateListener, https response error StatusCode: 400, RequestID: 0, UnsupportedOperation: nlbox does not model stickiness between target groups yet', count: 2 }] }, 'error', /FailedDeployModel/, /stickiness/, /AWS may take it; nlbox does not model it: leave it out here/],
  ['not looked at', { events: [], loadBalancer: undefined, groups: [] }, 'wait', /not looked at/, /no event/, /again/],
  ['wrong port name', { service: service({ spec: { ports: [{ port: 80, targetPort: 'htpp' }] } }) }, 'error', /port name "htpp"/, /"http"/, /Set targetPort to "http": `kubectl patch service -n ui ui-nlb --type merge -p '\{"spec":\{"ports":\[\{"port":80,"targetPort":"http"\}\]\}\}'`/],
  ['no pod', { pods: [], slices: [] }, 'error', /no endpoints/, /labels app=ui/, /show-labels/],
  ['no selector', { service: service({ spec: { selector: {} } }), pods: [], slices: [] }, 'warning', /selects no pods/, /by hand/, /selector/],
  ['pod not ready', { pods: [pod([{ type: 'Ready', status: 'False' }])] }, 'error', /1 of 1 pods is not ready/, /ui-1/, /kubectl describe pod -n ui ui-1/],
  ['gate closed', { pods: [pod([{ type: 'Ready', status: 'False' }, { type: 'ContainersReady', status: 'True' }, { type: 'target-health.elbv2.k8s.aws/tg', status: 'False', reason: 'Elb.InitialHealthChecking' }], { readinessGates: [{ conditionType: 'target-health.elbv2.k8s.aws/tg' }] })] }, 'error', /not ready/, /gate target-health.*InitialHealthChecking/, /describe/],
  ['no targets', { groups: [{ group, targets: [] }] }, 'error', /has no targets/, /registered/, /targetgroupbindings/],
  ['unused', { groups: [{ group, targets: [target('unused', 'Target.NotInUse')] }] }, 'warning', /get no traffic/, /NotInUse/, /listener/],
  ['refused', sick('connect ECONNREFUSED'), 'error', /10\.42\.1\.2:8080 of tg unhealthy/, /was refused/, /targetPort/],
  ['timed out', sick('timed out after 600 ms'), 'error', /unhealthy/, /timed out after 600 ms/, /timeout/],
  ['wrong code', sick('HTTP 503'), 'error', /unhealthy/, /GET \/health on port 8080\) got the status 503; 200-399/, /success-codes/],
  ['wrong protocol', sick('socket hang up'), 'error', /unhealthy/, /cut off/, /protocol/],
  ['being registered', { groups: [{ group, targets: [target('initial', 'Elb.RegistrationInProgress')] }] }, 'wait', /not checked yet/, /RegistrationInProgress/, /Wait/],
  ['provisioning', { loadBalancer: { ...good.loadBalancer, State: { Code: 'provisioning' } } }, 'wait', /provisioning/, /moment/, /aws elbv2 wait/],
  ['privileged port', { observed: observed('HTTP 200', bound(8000, '127.43.0.1:80 needs privileges')) }, 'warning', /port 80 is served on port 8000/, /privileges/, /nlbox env/],
  ['taken port', { observed: observed('HTTP 200', bound(0, 'address in use')) }, 'warning', /port 80 is not open/, /in use/, /End the process/],
  ['name without proxy', { dns: { host, addresses: [], mode: 'proxy', proxied: false } }, 'warning', /does not resolve/, /forward proxy/, /nlbox env/],
  ['name not in hosts', { dns: { host, addresses: [], mode: 'hosts', proxied: false } }, 'warning', /does not resolve/, /resolver/, /nlbox status/],
  ['outside the ranges', { service: service({ spec: { loadBalancerSourceRanges: ['10.0.0.0/8'] } }) }, 'error', /127\.0\.0\.1 is not in/, /admits 10\.0\.0\.0\/8 only/, /`kubectl patch .*\["10\.0\.0\.0\/8","127\.0\.0\.1\/32"\]/],
  ['outside the ranges of the annotation', { service: service({ annotations: { [`${prefix}load-balancer-source-ranges`]: '10.0.0.0/8' } }) }, 'error', /127\.0\.0\.1 is not in/, /admits/, /`kubectl annotate --overwrite .*source-ranges=10\.0\.0\.0\/8,127\.0\.0\.1\/32`/],
  ['turned away by the security group', { refusals: [{ at: '2026-01-01T00:00:05Z', client: '10.9.9.9', port: 80, why: 'no security group rule admits 10.9.9.9 to TCP port 80' }] }, 'warning', /from 10\.9\.9\.9 to port 80 was turned away/, /no security group rule admits 10\.9\.9\.9 .*00:00:05/, /10\.9\.9\.9\/32/],
  ['turned away for want of targets', { refusals: [{ at: '2026-01-01T00:00:05Z', client: '127.0.0.1', port: 80, why: 'no target is registered that this address may use' }] }, 'warning', /turned away/, /no target/, /targets/],
  ['no CIDR', { service: service({ spec: { loadBalancerSourceRanges: ['127.0.0.1'] } }) }, 'error', /no CIDR/, /length/, /127\.0\.0\.1\/32/],
];

for (const [title, facts, level, what, why, next] of cases) {
  test(title, (t) => {
    const all = diagnose({ ...good, ...facts });
    const found = all.find((one) => what.test(one.what));
    t.truthy(found, JSON.stringify(all));
    t.is(found?.level, level);
    t.regex(found?.why ?? '', why);
    t.regex(found?.next ?? '', next);
  });
}

test('when nothing is wrong, that is what it says', (t) => t.deepEqual(diagnose(good).map(({ level, what }) => [level, what]), [['ok', 'nothing is wrong']]));

test('quiet where nothing is wrong: a proxied name, an address in the ranges, a complaint that is settled, one healthy target beside a sick one', (t) => {
  const complaint: EventFact = { ...reconciled, type: 'Warning', reason: 'FailedDeployModel', at: '2026-01-01T00:00:00Z' };
  const facts = {
    ...good, events: [complaint, reconciled], service: service({ spec: { loadBalancerSourceRanges: ['127.0.0.0/8'] } }), dns: { host, addresses: [], mode: 'proxy' as const, proxied: true },
    groups: [{ group, targets: [target('healthy'), target('unhealthy')] }], observed: observed('HTTP 500'),
  };
  t.deepEqual(diagnose(facts).map(({ level }) => level), ['warning']);
});

test('a refusal belongs to its load balancer, and is settled when its client has been let in since', (t) => {
  const flow = (client: string, more: object = {}) => ({ at: 1, listenerId: 'l', transport: 'tcp' as const, client, node: 'n', zone: 'a', why: 'no security group rule admits it', bytesIn: 0, bytesOut: 0, ...more });
  const flows = [flow('10.0.0.1:1'), flow('10.0.0.2:1'), flow('10.0.0.3:1', { listenerId: 'other' }), flow('10.0.0.1:2', { target: '10.42.1.2:8080' })];
  t.deepEqual(refusalsOf(flows, observed('HTTP 200')).map(({ client, port }) => [client, port]), [['10.0.0.2', 80]]);
});

test('ranges that cannot be read say nothing about who may come', (t) => {
  const unread = { ...good, service: service({ annotations: { [`${prefix}load-balancer-source-ranges`]: '$INBOUND_CIDRS' } }) };
  t.deepEqual(diagnose(unread).map(({ what }) => what).filter((what) => what.includes('source ranges')), []);
});

test('errors come first', (t) => {
  const levels = diagnose({ ...good, ...sick('HTTP 503'), dns: { host, addresses: [], mode: 'proxy', proxied: false }, service: service({ annotations: { [`${prefix}aws-load-balancer-shceme`]: 'x' } }) }).map(({ level }) => level);
  t.deepEqual(levels, ['error', 'warning', 'warning']);
});

test('a Service whose owner is somebody else gets no advice about its pods', (t) => t.is(diagnose({ ...good, ...unclaimed({}, { loadBalancerClass: 'x/y' }), pods: [] }).length, 1));

test('names that are near', (t) => {
  t.is(distance('shceme', 'scheme'), 2);
  t.is(nearest('aws-load-balancer-healtcheck-path', ['aws-load-balancer-healthcheck-path', 'aws-load-balancer-scheme']), 'aws-load-balancer-healthcheck-path');
  t.is(nearest('color', ['aws-load-balancer-scheme']), undefined);
});

test('the report names owner, targets with their last probe, and every finding', (t) => {
  const facts = { ...good, ...sick('HTTP 503') };
  const text = explanation(facts, diagnose(facts));
  for (const part of ['AWS Load Balancer Controller (type external)', '10.42.1.2:8080  unhealthy, last probe: HTTP 503', `${host} -> 127.43.0.1`, 'you come from 127.0.0.1', 'x target 10.42.1.2:8080', '    next  ']) t.true(text.includes(part), part);
  t.like(summaryOf(facts), { service: 'ui/ui-nlb', targetGroups: { 0: { targets: { 0: { state: 'unhealthy', lastProbe: 'HTTP 503' } } } } });
});
