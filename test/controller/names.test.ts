// The worked examples of the reference (3.2), computed there by another script.
import test from 'ava';
import { backendSecurityGroupName, loadBalancerName, managedSecurityGroupName, targetGroupName, type Owner } from '../../emulator/controller/names.js';

const uid = (digit: string): string => [8, 4, 4, 4, 12].map((length) => digit.repeat(length)).join('-');
const owners: Owner[] = [
  { namespace: 'ui', name: 'ui-nlb', uid: uid('1') },
  { namespace: 'kube-system', name: 'ingress-nginx-controller', uid: uid('2') },
  { namespace: 'team-a-prod', name: 'api', uid: uid('3') },
];
const group = (port: number, targetType: string, healthCheckProtocol = 'TCP') => (owner: Owner): string =>
  targetGroupName('my-cluster', owner, { port, servicePort: 80, targetType, protocol: 'TCP', healthCheckProtocol, healthCheckInterval: 10 });

const examples: [string, (owner: Owner) => string, string[]][] = [
  ['internal load balancer', (owner) => loadBalancerName('my-cluster', owner, 'internal'), ['k8s-ui-uinlb-c586ae2009', 'k8s-kubesyst-ingressn-9f2b4aac11', 'k8s-teamapro-api-5d3631fabc']],
  ['internet-facing load balancer', (owner) => loadBalancerName('my-cluster', owner, 'internet-facing'), ['k8s-ui-uinlb-d207efa037', 'k8s-kubesyst-ingressn-c53f78161a', 'k8s-teamapro-api-b0a9a100aa']],
  ['managed security group', (owner) => managedSecurityGroupName('my-cluster', owner), ['k8s-ui-uinlb-1877e72a10', 'k8s-kubesyst-ingressn-ac1a3c079b', 'k8s-teamapro-api-2aeaa290f6']],
  ['instance target group', group(30080, 'instance'), ['k8s-ui-uinlb-97aa904554', 'k8s-kubesyst-ingressn-3f112eae22', 'k8s-teamapro-api-c2373a51fa']],
  ['ip target group', group(8080, 'ip'), ['k8s-ui-uinlb-20b2823938', 'k8s-kubesyst-ingressn-dd6f5dc342', 'k8s-teamapro-api-f9621224fd']],
  ['ip target group of a named port', group(1, 'ip'), ['k8s-ui-uinlb-5807e4c1e4', 'k8s-kubesyst-ingressn-ce9ba829ff', 'k8s-teamapro-api-062a08bf28']],
  ['instance target group, Local', group(30080, 'instance', 'HTTP'), ['k8s-ui-uinlb-1c77b0ef94', 'k8s-kubesyst-ingressn-b96fcb4b11', 'k8s-teamapro-api-74fc362c66']],
];

for (const [title, name, expected] of examples) {
  test(title, (t) => t.deepEqual(owners.map(name), expected));
}

test('the group that all load balancers share', (t) => {
  t.is(backendSecurityGroupName('my-cluster'), 'k8s-traffic-mycluster-4cbfcec96c');
});
