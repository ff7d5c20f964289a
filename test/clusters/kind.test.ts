// `--cluster kind` from the commands that it runs: what it makes, adopts, refuses, reaches and removes.
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test from 'ava';
import packet from 'dns-packet';
import { parse } from 'yaml';
import { manualClock, systemClock } from '../../emulator/clock.js';
import { clustersIn, isOldKind, isPatchRefused, kindConfig, kindVersion, workerId } from '../../emulator/clusters/kind-config.js';
import { readRecord, removeKind } from '../../emulator/clusters/kind-record.js';
import { backendsFor, serviceFor } from '../../emulator/clusters/forward-target.js';
import { startKind } from '../../emulator/clusters/kind.js';
import { nodesIn, routesInTheWay, routesTo } from '../../emulator/clusters/nodes.js';
import { answersDns, isKubelet, isOfNode } from '../../emulator/clusters/prove.js';
import { probe } from '../../emulator/clusters/reach.js';
import { pasteable, run } from '../../emulator/clusters/run.js';
import type { UserError } from '../../emulator/errors.js';
import { corefileJson, kubeconfigText, nodesJson, podJson, standIns, type Scripts } from './stand-ins.js';

// The progress lines are kind's own, on standard error, as a pipe gets them.
const kindScript = `case "$*" in
version) echo "kind v0.29.0 go1.24.2 linux/amd64";;
"get clusters") cat $D/clusters 2>/dev/null || echo "No kind clusters found." >&2;;
"create cluster"*) cat > $D/config.yaml; echo 'Creating cluster "eks-workshop" ...' >&2; echo ' ✓ Ensuring node image (kindest/node:v1.33.1)' >&2
  while [ $# -gt 0 ]; do [ "$1" = --kubeconfig ] && cat $D/kubeconfig.in > "$2"; [ "$1" = --name ] && echo "$2" > $D/clusters; shift; done;;
"export kubeconfig"*) cat $D/kubeconfig.in > "$6";;
esac`;
const kubectlScript = `case "$*" in *"get nodes"*) cat $D/nodes.json;; *kube-dns*) cat $D/dns.json;; *"get configmap coredns"*) cat $D/coredns.json;; esac`;
const good: Scripts = { docker: `case "$*" in info*) echo 28.2.2;; "image inspect"*) exit 1;; esac`, kind: kindScript, kubectl: kubectlScript, ip: `case "$*" in "-json route show") echo '[{"dst":"default","gateway":"172.17.0.1"}]';; esac` };
const loopback = ['127.201.0.1', '127.201.0.2', '127.201.0.3', '127.201.0.4'];
// Refused at once by any kernel, and never sent.
const nowhere = '255.255.255.255';
const files = (nodes = loopback, dns = '127.201.0.9') => ({ 'kubeconfig.in': kubeconfigText(), 'nodes.json': nodesJson(nodes), 'dns.json': podJson(dns), 'coredns.json': corefileJson });

test.serial('makes a cluster, shows kind at work, reaches it straight, and removes it', async (t) => {
  const world = standIns(t, good, files());
  const cluster = await startKind(world.config(), world.deps);
  t.teardown(() => cluster.close());
  t.true(world.calls().includes('kind create cluster --name eks-workshop --kubeconfig $D/state/kubeconfig --wait 120s --config -'));
  t.true(world.said.includes('✓ Ensuring node image (kindest/node:v1.33.1)'), world.said.join('\n'));
  t.is(world.read('config.yaml'), kindConfig({ name: 'eks-workshop', region: 'us-west-2', clusterName: 'eks-workshop' }));
  t.is(cluster.server, 'https://127.0.0.1:33987');
  const lines = cluster.describe();
  t.is(lines[0], "kind cluster 'eks-workshop'");
  t.regex(lines[1] ?? '', /^nodes: straight to their addresses \(.*ms to connect\)$/);
  t.regex(lines[2] ?? '', /^pods: straight/);
  t.regex(lines[3] ?? '', /^retail-store-sample-ui, .*: not in Docker, and no stand-in could be made: .*the nodes pull them$/);
  t.regex(lines[4] ?? '', /^names in pods: CoreDNS leads 0 names/);
  t.false(world.calls().some((call) => call.startsWith('ip ')), 'no route is needed where pods answer');
  await removeKind(world.stateDir, run);
  t.is(world.calls().at(-1), 'kind delete cluster --name eks-workshop --kubeconfig $D/state/kubeconfig');
  t.is(readRecord(world.stateDir), undefined);
});

