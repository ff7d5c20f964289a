// What counts as the same output, and what must be reported.
import test from 'ava';
import { compare, kindOf } from '../../scenarios/compare.js';

const same = test.macro({
  exec: (t, sample: string, actual: string) => void t.deepEqual(compare(sample, actual), []),
  title: (name) => `same: ${name}`,
});

const differs = test.macro({
  exec: (t, sample: string, actual: string, where: string) =>
    void t.deepEqual(compare(sample, actual).map((one) => one.where), [where]),
  title: (name) => `reported: ${name}`,
});

const target = (Id: string, Port: number, State: string, extra: object = {}) => ({
  Target: { Id, Port },
  HealthCheckPort: String(Port),
  TargetHealth: { State, ...extra },
});
const initial = { Reason: 'Elb.RegistrationInProgress', Description: 'Target registration is in progress' };
const checking = { Reason: 'Elb.InitialHealthChecking', Description: 'Initial health checks in progress' };
const health = (...targets: object[]) => JSON.stringify({ TargetHealthDescriptions: targets });
const first = 'TargetHealthDescriptions[0]';

test('kinds are told apart by the sample', (t) => {
  t.is(kindOf(''), 'nothing');
  t.is(kindOf('[]'), 'json');
  t.is(kindOf('NAME   READY   UP-TO-DATE\nui     1/1     1'), 'table');
  t.is(kindOf('Name:  ui\nLabels:  a=b\n         c=d'), 'describe');
  t.is(kindOf('HTTP/1.1 200 OK\nServer: x'), 'head');
  t.is(kindOf('service/ui created'), 'text');
});

test('other ids, addresses and node ports', same,
  health(target('i-0aaaaaaaaaaaaaaa1', 31338, 'healthy')), health(target('i-0b5e6f7a8b9c0d1e2', 30007, 'healthy')));
test('another order', same,
  health(target('10.42.1.2', 8080, 'initial', initial), target('10.42.1.3', 8080, 'healthy')),
  health(target('10.42.9.9', 8080, 'healthy'), target('10.42.9.8', 8080, 'initial', checking)));
test('initial may have become healthy', same,
  health(target('10.42.1.2', 8080, 'initial', initial)), health(target('10.42.1.3', 8080, 'healthy')));
test('a lenient sample does not take the partner of a strict one', same,
  health(target('10.42.1.2', 8080, 'initial', initial), target('10.42.1.3', 8080, 'healthy')),
  health(target('10.42.1.2', 8080, 'healthy'), target('10.42.1.3', 8080, 'initial', initial)));
test('a key that only the answer has', same, '{"a":1}', '{"a":1,"b":2}');
test('names with hashes, accounts, times and zones', same,
  '{"Arn":"arn:aws:elasticloadbalancing:us-west-2:000000000000:loadbalancer/net/k8s-ui-uinlb-c0ffee1234/0123456789abcdef","At":"2026-11-25T09:12:41.305000+00:00","Zone":"us-west-2a"}',
  '{"Arn":"arn:aws:elasticloadbalancing:us-west-2:123456789012:loadbalancer/net/k8s-ui-uinlb-0a1b2c3d4e/fedcba9876543210","At":"2027-01-01T00:00:00.1Z","Zone":"us-west-2c"}');

test('a wrong port', differs,
  health(target('10.42.1.2', 8080, 'healthy')),
  JSON.stringify({ TargetHealthDescriptions: [{ ...target('10.42.1.2', 8080, 'healthy'), Target: { Id: '10.42.1.2', Port: 8081 } }] }),
  `${first}.Target.Port`);
test('a pod port where a node port belongs', differs,
  '{"Port":31338}', '{"Port":8080}', 'Port');
test('an instance where an address belongs', differs,
  '{"Id":"10.42.1.2"}', '{"Id":"i-0aaaaaaaaaaaaaaa1"}', 'Id');
test('a missing target', differs,
  health(target('10.42.1.2', 8080, 'healthy'), target('10.42.1.3', 8080, 'healthy')),
  health(target('10.42.1.2', 8080, 'healthy')), 'TargetHealthDescriptions[]');
test('one target too many', differs,
  health(target('10.42.1.2', 8080, 'healthy')),
  health(target('10.42.1.2', 8080, 'healthy'), target('10.42.1.3', 8080, 'healthy')), 'TargetHealthDescriptions[]');
test('healthy never goes back to initial', differs,
  health(target('10.42.1.2', 8080, 'healthy')), health(target('10.42.1.3', 8080, 'initial', initial)),
  `${first}.TargetHealth.State`);
test('unhealthy is not a later initial', (t) => {
  const found = compare(health(target('10.42.1.2', 8080, 'initial', initial)), health(target('10.42.1.3', 8080, 'unhealthy')));
  t.deepEqual(found[0], { where: `${first}.TargetHealth.State`, sample: '"initial"', actual: '"unhealthy"' });
});
test('a reason that is missing while initial', differs,
  health(target('10.42.1.2', 8080, 'initial', { Reason: initial.Reason })), health(target('10.42.1.3', 8080, 'initial')),
  `${first}.TargetHealth.Reason`);
