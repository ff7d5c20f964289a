// Walks over the controller's features as its users' end-to-end suites take them: a manifest, what AWS shows, a change, what AWS shows then.
import fs from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { generate } from 'selfsigned';
import { eventually, missingTool, startNlbox, type Run } from '../support/nlbox.js';
import { deployment, healthCheckOf, inNamespace, service } from './services.js';

const missing = missingTool('kubectl', 'aws', 'curl');
const walk = missing ? test.skip : test.serial;
const titled = (title: string): string => (missing ? `${title} (skipped: ${missing} is not installed)` : title);
const tcp = 'TCP - traffic-port 10 10 3 3';
const three = ['healthy', 'healthy', 'healthy'];

let run: Run;
const ends: (() => void | Promise<void>)[] = [];
test.before(async (t) => {
  if (missing) return;
  t.timeout(120_000);
  run = await startNlbox({ teardown: (end) => void ends.push(end) }, '--timing', 'instant');
});
test.after.always(async () => {
  for (const end of ends) await end();
});

const get = (url: string): Promise<string> => run.sh(`curl -sk -o /dev/null -w '%{http_code}' ${url}`);

walk(titled('instance targets: health, traffic, cross-zone, tags, and the traffic policy that moves the health check'), async (t: ExecutionContext) => {
  const { apply, annotate, balancer, kubectl, find, drop } = await inNamespace(run, 'instance');
  await apply(deployment('instance', 'web'), service('instance', 'web', 'web', { type: 'external', 'nlb-target-type': 'instance', scheme: 'internet-facing' }));
  const { dnsName, found, view } = await balancer('web');
  t.like(found, { Type: 'network', Scheme: 'internet-facing' });
  const nodePort = await kubectl(`get service web -o jsonpath='{.spec.ports[0].nodePort}'`);
  const [group] = await view.groups();
  t.like(group, { Protocol: 'TCP', TargetType: 'instance', Port: Number(nodePort) });
  t.is(healthCheckOf(group ?? {}), tcp);
  t.deepEqual(await view.listenerPorts(), ['TCP 80']);
  t.deepEqual(await eventually(view.states, (states) => states.length === 3 && states.every((state) => state === 'healthy')), three);
  t.is(await get(`http://${dnsName}/any-path`), '200');

  await annotate('web', { 'cross-zone-load-balancing-enabled': 'true', 'additional-resource-tags': 'instance-mode=true, key1=value1' });
  await eventually(view.attributes, (attributes) => attributes['load_balancing.cross_zone.enabled'] === 'true');
  const tagged = await eventually(view.tags, (all) => all.every((tags) => tags['key1'] === 'value1'));
  for (const tags of tagged) t.like(tags, { 'instance-mode': 'true', 'elbv2.k8s.aws/cluster': 'eks-workshop', 'service.k8s.aws/stack': 'instance/web' });
  await annotate('web', { 'additional-resource-tags': 'instance-mode=true' });
  for (const tags of await eventually(view.tags, (all) => all.every((one) => !('key1' in one)))) t.is(tags['instance-mode'], 'true');

  await kubectl(`patch service web --type merge -p '{"spec":{"externalTrafficPolicy":"Local"}}'`);
  const [local] = await eventually(view.groups, ([one]) => one?.HealthCheckProtocol === 'HTTP');
  t.is(healthCheckOf(local ?? {}), `HTTP /healthz ${await kubectl(`get service web -o jsonpath='{.spec.healthCheckNodePort}'`)} 10 6 2 2`);
  await drop();
  t.is(await find(dnsName), undefined);
});

