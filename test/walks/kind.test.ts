// `--cluster kind` through the whole product, with a stand-in for kind that hands out another nlbox's cluster: real kubectl, real controller.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Info } from '../../emulator/main.js';
import { eventually, missingTool, startNlbox } from '../support/nlbox.js';

const missing = missingTool('kubectl', 'aws');
const originalPath = process.env['PATH'] ?? '';

/** docker answers, kind "creates" by copying `kubeconfig`, ip has no rights; each writes down how it was called. */
const fakes = (t: ExecutionContext, kubeconfig: string) => {
  const bin = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-fakes-'));
  t.teardown(() => fs.rmSync(bin, { recursive: true, force: true }));
  const write = (name: string, script: string): void => fs.writeFileSync(path.join(bin, name), `#!/bin/sh\necho "${name} $*" >> ${bin}/calls\n${script}\n`, { mode: 0o755 });
  write('docker', 'case "$*" in info*) echo 28.2.2;; *) exit 1;; esac');
  write('ip', 'exit 1');
  write('kind', `case "$*" in version) echo "kind v0.29.0 go1.24.2 linux/amd64";; "create cluster"*) cat > /dev/null; echo " ✓ Starting control-plane" >&2; cp ${kubeconfig} "$6";; esac`);
  return { bin, calls: (): string[] => fs.readFileSync(path.join(bin, 'calls'), 'utf8').trimEnd().split('\n') };
};

(missing ? test.skip : test)(`a load balancer on a kind cluster, and nothing left after down${missing ? ` (skipped: ${missing} is not installed)` : ''}`, async (t) => {
  t.timeout(120_000);
  const host = await startNlbox(t, '--controller', 'none', '--timing', 'instant');
  const { bin, calls } = fakes(t, path.join(host.stateDir, 'kubeconfig'));
  process.env['PATH'] = `${bin}:${originalPath}`;
  t.teardown(() => void (process.env['PATH'] = originalPath));
  const run = await startNlbox(t, '--cluster', 'kind', '--timing', 'instant');
  const { cluster } = JSON.parse(await run.nlbox('status', '--json')) as Info;
  t.is(cluster?.kind, 'kind');
  t.is(cluster?.lines[0], "kind cluster 'eks-workshop'");
  t.is(run.env['KUBECONFIG'], path.join(run.stateDir, 'kubeconfig'));

  await run.sh(`kubectl create namespace web && kubectl apply -f - <<'YAML'
apiVersion: v1
kind: Service
metadata: { name: web, namespace: web, annotations: { service.beta.kubernetes.io/aws-load-balancer-type: external, service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: instance } }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
YAML`);
  const name = await eventually(() => run.sh(`kubectl get service -n web web -o jsonpath='{.status.loadBalancer.ingress[0].hostname}'`), (text) => text !== '');
  t.is(await run.sh(`aws elbv2 describe-load-balancers --query 'LoadBalancers[0].DNSName' --output text`), name);
  t.is(await run.sh(`aws ec2 describe-instances --query 'length(Reservations[].Instances[])'`), '3');

  t.regex(await run.nlbox('down'), /nothing is left of it/);
  t.is(calls().filter((call) => call.startsWith('kind create')).length, 1);
  t.is(calls().at(-1), `kind delete cluster --name eks-workshop --kubeconfig ${run.stateDir}/kubeconfig`);
  t.false(fs.existsSync(run.stateDir));
});