test.serial('pods are looked at once the DNS of a new cluster runs: kind waits for its control plane only', async (t) => {
  const kubectl = `${kubectlScript.replace('*kube-dns*) cat $D/dns.json', '*wait*kube-dns*) echo x > $D/runs;; *kube-dns*) if [ -s $D/runs ]; then cat $D/dns.json; else echo \'{"items":[]}\'; fi')}`;
  const world = standIns(t, { ...good, kubectl }, files());
  const cluster = await startKind(world.config(), world.deps);
  t.teardown(() => cluster.close());
  t.regex(cluster.describe()[2] ?? '', /^pods: straight/);
  t.true(world.calls().some((call) => call.endsWith('wait --for=condition=Ready nodes --all --timeout=120s')));
});

test.serial('its own cluster of an earlier run is used again; one asked for by name is adopted and left', async (t) => {
  const world = standIns(t, good, files());
  await (await startKind(world.config(), world.deps)).close();
  await (await startKind(world.config(), world.deps)).close();
  t.is(world.calls().filter((call) => call.startsWith('kind create')).length, 1);
  t.true(readRecord(world.stateDir)?.made);

  fs.writeFileSync(path.join(world.folder, 'clusters'), 'kind\neks-workshop\n');
  const other = path.join(world.folder, 'other');
  const adopted = await startKind(world.config({ stateDir: other, kindName: 'kind' }), world.deps);
  t.is(adopted.describe()[0], "kind cluster 'kind' (adopted; `down` leaves it)");
  t.regex(adopted.describe().join('\n'), /dynamodb-local: not in Docker, and an adopted cluster gets no stand-ins; the nodes pull them/);
  t.is(world.calls().filter((call) => call.startsWith('docker build')).length, 0);
  await adopted.close();
  const before = world.calls().length;
  await removeKind(other, run);
  t.deepEqual(world.calls().slice(before).map((call) => call.replace(/ --kubeconfig \S+/, '')), [
    'kind get clusters', 'kubectl get configmap coredns -n kube-system -o json', 'kubectl delete namespace nlbox-names --ignore-not-found --wait=false',
  ]);
});

test.serial('names go into CoreDNS one change after the other, and `down` takes them out of an adopted cluster', async (t) => {
  const script = `${kubectlScript}\ncase "$*" in *"patch configmap"*) for patch; do :; done; printf %s "$patch" > $D/coredns.json; echo x >> $D/patches;; esac`;
  const world = standIns(t, { ...good, kubectl: script }, { ...files(), clusters: 'kind\n' });
  const cluster = await startKind(world.config({ kindName: 'kind' }), world.deps);
  const name = (service: string) => ({ name: `${service}-0123456789abcdef.elb.us-west-2.amazonaws.com`, namespace: 'ui', service });
  for (const service of ['one', 'two', 'three']) cluster.setNames?.([name(service)]);
  await cluster.close();
  t.regex(world.read('coredns.json'), /three\.ui\.svc\.cluster\.local/);
  t.notRegex(world.read('coredns.json'), /one\.ui|two\.ui/);
  t.regex(cluster.describe().at(-1) ?? '', /^names in pods: CoreDNS leads 1 name of load balancers to their Services, past the load balancers/);
  t.true(world.read('patches').split('x').length <= 3);
  await removeKind(world.stateDir, run);
  t.deepEqual(JSON.parse(world.read('coredns.json')), JSON.parse(corefileJson));
});

test.serial('a CoreDNS that cannot be read is said, and stops nothing', async (t) => {
  const world = standIns(t, { ...good, kubectl: `${kubectlScript.replace('cat $D/coredns.json', 'echo "Error from server (Forbidden)" >&2; exit 1')}` }, files());
  const cluster = await startKind(world.config(), world.deps);
  cluster.setNames?.([]);
  await cluster.close();
  t.is(cluster.describe().at(-1), "names in pods: not reachable, the cluster's CoreDNS configuration cannot be read");
});