walk(titled('an internal load balancer: attributes by two annotations, and targets by node labels'), async (t: ExecutionContext) => {
  const { apply, annotate, balancer, kubectl, drop } = await inNamespace(run, 'internal');
  await apply(deployment('internal', 'web'), service('internal', 'web', 'web', { type: 'external', 'nlb-target-type': 'instance', scheme: 'internal', 'proxy-protocol': '*' }));
  const { found, view } = await balancer('web');
  t.is(found.Scheme, 'internal');
  t.is((await view.groupAttributes())['proxy_protocol_v2.enabled'], 'true');
  await annotate('web', { 'target-group-attributes': 'proxy_protocol_v2.enabled=false, preserve_client_ip.enabled=false, deregistration_delay.timeout_seconds=120' });
  const attributes = await eventually(view.groupAttributes, (now) => now['deregistration_delay.timeout_seconds'] === '120');
  t.like(attributes, { 'proxy_protocol_v2.enabled': 'true', 'preserve_client_ip.enabled': 'false' });

  await annotate('web', { 'target-node-labels': 'example.com/edge=yes' });
  await eventually(view.states, (states) => states.length === 0);
  const node = (await kubectl('get nodes -o name')).split('\n')[0];
  await kubectl(`label ${node} example.com/edge=yes`);
  await eventually(view.states, (states) => states.length === 1);
  await kubectl('annotate service web service.beta.kubernetes.io/aws-load-balancer-target-node-labels-');
  t.is((await eventually(view.states, (states) => states.length === 3)).length, 3);
  await drop();
});

walk(titled('ip targets under the older type name: health check annotations are taken over in place'), async (t: ExecutionContext) => {
  const { apply, annotate, balancer, drop } = await inNamespace(run, 'ip');
  await apply(deployment('ip', 'web'), service('ip', 'web', 'web', { type: 'nlb-ip', scheme: 'internet-facing', name: 'chosen-name' }));
  const { dnsName, found, view } = await balancer('web');
  t.is(found.LoadBalancerName, 'chosen-name');
  const [group] = await view.groups();
  t.like(group, { Protocol: 'TCP', TargetType: 'ip', Port: 80 });
  t.is(healthCheckOf(group ?? {}), tcp);
  t.deepEqual(await eventually(view.states, (states) => states.length === 3 && states.every((state) => state === 'healthy')), three);
  t.is(await get(`http://${dnsName}/any-path`), '200');
  const asked = { protocol: 'HTTP', port: '80', path: '/healthz', interval: '30', timeout: '6', 'healthy-threshold': '2', 'unhealthy-threshold': '2' };
  await annotate('web', Object.fromEntries(Object.entries(asked).map(([key, value]) => [`healthcheck-${key}`, value])));
  const [changed] = await eventually(view.groups, ([one]) => one?.HealthCheckProtocol === 'HTTP');
  t.is(healthCheckOf(changed ?? {}), 'HTTP /healthz 80 30 6 2 2');
  t.is(changed?.TargetGroupArn, group?.TargetGroupArn);
  await drop();
});

const importCertificate = async (name: string): Promise<string> => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { algorithm: 'sha256', keyType: 'ec', curve: 'P-256' });
  const file = (kind: string): string => path.join(run.home, `${name}.${kind}`);
  fs.writeFileSync(file('crt'), cert);
  fs.writeFileSync(file('key'), key);
  return run.sh(`aws acm import-certificate --certificate fileb://${file('crt')} --private-key fileb://${file('key')} --query CertificateArn --output text`);
};

walk(titled('TLS listeners: several certificates, chosen ports by number and by name, access logs'), async (t: ExecutionContext) => {
  const { apply, annotate, balancer, drop } = await inNamespace(run, 'tls');
  const [one, two] = [await importCertificate('one.example.com'), await importCertificate('two.example.com')];
  const ports = [{ name: 'http', port: 80 }, { name: 'https', port: 443, targetPort: 80 }, { name: 'other', port: 333, targetPort: 80 }];
  await apply(deployment('tls', 'web'), service('tls', 'web', 'web', { type: 'nlb-ip', scheme: 'internet-facing', 'ssl-cert': `${one},${two}` }, ports));
  const { dnsName, view } = await balancer('web');
  t.deepEqual(await view.listenerPorts(), ['TLS 80', 'TLS 333', 'TLS 443']);
  t.deepEqual((await view.groups()).map(({ Protocol }) => Protocol), ['TCP', 'TCP', 'TCP']);
  const shown = await eventually(view.certificates, (list) => new Set(list.map(({ CertificateArn }) => CertificateArn)).size === 2);
  t.is(shown.find(({ IsDefault }) => IsDefault)?.CertificateArn, one);
  await eventually(view.states, (states) => states.length === 3 && states.every((state) => state === 'healthy'));
  t.is(await get(`https://${dnsName}:443/ --proxy $http_proxy`), '200');

  await annotate('web', { 'ssl-cert': two });
  const left = await eventually(view.certificates, (list) => list.every(({ CertificateArn }) => CertificateArn === two));
  t.true(left.some(({ IsDefault }) => IsDefault));
  await annotate('web', { 'ssl-ports': '443, 333' });
  t.deepEqual(await eventually(view.listenerPorts, ([first]) => first === 'TCP 80'), ['TCP 80', 'TLS 333', 'TLS 443']);
  await annotate('web', { 'ssl-ports': '443, http, 333' });
  await eventually(view.listenerPorts, ([first]) => first === 'TLS 80');
  await annotate('web', { 'access-log-enabled': 'true', 'access-log-s3-bucket-name': 'logs', 'access-log-s3-bucket-prefix': 'nlb' });
  const attributes = await eventually(view.attributes, (now) => now['access_logs.s3.enabled'] === 'true');
  t.like(attributes, { 'access_logs.s3.bucket': 'logs', 'access_logs.s3.prefix': 'nlb' });
  await drop();
});

