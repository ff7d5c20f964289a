// Pods reach load balancers by name: doors on this machine's address in the network of the nodes, and Services that lead there.
import { once } from 'node:events';
import net from 'node:net';
import test from 'ava';
import { addressBeside, openEntrance } from '../../emulator/clusters/entrance.js';
import { entranceOf } from '../../emulator/clusters/entrance-objects.js';
import { createClusterDns } from '../../emulator/clusters/kind-dns.js';
import { silentLog } from '../../emulator/log.js';
import { corefileJson, standIns } from './stand-ins.js';

const name = 'k8s-ui-uinlb-0123456789-0123456789abcdef.elb.us-west-2.amazonaws.com';
const ui = { name, namespace: 'ui', service: 'ui-nlb' };
const beside = { family: 'IPv4', internal: false, cidr: '127.203.0.1/16', address: '127.203.0.1' };
const node = { name: 'kind-control-plane', address: '127.203.0.2' };
const kubectl = `case "$*" in *"apply -f -"*) cat > $D/applied.json;; *"get configmap"*) cat $D/coredns.json;; *"patch configmap"*) for patch; do :; done; printf %s "$patch" > $D/coredns.json;; esac`;

type Applied = { items: { kind: string; metadata: { name: string; namespace?: string; labels?: Record<string, string> }; endpoints?: { addresses: string[] }[]; ports?: { port: number }[]; spec?: { ports: { port: number }[]; selector?: object } }[] };

test('the address of this machine beside a node, where it has one', (t) => {
  const bridge = { family: 'IPv4', internal: false, cidr: '172.18.0.1/16', address: '172.18.0.1' };
  const loopback = { family: 'IPv4', internal: true, cidr: '127.0.0.1/8', address: '127.0.0.1' };
  t.is(addressBeside('172.18.0.3', [loopback, { ...bridge, cidr: '192.168.1.5/24', address: '192.168.1.5' }, bridge]), '172.18.0.1');
  t.is(addressBeside('172.19.0.3', [loopback, bridge]), undefined);
  t.is(addressBeside('127.0.0.2', [loopback]), undefined);
});

test.serial('a name leads to a Service without pods, that to a door here, and that to the load balancer', async (t) => {
  const balancer = net.createServer((socket) => void socket.pipe(socket));
  await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve));
  t.teardown(() => balancer.close());
  const asked: string[] = [];
  const outside = (host: string, port: number) => {
    asked.push(`${host}:${port}`);
    return { address: '127.0.0.1', port: (balancer.address() as net.AddressInfo).port };
  };
  const world = standIns(t, { docker: 'exit 0', kubectl }, { 'coredns.json': corefileJson });
  const entrance = await openEntrance({ kubeconfig: 'k', node, outside, interfaces: [beside] }, world.deps);
  t.teardown(() => entrance?.close());
  t.regex(world.calls()[0] ?? '', /^docker exec kind-control-plane bash -c exec 3<>\/dev\/tcp\/127\.203\.0\.1\/\d+$/);

  const dns = createClusterDns({ kubeconfig: 'k', entrance, execute: world.deps.execute, log: silentLog });
  dns.set([{ ...ui, ports: [80] }, { name: 'udp-0123456789abcdef.elb.us-west-2.amazonaws.com', namespace: 'ui', service: 'udp' }]);
  await dns.settled();
  t.regex(dns.line(), /^names in pods: CoreDNS leads 2 names of load balancers to the load balancers/);
  const corefile = world.read('coredns.json');
  t.true(corefile.includes(`${entranceOf(name)}.nlbox-names.svc.cluster.local`), corefile);
  t.true(corefile.includes('udp.ui.svc.cluster.local'), 'what is not all TCP leads to its Service');
  const { items } = JSON.parse(world.read('applied.json')) as Applied;
  t.deepEqual(items.map(({ kind }) => kind), ['Namespace', 'Service', 'EndpointSlice']);
  t.deepEqual([items[1]?.spec?.ports.map(({ port }) => port), items[1]?.spec?.selector], [[80], undefined]);
  t.is(items[2]?.metadata.labels?.['kubernetes.io/service-name'], items[1]?.metadata.name);

  const [door, address] = [items[2]?.ports?.[0]?.port ?? 0, items[2]?.endpoints?.[0]?.addresses[0] ?? ''];
  t.is(address, '127.203.0.1');
  const client = net.connect({ host: address, port: door });
  client.write('hello');
  t.is(String((await once(client, 'data'))[0]), 'hello');
  client.destroy();
  t.deepEqual(asked, [`${name}:80`]);

  // The same names cost nothing anew: the door stays the same.
  dns.set([{ ...ui, ports: [80] }]);
  await dns.settled();
  t.is((JSON.parse(world.read('applied.json')) as Applied).items[2]?.ports?.[0]?.port, door);

  dns.set([]);
  await dns.settled();
  t.true(world.calls().includes(`kubectl --kubeconfig k delete service,endpointslice -n nlbox-names --ignore-not-found ${entranceOf(name)}`));
  const [error] = (await once(net.connect({ host: address, port: door }), 'error')) as [NodeJS.ErrnoException];
  t.is(error.code, 'ECONNREFUSED');
});

test.serial('a node that does not get here leaves names to Services', async (t) => {
  const world = standIns(t, { docker: 'exit 1' });
  const options = { kubeconfig: 'k', node, outside: () => undefined };
  t.is(await openEntrance({ ...options, interfaces: [beside] }, world.deps), undefined);
  t.is(await openEntrance({ ...options, interfaces: [] }, world.deps), undefined);
});
