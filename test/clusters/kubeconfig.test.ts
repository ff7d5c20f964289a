// `--cluster kubeconfig`: one context is taken out of the user's files, which stay as they are.
import fs from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { startKubeconfig } from '../../emulator/clusters/kubeconfig.js';
import type { UserError } from '../../emulator/errors.js';
import { asInstance } from '../../emulator/kube/instance-id.js';
import type { Node } from '../../emulator/kube/types.js';
import { createVpc } from '../../emulator/state/vpc.js';
import { kubeconfigText, nodesJson, podJson, standIns } from './stand-ins.js';

const kubectl = `case "$*" in "config view"*) case "$*" in *"--context none"*) echo "error: cannot locate context none" >&2; exit 1;; esac; cat $D/kubeconfig.in;; *"get nodes"*) cat $D/nodes.json;; *kube-dns*) cat $D/dns.json;; esac`;
const files = { 'kubeconfig.in': kubeconfigText('https://192.168.5.15:6443'), 'nodes.json': nodesJson(['127.201.0.1', '127.201.0.2'], () => 'k3s://k3d-demo-agent-0'), 'dns.json': podJson('255.255.255.255') };

test.serial('takes the context, reaches what answers, and names the nodes that are no instances', async (t) => {
  const world = standIns(t, { kubectl }, files);
  const cluster = await startKubeconfig(world.config({ context: 'k3d-demo' }), world.deps);
  t.teardown(() => cluster.close());
  t.is(world.calls()[0], 'kubectl config view --raw --minify --flatten --context k3d-demo');
  t.is(fs.statSync(path.join(world.stateDir, 'kubeconfig')).mode & 0o777, 0o600);
  t.is(cluster.server, 'https://192.168.5.15:6443');
  const text = cluster.describe().join('\n');
  t.regex(text, /^cluster at https:\/\/192\.168\.5\.15:6443 \(context k3d-demo\)\nnodes: straight.*\npods: through the API server's port-forward/);
  t.regex(text, /warning: eks-workshop-worker is no EC2 instance; the API knows it by derived ids/);
});

test.serial('a context that is not there, and a cluster on EKS', async (t) => {
  const world = standIns(t, { kubectl }, { ...files, 'kubeconfig.in': kubeconfigText('https://ABC.gr7.us-west-2.eks.amazonaws.com') });
  const missing = await t.throwsAsync<UserError>(startKubeconfig(world.config({ context: 'none' }), world.deps));
  t.is(missing?.message, "the kubeconfig has no context 'none'");
  t.regex(missing?.hint ?? '', /cannot locate context none/);
  const eks = await t.throwsAsync<UserError>(startKubeconfig(world.config(), world.deps));
  t.regex(eks?.message ?? '', /is a cluster on EKS; nlbox is for clusters off AWS/);
});

test('a node of no cloud has a derived id that stays; those of AWS stay as they are', (t) => {
  const node = (providerID?: string): Node => ({ metadata: { name: 'a', labels: { 'topology.kubernetes.io/zone': 'us-west-2a' } }, spec: providerID === undefined ? {} : { providerID } }) as unknown as Node;
  const aws = node('aws:///us-west-2a/i-0123456789abcdef0');
  t.is(asInstance(aws), aws);
  const derived = asInstance(node('kind://docker/kind/a')).spec?.providerID ?? '';
  t.regex(derived, /^aws:\/\/\/us-west-2a\/i-[0-9a-f]{17}$/);
  t.is(asInstance(node('kind://docker/kind/a')).spec?.providerID, derived);
  t.regex(asInstance(node()).spec?.providerID ?? '', /i-[0-9a-f]{17}$/);
});

test('a pod is in the zone of the node whose range its address is from', (t) => {
  const instance = { InstanceId: 'i-1', nodeName: 'w', PrivateIpAddress: '172.18.0.3', AvailabilityZone: 'us-west-2c', running: true, podCidrs: ['10.42.1.0/24'] };
  const vpc = createVpc('us-west-2', '000000000000', 'c', () => [instance]);
  t.is(vpc.zoneOf('10.42.1.7'), 'us-west-2c');
  t.is(vpc.zoneOf('10.42.9.7'), 'us-west-2a');
  t.is(vpc.zoneOf('10.244.1.7'), undefined);
});