walk(titled('readiness gates: a rollout goes on only when the load balancer trusts its pods'), async (t: ExecutionContext) => {
  const { apply, annotate, balancer, kubectl, drop } = await inNamespace(run, 'gates');
  await run.sh('kubectl label namespace gates elbv2.k8s.aws/pod-readiness-gate-inject=enabled');
  await apply(deployment('gates', 'web', 2), service('gates', 'web', 'web', { type: 'external', 'nlb-target-type': 'ip', scheme: 'internal' }));
  const { view } = await balancer('web');
  t.deepEqual(await eventually(view.states, (states) => states.every((state) => state === 'healthy') && states.length === 2), ['healthy', 'healthy']);
  await annotate('web', { 'healthcheck-port': '9' });
  await eventually(view.states, (states) => states.includes('unhealthy'));
  await kubectl('rollout restart deployment/web');
  const waiting = await run.try('kubectl -n gates rollout status deployment/web --timeout=2s');
  t.not(waiting.exitCode, 0);
  const gate = await eventually(() => kubectl(`get pods -o jsonpath='{.items[*].status.conditions[?(@.reason=="Target.FailedHealthChecks")].type}'`), (text) => text !== '');
  t.regex(gate, /^target-health\.elbv2\.k8s\.aws\/k8s-gates-web-[0-9a-f]{10}$/);
  t.is(await kubectl(`get deployment web -o jsonpath='{.status.availableReplicas}'`), '2', 'the old pods stay');
  await annotate('web', { 'healthcheck-port': 'traffic-port' });
  t.regex(await kubectl('rollout status deployment/web --timeout=60s'), /successfully rolled out/);
  await eventually(view.states, (states) => states.join() === 'healthy,healthy');
  t.regex(await kubectl('get pods -o wide'), / 1\/1 {2,}.* 1\/1/);
  await drop();
});

walk(titled('QUIC: listeners by annotation, and targets with the server ids that pods were given'), async (t: ExecutionContext) => {
  const { apply, balancer, kubectl, drop } = await inNamespace(run, 'quic');
  await kubectl('label namespace quic elbv2.k8s.aws/quic-server-id-inject=enabled');
  const annotations = { type: 'nlb-ip', scheme: 'internet-facing', 'quic-enabled-ports': '80', 'disable-nlb-sg': 'true' };
  await apply(
    deployment('quic', 'web', 2, { 'service.beta.kubernetes.io/aws-load-balancer-quic-enabled-containers': 'app' }),
    service('quic', 'datagrams', 'web', annotations, [{ port: 80, protocol: 'UDP' }]),
    service('quic', 'both', 'web', { ...annotations, 'enable-tcp-udp-listener': 'true' }, [{ name: 'tcp', port: 80 }, { name: 'udp', port: 80, protocol: 'UDP' }]),
  );
  for (const [name, protocol] of [['datagrams', 'QUIC'], ['both', 'TCP_QUIC']] as const) {
    const { view } = await balancer(name);
    t.deepEqual(await view.listenerPorts(), [`${protocol} 80`]);
    t.like((await view.groups())[0], { Protocol: protocol, Port: 80, TargetType: 'ip' });
    const ids = await eventually(view.serverIds, ({ length }) => length === 2);
    t.is(new Set(ids).size, 2);
    for (const id of ids) t.regex(id ?? '', /^0x[0-9a-f]{16}$/);
  }
  await drop();
});