test.serial('a kind that refuses the patch of its list of arguments makes the cluster without it', async (t) => {
  const refusal = 'ERROR: failed to create cluster: failed to generate kubeadm config content: failed to apply JSON 6902 patch: testing value /nodeRegistration/kubeletExtraArgs/1/name failed: test failed';
  const world = standIns(t, { ...good, kind: kindScript.replace('cat > $D/config.yaml;', `cat > $D/config.yaml; if grep -q 6902 $D/config.yaml; then echo '${refusal}' >&2; exit 1; fi;`) }, files());
  await (await startKind(world.config(), world.deps)).close();
  t.is(world.calls().filter((call) => call.startsWith('kind create')).length, 2);
  t.true(world.said.some((line) => line.includes('derived ids')));
  t.true(isPatchRefused(refusal));
});

test.serial('what Docker has is loaded; a stand-in is built for the rest, and does not stay in Docker', async (t) => {
  const docker = `case "$*" in info*) echo 28.2.2;; "image inspect"*sample-ui*) echo sha256:1;; "image inspect"*) exit 1;; *" -") cat >> $D/dockerfiles; esac`;
  const world = standIns(t, { ...good, docker, ldd: 'echo "linux-vdso.so.1 (0x0)"' }, files());
  const cluster = await startKind(world.config(), world.deps);
  await cluster.close();
  const calls = world.calls().map((call) => call.replace(/ \S*nlbox-stand-in-\S+$/, ' FOLDER'));
  t.true(calls.includes('kind load docker-image public.ecr.aws/aws-containers/retail-store-sample-ui:1.2.1 --name eks-workshop'));
  t.true(calls.includes('docker build --quiet --tag nlbox-stand-in FOLDER'));
  t.true(calls.includes('docker build --quiet --tag public.ecr.aws/docker/library/mysql:8.0 -'));
  t.regex(world.read('dockerfiles'), /^FROM nlbox-stand-in\nENV NLBOX_STAND_IN=retail-store-sample-cart\n/);
  t.regex(calls.find((call) => call.startsWith('docker image rm')) ?? '', /^docker image rm --force nlbox-stand-in public\.ecr\.aws\/aws-containers\/retail-store-sample-cart:1\.2\.1 .*dynamodb-local:1\.25\.1$/);
  t.notRegex(calls.filter((call) => call.startsWith('docker image rm') || call.startsWith('docker build')).join('\n'), /sample-ui/);
  t.regex(cluster.describe().join('\n'), /stand-ins for retail-store-sample-cart, .*dynamodb-local, which are not in Docker; `docker pull` them/);
});

test.serial('images that kind cannot load as Docker saves them go as an archive of one platform', async (t) => {
  const docker = `case "$*" in info*) echo 28.2.2;; "image inspect"*) echo sha256:1;; esac`;
  // As with Docker's containerd image store: https://github.com/kubernetes-sigs/kind/issues/3795
  const kind = `${kindScript}\ncase "$*" in "load docker-image"*) echo 'ERROR: failed to load image: command "docker exec --privileged -i eks-workshop-worker ctr --namespace=k8s.io images import --all-platforms --digests --snapshotter=overlayfs -" failed with error: exit status 1' >&2; exit 1;; esac`;
  const world = standIns(t, { ...good, docker, kind }, files());
  const cluster = await startKind(world.config(), world.deps);
  await cluster.close();
  const calls = world.calls().map((call) => call.replace(/\S*nlbox-images-\S+\/images\.tar/, 'ARCHIVE'));
  t.regex(calls.find((call) => call.startsWith('docker save')) ?? '', /^docker save --platform linux\/(amd64|arm64) --output ARCHIVE public\.ecr\.aws\S+retail-store-sample-ui:1\.2\.1 /);
  t.true(calls.includes('kind load image-archive ARCHIVE --name eks-workshop'));
  t.notRegex(cluster.describe().join('\n'), /could not be loaded/);
});

