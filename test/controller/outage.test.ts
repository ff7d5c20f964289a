// The API server is gone for a minute, by a clock that is moved by hand: what changed meanwhile is caught up with, and nothing is done twice.
import test from 'ava';
import { openByHand } from './by-hand.js';
import { ipService } from './harness.js';

type Real = Awaited<ReturnType<typeof openByHand>>;
const slices = 'endpointslices.discovery.k8s.io';

const endpoints = ({ api }: Real, pods: Record<string, string>): void => {
  for (const name of Object.keys(pods)) if (!api.get('pods', 'ui', name)) api.create('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'ui', name }, spec: { nodeName: 'n1', containers: [{ name: 'ui', image: 'ui' }] } });
  const list = Object.entries(pods).map(([name, address]) => ({ addresses: [address], conditions: { ready: true }, targetRef: { kind: 'Pod', namespace: 'ui', name } }));
  const old = api.get(slices, 'ui', 'ui-1');
  if (old) api.update(slices, { ...structuredClone(old), endpoints: list });
  else api.create(slices, { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { namespace: 'ui', name: 'ui-1', labels: { 'kubernetes.io/service-name': 'ui-nlb' } }, addressType: 'IPv4', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }], endpoints: list });
};

test('a minute without the API server: pods exchanged, scheme changed, then all caught up with; another minute, and the Service is gone', async (t) => {
  const real = await openByHand(t);
  const { api, cable, clock, elbv2, passing, scheme, setScheme } = real;
  const targets = async (): Promise<string> => {
    const { TargetGroups = [] } = await elbv2.DescribeTargetGroups({});
    const found = await Promise.all(TargetGroups.map(({ TargetGroupArn }) => elbv2.DescribeTargetHealth({ TargetGroupArn })));
    return found.flatMap(({ TargetHealthDescriptions = [] }) => TargetHealthDescriptions).filter(({ TargetHealth }) => TargetHealth?.State !== 'draining').map(({ Target }) => Target?.Id).join();
  };
  const outage = async (change: () => void): Promise<void> => {
    cable.pull();
    change();
    for (let second = 0; second < 60; second += 1) await clock.advance(1_000);
    cable.plug();
  };
  api.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, spec: { providerID: 'aws:///us-west-2a/i-0123456789abcdef0' } });
  endpoints(real, { p1: '10.42.96.5' });
  api.create('services', ipService());
  await passing('the start', async () => (await targets()) === '10.42.96.5' && (await scheme()) === 'internet-facing');

  await outage(() => {
    endpoints(real, { p2: '10.42.96.6' });
    setScheme('internal');
  });
  await passing('both changes are in force', async () => (await targets()) === '10.42.96.6' && (await scheme()) === 'internal');
  t.is(real.calls.filter((op) => op === 'CreateLoadBalancer').length, 2);

  await outage(() => void api.delete('services', 'ui', 'ui-nlb'));
  await passing('everything is gone', async () => (await scheme()) === '' && api.get('services', 'ui', 'ui-nlb') === undefined);
  t.is(await targets(), '');
});
