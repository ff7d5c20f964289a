// What names mean inside the cluster: the search list, Services, headless ones and their pods, and other names.
import test from 'ava';
import { lookUp, searched } from '../../../emulator/tinykube/dns/records.js';
import type { Api } from '../../../emulator/tinykube/types.js';
import { memoryApi, service } from '../cluster.js';

const slice = (name: string, endpoints: object[]) => ({
  apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } }, addressType: 'IPv4', ports: [], endpoints,
});

const withServices = (): Api => {
  const api = memoryApi();
  api.create('services', service('ui', 'ui', { clusterIP: '10.100.3.4' }));
  api.create('services', service('db', 'db', { clusterIP: 'None' }));
  api.create('services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'far', namespace: 'default' }, spec: { type: 'ExternalName', externalName: 'lb.elb.us-west-2.amazonaws.com' } });
  api.create('endpointslices.discovery.k8s.io', slice('db', [
    { addresses: ['10.42.100.7'], hostname: 'db-0', conditions: { ready: true } },
    { addresses: ['10.42.100.8'], conditions: { ready: true } },
    { addresses: ['10.42.100.9'], hostname: 'db-2', conditions: { ready: false } },
  ]));
  return api;
};

test('a pod asks for a short name with the search list first, for a long one last, and for one with a dot at its end as it is', (t) => {
  t.deepEqual(searched('ui', 'shop'), ['ui.shop.svc.cluster.local', 'ui.svc.cluster.local', 'ui.cluster.local', 'ui']);
  t.is(searched('ui.shop.svc.cluster.local', 'other').at(-1), 'ui.shop.svc.cluster.local');
  t.is(searched('a.b.c.d.e.f', 'shop')[0], 'a.b.c.d.e.f');
  t.deepEqual(searched('UI.shop.svc.cluster.local.', 'other'), ['ui.shop.svc.cluster.local']);
});

for (const [name, from, expected] of [
  ['ui', 'default', ['10.100.3.4']],
  ['ui', 'other', undefined],
  ['ui.default', 'other', ['10.100.3.4']],
  ['ui.default.svc', 'other', ['10.100.3.4']],
  ['ui.default.svc.cluster.local.', 'other', ['10.100.3.4']],
  ['db', 'default', ['10.42.100.7', '10.42.100.8']],
  ['db-0.db', 'default', ['10.42.100.7']],
  ['db-2.db', 'default', undefined],
  ['10-42-100-8.db.default.svc', 'other', ['10.42.100.8']],
  ['10-42-1-2.default.pod', 'default', ['10.42.1.2']],
  ['a.b.ui', 'default', undefined],
  ['example.com', 'default', undefined],
] as const) {
  test(`${name} asked from ${from} leads to ${expected?.join(' and ') ?? 'nothing'}`, (t) => {
    const found = lookUp(withServices(), name, from);
    t.deepEqual(found, expected && { addresses: [...expected] });
  });
}

test('a Service of type ExternalName stands for another name', (t) => {
  t.deepEqual(lookUp(withServices(), 'far', 'default'), { alias: 'lb.elb.us-west-2.amazonaws.com' });
});