test.serial('Podman under the name of Docker answers in its own words', async (t) => {
  const docker = `case "$*" in *.Version.Version*) echo 5.8.6;; info*) echo "Error: template: info:1:2: executing info at <.ServerVersion>: can't evaluate field ServerVersion in type *define.Info" >&2; exit 125;; *) exit 1;; esac`;
  const world = standIns(t, { ...good, docker }, files());
  await (await startKind(world.config(), world.deps)).close();
  t.is(world.said[0], 'Podman 5.8.6');
});

test.serial('a cluster of somebody else with our name is not touched', async (t) => {
  const world = standIns(t, good, { ...files(), clusters: 'eks-workshop\n' });
  const error = await t.throwsAsync<UserError>(startKind(world.config(), world.deps));
  t.is(error?.message, "there is a kind cluster named 'eks-workshop' already");
  t.regex(error?.hint ?? '', /--name eks-workshop/);
  t.is(readRecord(world.stateDir), undefined);
});

test.serial('pods get routes through their nodes where we may, and the record knows them', async (t) => {
  const script = `${good.ip}\ncase "$*" in "route replace"*) echo '{"items":[{"status":{"phase":"Running","podIP":"127.201.0.9"}}]}' > $D/dns.json;; esac`;
  const world = standIns(t, { ...good, ip: script }, files(loopback, nowhere));
  const cluster = await startKind(world.config(), world.deps);
  t.teardown(() => cluster.close());
  t.regex(cluster.describe()[2] ?? '', /^pods: straight to their addresses, by routes through the nodes/);
  t.true(world.calls().includes('ip route replace 10.42.1.0/24 via 127.201.0.2'));
  await removeKind(world.stateDir, run);
  t.is(world.calls().filter((call) => call.startsWith('ip route del 10.42.')).length, 4);
});

