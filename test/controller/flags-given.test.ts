// The flags that a user may give to the built-in controller: read as the real one reads them, refused in its words.
import fs from 'node:fs';
import test from 'ava';
import { defaultElection, flagNames, readFlags } from '../../emulator/controller/flags-given.js';

test('flags become settings; what is not given stays the default', (t) => {
  t.deepEqual(readFlags({}), { flags: {}, election: defaultElection });
  t.deepEqual(readFlags({
    'default-target-type': 'ip', 'default-load-balancer-scheme': 'internet-facing', 'default-tags': 'env=dev, team=a', 'external-managed-tags': 'cost',
    'max-targets-per-target-group': '20', 'enable-service-mutator-webhook': 'true', 'feature-gates': 'EnableTCPUDPListener=true,EndpointsFailOpen=false',
  }).flags, {
    defaultTargetType: 'ip', defaultScheme: 'internet-facing', defaultTags: { env: 'dev', team: 'a' }, externalManagedTags: ['cost'],
    maxTargetsPerTargetGroup: 20, enableServiceMutatorWebhook: true, enableTcpUdpListener: true, endpointsFailOpen: false,
  });
  t.deepEqual(readFlags({ 'enable-leader-election': 'true', 'leader-election-namespace': 'lbc' }).election, { enabled: true, name: 'aws-load-balancer-controller-leader', namespace: 'lbc' });
});

const refusals: [given: Record<string, string>, text: string][] = [
  [{ 'default-target-type': 'pod' }, 'invalid value pod for default target type'],
  [{ 'default-load-balancer-scheme': 'public' }, 'invalid value public for default scheme'],
  [{ 'backend-security-group': 'x' }, 'invalid value x for backend security group id'],
  [{ 'default-tags': 'elbv2.k8s.aws/cluster=x' }, 'tag key elbv2.k8s.aws/cluster cannot be specified in default-tags flag'],
  [{ 'external-managed-tags': 'service.k8s.aws/stack' }, 'tag key service.k8s.aws/stack cannot be specified in external-managed-tags flag'],
  [{ 'default-tags': 'a=b', 'external-managed-tags': 'a' }, 'tag key a cannot be specified in both default-tags and external-managed-tags flag'],
  [{ 'enable-manage-backend-security-group-rules': 'true', 'enable-backend-security-group': 'false' }, 'backend security group must be enabled when manage backend security group rule is enabled'],
  [{ 'disable-restricted-sg-rules': 'yes' }, 'invalid argument "yes" for "--disable-restricted-sg-rules" flag: strconv.ParseBool: parsing "yes": invalid syntax'],
  [{ 'max-targets-per-target-group': 'x' }, 'invalid argument "x" for "--max-targets-per-target-group" flag: strconv.ParseInt: parsing "x": invalid syntax'],
  [{ 'feature-gates': 'NLBSecurityGroup=false' }, 'unknown feature: NLBSecurityGroup; nlbox models ServiceTypeLoadBalancerOnly, EnableTCPUDPListener, EndpointsFailOpen'],
  [{ 'ingress-class': 'alb' }, `unknown flag: --ingress-class; nlbox's controller knows ${flagNames.join(', ')}`],
];

for (const [given, message] of refusals) {
  test(`refused: ${JSON.stringify(given)}`, (t) => {
    t.throws(() => readFlags(given), { message });
  });
}

test('the how-to names every flag', (t) => {
  const page = fs.readFileSync('emulator/docs/own-controller.md', 'utf8');
  t.deepEqual(flagNames.filter((name) => !page.includes(`\`${name}\``)), []);
});