test('active is not provisioning', differs, '{"State":{"Code":"active"}}', '{"State":{"Code":"provisioning"}}', 'State.Code');
test('a missing key', differs, '{"a":1,"b":2}', '{"a":1}', 'b');
test('a number that became text', differs, '{"Port":8080}', '{"Port":"8080"}', 'Port');
test('an object that became a list', differs, '{"a":{}}', '{"a":[]}', 'a');
test('something where there should be nothing', differs, '[]', '[{"LoadBalancerName":"x"}]', '[]');
test('an answer that is not JSON', differs, '{"a":1}', 'An error occurred', 'output');
test('a sample that is not JSON though it looks so', differs, '{\n  "a":1,', '{"a":1}', 'sample');

test('two targets with one address', differs,
  health(target('10.42.1.2', 8080, 'healthy'), target('10.42.1.3', 8080, 'healthy')),
  health(target('10.42.9.9', 8080, 'healthy'), target('10.42.9.9', 8080, 'healthy')), 'count of "address"');
test('a health check on another node port', differs,
  '{"Port":31338,"HealthCheckPort":"31338"}', '{"Port":31338,"HealthCheckPort":"31339"}', 'count of "node port"');
test('things in keys that the sample does not have are not counted', same,
  '[{"Id":"10.42.1.2"}]', '[{"Id":"10.42.1.3","More":"10.42.1.4"}]');
test('one pod behind three names', differs, '["ui-6d5bb7b9c4-2gqzp","ui-6d5bb7b9c4-9tnxr"]',
  '["ui-6d5bb7b9c4-2gqzp","ui-6d5bb7b9c4-2gqzp"]', 'count of "pod name"');
test('text that only begins like JSON', same, '[1/2] building', '[1/2] building');

const table = (row: string) => `NAME     TYPE           EXTERNAL-IP   PORT(S)        AGE\nui       ClusterIP      <none>        80/TCP         40s\n${row}`;
const lb = 'k8s-ui-uinlb-c0ffee1234-0123456789abcdef.elb.us-west-2.amazonaws.com';
const other = 'k8s-ui-uinlb-0000000001-fedcba9876543210.elb.us-west-2.amazonaws.com';

test('a table with other widths, ages and node ports', same,
  table(`ui-nlb   LoadBalancer   ${lb}   80:31338/TCP   5s`),
  `NAME   TYPE   EXTERNAL-IP   PORT(S)   AGE\nui-nlb   LoadBalancer   ${other}   80:30001/TCP   3m12s\nui   ClusterIP   <none>   80/TCP   2d`);
test('a name that is still pending', differs,
  table(`ui-nlb   LoadBalancer   ${lb}   80:31338/TCP   5s`), table('ui-nlb   LoadBalancer   <pending>   80:31338/TCP   5s'),
  'ui-nlb EXTERNAL-IP');
test('a wrong service port in a table', differs,
  table(`ui-nlb   LoadBalancer   ${lb}   80:31338/TCP   5s`), table(`ui-nlb   LoadBalancer   ${lb}   81:31338/TCP   5s`),
  'ui-nlb PORT(S)');
test('a missing row', differs, table(`ui-nlb   LoadBalancer   ${lb}   80:31338/TCP   5s`), table(''), 'rows');
test('a row too many', differs, table(''), table(`ui-nlb   LoadBalancer   ${lb}   80:31338/TCP   5s`), 'rows');
test('no table at all', differs, table(''), '', 'columns');

const described = 'Name:  ui-nlb\nAnnotations:  a/target-type: ip\n              a/scheme: internet-facing\nNodePort:  http  31338/TCP';
test('describe with other spaces, more lines and an event table', same, described,
  'Name:      ui-nlb\nNamespace: ui\nAnnotations:   a/target-type: ip\n   a/scheme: internet-facing\nNodePort:   http  30999/TCP\nEvents:   <none>');
test('describe with another annotation value', (t) => {
  t.deepEqual(compare(described, described.replace('type: ip', 'type: instance')), [
    { where: 'Annotations', sample: 'Annotations: a/target-type: ip', actual: 'Annotations: a/target-type: instance' },
  ]);
});

test('an HTTP head with other headers', same, 'HTTP/1.1 200 OK\nContent-Type: text/html',
  'HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\nDate: now\r\n');
test('an HTTP head with another status', differs, 'HTTP/1.1 200 OK', 'HTTP/1.1 503 Service Unavailable', 'status');
test('an HTTP head with another media type', differs, 'HTTP/1.1 200 OK\nContent-Type: text/html',
  'HTTP/1.1 200 OK\nContent-Type: application/json', 'Content-Type');

test('text with other pod names', same, 'pod/ui-6d5bb7b9c4-2gqzp condition met', 'pod/ui-5f8d9c7b6-zzzzz condition met');
test('text with a line of dots', same, 'a\n...\nd\n...', 'a\nb\nc\nd\ne');
test('apply says what there was to do', same, 'service/ui created', 'service/ui unchanged');
test('newer kubectl names the namespace', same, 'service "ui-nlb" deleted', 'service "ui-nlb" deleted from ui namespace');
test('another number of lines', differs, 'pod/ui-6d5bb7b9c4-2gqzp met\npod/ui-6d5bb7b9c4-9tnxr met',
  'pod/ui-6d5bb7b9c4-2gqzp met', 'line 2');
test('a line too many', differs, 'a', 'a\nb', 'line 2');
test('another kind of object', differs, 'service/ui created', 'deployment.apps/ui created', 'line 1');
test('dots do not excuse a missing line', differs, 'a\n...\nd', 'a\nb\nc', 'line 2');
test('no sample, no promise', same, '', 'anything');