test.serial('without the right to routes pods are forwarded, and nothing of the attempt stays', async (t) => {
  const world = standIns(t, { ...good, ip: `${good.ip}\ncase "$*" in "route replace 10.42.1"*) echo "RTNETLINK answers: Operation not permitted" >&2; exit 2;; esac` }, files(loopback, nowhere));
  const cluster = await startKind(world.config(), world.deps);
  t.teardown(() => cluster.close());
  t.regex(cluster.describe()[2] ?? '', /^pods: through the API server's port-forward/);
  t.true(world.calls().includes('ip route del 10.42.0.0/24 via 127.201.0.1'));
  t.deepEqual(readRecord(world.stateDir)?.routes, []);
});

test.serial('where no address answers, connections go through the port-forward of the pod, or of the node\'s kube-proxy', async (t) => {
  const echo = net.createServer((socket) => void socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  t.teardown(() => echo.close());
  const { port } = echo.address() as net.AddressInfo;
  const script = `${kubectlScript}\ncase "$*" in *status.podIP=${nowhere}*) cat $D/proxy.json;; *status.podIP=10.42.1.7*) cat $D/pod.json;; *port-forward*) echo "Forwarding from 127.0.0.1:${port} -> 8080"; exec sleep 60;; esac`;
  const world = standIns(t, { ...good, kubectl: script }, { ...files([nowhere], nowhere), 'pod.json': podJson('10.42.1.7', {}, 'ui-1'), 'proxy.json': podJson(nowhere, { 'k8s-app': 'kube-proxy' }, 'kube-proxy-x') });
  const cluster = await startKind(world.config(), world.deps);
  t.teardown(() => cluster.close());
  const talk = (host: string, to: number) => new Promise<string>((resolve, reject) => {
    const socket = cluster.dial({ host, port: to });
    // At once, as a client's first bytes come: they wait until the forward stands.
    socket.write('hello');
    socket.once('data', (data) => (socket.destroy(), resolve(String(data)))).once('error', reject);
  });
  t.is(await talk('10.42.1.7', 8080), 'hello');
  t.is(await talk('10.42.1.7', 8080), 'hello');
  t.is(await talk(nowhere, 30080), 'hello');
  t.regex(cluster.describe()[3] ?? '', /^port-forwards: 2 open, the last took \d+ ms to open; a TCP health check passes when no refusal has come after \d+ ms/);
  const forwards = world.calls().filter((call) => call.includes('port-forward'));
  t.deepEqual(forwards.map((call) => call.replace(/^.*-n /, '')), ['kube-system pod/ui-1 :8080', 'kube-system pod/kube-proxy-x :30080']);
});

test.serial('where no node answers, the container of docker-compose.yml is tried, and goes with the cluster', async (t) => {
  // Nodes are there and refuse; pods are out of its reach, too.
  const relay = http.createServer().on('connect', (request, client) => {
    const [host, port] = (request.url ?? '').split(':');
    if (port !== '30080') return void client.end(`HTTP/1.1 502 ${host === nowhere ? 'ECONNREFUSED' : 'EHOSTUNREACH'}\r\n\r\n`);
    client.write('HTTP/1.1 200 OK\r\n\r\n');
    client.pipe(client);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  t.teardown(() => relay.close());
  const docker = `${good.docker}\ncase "$*" in compose*) echo "Building nlbox"; echo "the relay listens on port 4565"; exec sleep 60;; port*) echo "127.0.0.1:${(relay.address() as net.AddressInfo).port}";; esac`;
  const world = standIns(t, { ...good, docker }, files([nowhere], '255.255.255.254'));
  const cluster = await startKind(world.config(), world.deps);
  t.regex(cluster.describe()[1] ?? '', /^nodes: through the container of docker-compose\.yml, which is in the kind network \(.*ms to connect\)$/);
  t.regex(cluster.describe()[2] ?? '', /^pods: through the API server's port-forward/);
  t.true(world.said.includes('Building nlbox'));
  const echoed = new Promise<string>((resolve, reject) => {
    const socket = cluster.dial({ host: nowhere, port: 30_080 });
    socket.once('connect', () => socket.write('hello')).once('data', (data) => (socket.destroy(), resolve(String(data)))).once('error', reject);
  });
  t.is(await echoed, 'hello');
  const refused = new Promise<NodeJS.ErrnoException>((resolve) => cluster.dial({ host: nowhere, port: 30_081 }).once('error', resolve));
  t.is((await refused).code, 'ECONNREFUSED');
  await cluster.close();
  t.true(readRecord(world.stateDir)?.container);
  await removeKind(world.stateDir, run);
  const calls = world.calls();
  t.regex(calls.find((call) => call.startsWith('docker compose')) ?? '', /^docker compose --file \S+\/docker-compose\.yml --project-name nlbox-eks-workshop run --rm --no-TTY --no-deps --name nlbox-eks-workshop-relay --publish 127\.0\.0\.1::4565 nlbox relay$/);
  t.deepEqual(calls.slice(-3, -1), ['docker rm --force --volumes nlbox-eks-workshop-relay', 'docker volume rm --force nlbox-eks-workshop_state']);
});

test.serial('a container that cannot be run leaves the port-forward, and says why', async (t) => {
  const docker = `${good.docker}\ncase "$*" in compose*) echo "docker: unknown command: docker compose" >&2; exit 1;; esac`;
  const world = standIns(t, { ...good, docker }, files([nowhere], nowhere));
  const cluster = await startKind(world.config(), world.deps);
  t.teardown(() => cluster.close());
  t.regex(cluster.describe().join('\n'), /^nodes: through the API server's port-forward[^]*^no container in the kind network: the container could not be run$/m);
});

test.serial('a target that is gone is an error of its connection, not of the run', async (t) => {
  const script = `${kubectlScript}\ncase "$*" in *status.podIP=*) echo '{"items":[]}';; esac`;
  const world = standIns(t, { ...good, kubectl: script }, files([nowhere], nowhere));
  const cluster = await startKind(world.config(), world.deps);
  t.teardown(() => cluster.close());
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => cluster.dial({ host: '10.42.1.8', port: 80 }).once('error', resolve));
  t.is(error.code, 'EHOSTUNREACH');
});

const refusals: [title: string, scripts: Scripts, message: RegExp, hint?: RegExp][] = [
  ['no Docker', {}, /^--cluster kind needs Docker, which is not installed; .*the embedded cluster needs neither Docker nor kind$/],
  ['Docker that does not answer', { docker: 'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?" >&2; exit 1' },
    /^--cluster kind needs Docker, which does not answer; .*embedded/, /docker info --format '\{\{\.ServerVersion\}\}'\n.*\n.*Cannot connect to the Docker daemon/],
  ['no kind', { docker: 'echo 28.2.2' }, /^kind is not installed; .*embedded/],
  ['an old kind', { docker: 'echo 28.2.2', kind: 'echo "kind v0.17.0 go1.19.2 linux/amd64"' }, /^kind 0\.17 is too old; install 0\.20/],
  ['a cluster that cannot be made', { ...good, kind: `${kindScript}\ncase "$*" in "create cluster"*) exit 1;; esac`.replace('echo \' ✓', 'echo "ERROR: failed to create cluster: no space left on device" >&2; exit 1; echo \' ✓') },
    /^the kind cluster 'eks-workshop' could not be created$/, /kind create cluster --name eks-workshop .* --config - <<'EOF'\n\s+kind: Cluster[^]*no space left on device/],
];

for (const [title, scripts, message, hint] of refusals) {
  test.serial(`says what to do: ${title}`, async (t) => {
    const world = standIns(t, scripts, files());
    const error = await t.throwsAsync<UserError>(startKind(world.config(), world.deps));
    t.regex(error?.message ?? '', message);
    t.is(error?.name, 'UserError');
    if (hint) t.regex(error?.hint ?? '', hint);
  });
}

test('the configuration: a control plane and three workers as on EKS', (t) => {
  const config = parse(kindConfig({ name: 'n', region: 'us-west-2', clusterName: 'n' })) as { nodes: { role: string; labels?: Record<string, string>; kubeadmConfigPatches?: string[]; kubeadmConfigPatchesJSON6902?: { version: string; patch: string }[] }[] };
  t.like(config, { kind: 'Cluster', apiVersion: 'kind.x-k8s.io/v1alpha4', networking: { podSubnet: '10.42.0.0/16', serviceSubnet: '172.20.0.0/16' } });
  t.deepEqual(config.nodes.map(({ role }) => role), ['control-plane', 'worker', 'worker', 'worker']);
  t.deepEqual(config.nodes.slice(1).map(({ labels }) => labels?.['topology.kubernetes.io/zone']), ['us-west-2a', 'us-west-2b', 'us-west-2c']);
  t.deepEqual(parse(config.nodes[2]?.kubeadmConfigPatches?.[0] ?? ''), {
    apiVersion: 'kubeadm.k8s.io/v1beta3', kind: 'JoinConfiguration', nodeRegistration: { kubeletExtraArgs: { 'provider-id': `aws:///us-west-2b/${workerId('n', 1)}` } },
  });
  const [list] = config.nodes[2]?.kubeadmConfigPatchesJSON6902 ?? [];
  t.is(list?.version, 'v1beta4');
  t.deepEqual((parse(list?.patch ?? '') as { op: string; value: string }[]).map(({ op, value }) => [op, value]), [['test', 'provider-id'], ['replace', `aws:///us-west-2b/${workerId('n', 1)}`]]);
  t.regex(workerId('n', 1), /^i-[0-9a-f]{17}$/);
});

test('what kind prints is read', (t) => {
  t.deepEqual(kindVersion('kind v0.29.0 go1.24.2 linux/amd64'), [0, 29]);
  t.deepEqual(kindVersion('kind v0.31.0-alpha+4c7854c go1.25.1 darwin/arm64'), [0, 31]);
  t.is(kindVersion('command not found'), undefined);
  t.true(isOldKind([0, 19]));
  t.false(isOldKind([0, 20]) || isOldKind([1, 0]));
  t.deepEqual(clustersIn('kind\neks-workshop\n'), ['kind', 'eks-workshop']);
  t.deepEqual(clustersIn('No kind clusters found.\n'), []);
});

test('routes come from the nodes, and never replace another\'s', (t) => {
  const nodes = nodesIn(nodesJson(['172.18.0.2', '172.18.0.3'], () => 'kind://docker/k/w'));
  t.deepEqual(nodes.map(({ foreign }) => foreign), [false, true]);
  const routes = routesTo(nodes);
  t.deepEqual(routes, [{ cidr: '10.42.0.0/24', via: '172.18.0.2' }, { cidr: '10.42.1.0/24', via: '172.18.0.3' }]);
  t.deepEqual(routesInTheWay(routes, [{ dst: '10.42.1.0/24', gateway: '10.8.0.1' }, { dst: '10.42.0.0/24', gateway: '172.18.0.2' }]), routes.slice(1));
});

test('behind a node port stands a ready pod of its Service, of the node itself where the policy is Local', (t) => {
  const services = JSON.stringify({ items: [{ metadata: { name: 'a', namespace: 'n' }, spec: { ports: [{ name: 'u', nodePort: 30001, protocol: 'UDP' }] } }, { metadata: { name: 'web', namespace: 'n' }, spec: { externalTrafficPolicy: 'Local', ports: [{ name: 'http', nodePort: 30001 }] } }] });
  t.deepEqual(serviceFor(services, 30001), { namespace: 'n', name: 'web', portName: 'http', local: true });
  t.is(serviceFor(services, 30002), undefined);
  const pod = (name: string, nodeName: string, ready = true) => ({ conditions: { ready }, nodeName, targetRef: { kind: 'Pod', name, namespace: 'n' } });
  const slices = JSON.stringify({ items: [{ ports: [{ name: 'http', port: 8080 }, { name: 'other', port: 9 }], endpoints: [pod('a', 'x'), pod('b', 'y'), pod('c', 'x', false)] }] });
  t.deepEqual(backendsFor(slices, 'http').map((one) => `${one.pod}:${one.port}`), ['a:8080', 'b:8080']);
  t.deepEqual(backendsFor(slices, 'http', 'x').map(({ pod: name }) => name), ['a']);
  t.deepEqual(backendsFor(slices, 'https'), []);
});

test('a kubelet is known by its certificate, not by an open port', (t) => {
  t.true(isOfNode('kind-worker@1700000000', '', 'kind-worker'));
  t.true(isOfNode('system:node:ip-10-0-0-1', 'DNS:ip-10-0-0-1, IP Address:10.0.0.1', 'ip-10-0-0-1'));
  t.true(isOfNode('kubelet', 'DNS:a, DNS:k3d-demo-agent-0', 'k3d-demo-agent-0'));
  t.false(isOfNode('proxy.example', 'DNS:*.example', 'kind-worker'));
});

test('a DNS pod is known by its answer, a refusal too', async (t) => {
  let asked: packet.DecodedPacket | undefined;
  const server = net.createServer((socket) => void socket.on('error', () => {}).once('data', (data) => {
    asked = packet.streamDecode(data) as packet.DecodedPacket;
    socket.end(packet.streamEncode({ type: 'response', id: asked.id ?? 0, flags: 5, questions: asked.questions ?? [] }));
  }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  t.not((await probe('127.0.0.1', (server.address() as net.AddressInfo).port, answersDns, systemClock, { patience: 60_000 })).ms, undefined);
  t.deepEqual(asked?.questions?.map(({ name, type, class: of }) => [name, type, of]), [['version.bind', 'TXT', 'CH']]);
});

test.serial('a network that takes every connection, and says nothing on it, is no way to a node or pod', async (t) => {
  const server = net.createServer((socket) => void socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const clock = manualClock();
  for (const prove of [isKubelet('kind-worker'), answersDns]) {
    const asked = probe('127.0.0.1', port, prove, clock);
    await once(server, 'connection');
    await clock.advance(1_000);
    t.is((await asked).ms, undefined);
  }
});

test('a command is shown as one can paste it', (t) => {
  t.is(pasteable('kind', ['get', 'clusters']), 'kind get clusters');
  t.is(pasteable('docker', ['info', '--format', '{{.A}} it\'s']), String.raw`docker info --format '{{.A}} it'\''s'`);
});
