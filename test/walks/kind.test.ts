// `--cluster kind` through the whole product: the real kubectl and controller, the real kind where it is installed, on another nlbox's cluster.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { fakeDocker } from '../support/fake-docker.js';
import { eventually, loadBalancerName, missingTool, startNlbox, startNlboxIn } from '../support/nlbox.js';
import { carriesTraffic } from './carries.js';

const missing = missingTool('kubectl', 'aws', 'curl');
const originalPath = process.env['PATH'] ?? '';

const realKind = (): string | undefined => originalPath.split(':').map((folder) => path.join(folder, 'kind')).find((file) => fs.existsSync(file));

/** docker answers, kind "creates" by copying `kubeconfig`, ip has no rights; each writes down how it was called. */
const fakes = (t: ExecutionContext, kubeconfig: string) => {
  const bin = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-fakes-'));
  t.teardown(() => fs.rmSync(bin, { recursive: true, force: true }));
  const write = (name: string, script: string): void => fs.writeFileSync(path.join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${bin}/calls\n${script}\n`, { mode: 0o755 });
  const calls = (): string[] => fs.readFileSync(path.join(bin, 'calls'), 'utf8').trimEnd().split('\n');
  write('ip', 'exit 1');
  const kind = realKind();
  if (kind !== undefined) {
    fs.writeFileSync(path.join(bin, 'docker'), fakeDocker(bin, kubeconfig, 'v1.37.0'), { mode: 0o755 });
    write('kind', `exec ${kind} "$@"`);
    return { bin, calls };
  }
  write('docker', 'case "$*" in info*) echo 28.2.2;; *) exit 1;; esac');
  write('kind', `case "$*" in version) echo "kind v0.29.0 go1.24.2 linux/amd64";; "create cluster"*) cat > /dev/null; echo " ✓ Starting control-plane" >&2; cp ${kubeconfig} "$6";; esac`);
  return { bin, calls };
};

// One after the other: the first changes the PATH.
const walk = missing ? test.skip : test.serial;
const why = missing ? ` (skipped: ${missing} is not installed)` : '';

walk(`a load balancer on a kind cluster, and nothing left after down${why}`, async (t) => {
  t.timeout(240_000);
  const host = await startNlbox(t, '--controller', 'none', '--timing', 'instant');
  await host.sh(`kubectl create configmap coredns -n kube-system --from-literal=Corefile=$'.:53 {\n    kubernetes cluster.local\n}\n' --dry-run=client -o yaml | kubectl apply -f -`);
  const { bin, calls } = fakes(t, path.join(host.stateDir, 'kubeconfig'));
  process.env['PATH'] = `${bin}:${originalPath}`;
  t.teardown(() => void (process.env['PATH'] = originalPath));
  const run = await startNlbox(t, '--cluster', 'kind', '--timing', 'instant');
  const { cluster } = await run.info();
  t.is(cluster?.kind, 'kind');
  t.is(cluster?.lines[0], "kind cluster 'eks-workshop'");
  t.is(run.env['KUBECONFIG'], path.join(run.stateDir, 'kubeconfig'));

  await run.sh(`kubectl create namespace web && kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Service
metadata: { name: web, namespace: web, annotations: { service.beta.kubernetes.io/aws-load-balancer-type: external, service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: instance } }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
YAML`);
  const name = await loadBalancerName(run, 'web', 'web');
  t.is(await run.sh(`aws elbv2 describe-load-balancers --query 'LoadBalancers[0].DNSName' --output text`), name);
  t.is(await run.sh(`aws ec2 describe-instances --query 'length(Reservations[].Instances[])'`), '3');

  const corefile = () => run.sh(`kubectl get configmap -n kube-system coredns -o jsonpath='{.data.Corefile}'`);
  t.true((await eventually(corefile, (text) => text.includes('nlbox'))).includes(` ${name}\n`));
  const lastLine = async () => (await run.info()).cluster?.lines.at(-1) ?? '';
  await eventually(lastLine, (line) => line.startsWith('names in pods: CoreDNS leads 1 name'));

  t.regex(await run.nlbox('down'), /nothing is left of it/);
  t.is(calls().filter((call) => call.startsWith('kind create')).length, 1);
  t.is(calls().filter((call) => call.startsWith('kind')).at(-1), `kind delete cluster --name eks-workshop --kubeconfig ${run.stateDir}/kubeconfig`);
  if (realKind() !== undefined) {
    const made = fs.readFileSync(path.join(bin, 'eks-workshop-worker2.conf'), 'utf8');
    t.regex(made, /(value|provider-id): aws:\/\/\/us-west-2b\/i-[0-9a-f]{17}\n/);
    t.regex(made, /topology\.kubernetes\.io\/zone=us-west-2b/);
    t.false(fs.existsSync(path.join(bin, 'nodes')), 'kind has taken its nodes away');
  }
  t.false(fs.existsSync(run.stateDir));
});

walk(`any cluster of a kubeconfig carries traffic to its nodes and pods${why}`, async (t) => {
  t.timeout(240_000);
  const host = await startNlbox(t, '--controller', 'none', '--timing', 'instant');
  const run = await startNlboxIn(t, { KUBECONFIG: path.join(host.stateDir, 'kubeconfig') }, '--cluster', 'kubeconfig', '--timing', 'instant');
  const { cluster } = await run.info();
  t.regex(cluster?.lines.join('\n') ?? '', /^cluster at .*\nnodes: through the API server's port-forward.*\npods: through/);
  await carriesTraffic(t, run);

  // Through a port-forward, which takes every connection: the health check of TCP must see that nobody listens.
  await run.sh(`kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Service
metadata: { name: dead, namespace: ui, annotations: { service.beta.kubernetes.io/aws-load-balancer-type: external, service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip } }
spec: { type: LoadBalancer, selector: { app.kubernetes.io/name: ui }, ports: [{ name: tcp, port: 80, targetPort: 8089 }, { name: udp, port: 53, targetPort: 8090, protocol: UDP }] }
YAML`);
  const dead = async () => (await run.info()).loadBalancers.flatMap(({ targets }) => targets).find(({ Port }) => Port === 8089);
  // A probe that has to wait for a forward to open again may time out; the next one is told.
  const told = await eventually(dead, (target) => target?.State === 'unhealthy' && target.lastProbe === 'connect ECONNREFUSED');
  t.is(told?.State, 'unhealthy');
  // What a port-forward cannot carry is said where one looks.
  const lost = 'datagrams do not get to the nodes and pods of this cluster, which are reached by port-forward only: its UDP ports answer nobody here';
  t.true((await run.info()).notes.some((note) => note.endsWith(`: ${lost}`)));
  t.is(await eventually(() => run.sh(`kubectl get events -n ui --field-selector reason=DatagramsNotCarried -o jsonpath='{.items[*].message}'`), (text) => text !== ''), lost);
  await run.sh('kubectl delete service -n ui dead');
  await run.nlbox('down');
  t.is(await host.sh('kubectl get pods -n ui -o name | wc -l'), '1');
});
