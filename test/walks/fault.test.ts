// Every fault, injected and undone, and what a learner sees of it in between.
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Info } from '../../emulator/main.js';
import { eventually, loadBalancerName, missingTool, startNlbox, type Run } from '../support/nlbox.js';

const missing = missingTool('kubectl');
const title = 'each fault shows, and its undo puts everything back';

type Targets = Info['loadBalancers'][number]['targets'];

const targets = (run: Run, check: (targets: Targets) => boolean): Promise<Targets> =>
  eventually(async () => (await run.info()).loadBalancers[0]?.targets ?? [], check);
const healthy = (count: number, port = 8080) => (found: Targets): boolean =>
  found.length === count && found.every(({ State, Port }) => State === 'healthy' && Port === port);
// Refused clients get nothing from the load balancer, and an error of its own from the forward proxy.
const answers = async (run: Run, served: boolean): Promise<string> => {
  const name = await loadBalancerName(run, 'ui', 'ui-nlb');
  return eventually(() => run.sh(`curl -s -o /dev/null -w '%{http_code}' --max-time 2 http://${name}/home || true`), (text) => (text === '200') === served);
};

(missing ? test.skip : test)(missing ? `${title} (skipped: ${missing} is not installed)` : title, async (t: ExecutionContext) => {
  t.timeout(240_000);
  const run = await startNlbox(t, '--timing', 'instant');
  const none = await t.throwsAsync(run.nlbox('fault', 'break-probe'));
  t.regex(none?.message ?? '', /there is no Service of type LoadBalancer/);
  await run.nlbox('workshop', 'init');
  const exposed = '~/environment/eks-workshop/modules/exposing/load-balancer';
  await run.sh(`kubectl apply -k ~/environment/eks-workshop/base-application/ui && kubectl apply -k ${exposed}/nlb`);

  // The node port itself would take the check's connection; what counts is whether the pod does.
  const nodePort = Number(await eventually(() => run.sh(`kubectl get service -n ui ui-nlb -o jsonpath='{.spec.ports[0].nodePort}'`), (port) => port !== ''));
  await targets(run, healthy(3, nodePort));
  await run.nlbox('fault', 'wrong-port');
  await targets(run, (found) => found.length === 3 && found.every(({ State, lastProbe }) => State === 'unhealthy' && /ECONNREFUSED/.test(lastProbe ?? '')));
  await run.nlbox('fault', 'wrong-port', '--undo');
  await targets(run, healthy(3, nodePort));

  await run.sh(`kubectl apply -k ${exposed}/ip-mode`);
  const [pod] = await targets(run, healthy(1));
  const service = () => run.sh(`kubectl get service -n ui ui-nlb -o json | jq -S '{annotations: .metadata.annotations, spec}'`);
  const before = await service();

  await run.nlbox('fault', 'break-probe');
  await targets(run, ([one]) => one?.State === 'unhealthy' && /404/.test(one.lastProbe ?? ''));
  t.regex((await t.throwsAsync(run.nlbox('fault', 'break-probe')))?.message ?? '', /in force already/);
  t.regex(await run.nlbox('fault', 'hint', 'break-probe'), /health check/);
  await run.nlbox('fault', 'break-probe', '--undo');
  t.is(await service(), before);
  await targets(run, healthy(1));

  await run.nlbox('fault', 'wrong-port');
  await targets(run, (found) => found.some(({ Port, State }) => Port === 8089 && State === 'unhealthy'));
  await run.nlbox('fault', 'wrong-port', '--undo');
  t.is(await service(), before);
  await targets(run, healthy(1));

  await answers(run, true);
  await run.nlbox('fault', 'wrong-cidr');
  await answers(run, false);
  await run.nlbox('fault', 'wrong-cidr', '--undo');
  t.is(await service(), before);
  await answers(run, true);

  t.regex(await run.nlbox('fault', 'kill-pod'), /nothing to undo/);
  const [second] = await targets(run, (found) => healthy(1)(found) && found[0]?.Id !== pod?.Id);
  t.regex(await run.nlbox('fault', 'kill-pod', '--undo'), /nothing to undo/);

  t.truthy(second);
  const ready = () => run.sh(`kubectl get nodes -o json | jq -c '[.items[].status.conditions[] | select(.type == "Ready").status] | sort'`);
  await run.nlbox('fault', 'stop-node');
  await eventually(ready, (text) => text === '["True","True","Unknown"]');
  await targets(run, (found) => !found.some(({ State }) => State === 'healthy'));
  await answers(run, false);
  await run.nlbox('fault', 'stop-node', '--undo');
  await eventually(ready, (text) => text === '["True","True","True"]');
  await targets(run, healthy(1));
  await answers(run, true);

  const file = path.join(run.home, 'bundle.tar.gz');
  await run.nlbox('bundle', file);
  const part = (name: string) => run.sh(`tar -xOzf ${file} nlbox-bundle/${name}`);
  t.regex(await part('timeline.txt'), /^ui\/ui-nlb\n\d\d:\d\d:\d\d/);
  t.regex(await part('events.txt'), /SuccessfullyReconciled/);
  t.regex(await part('cluster.yaml'), /kind: TargetGroupBinding/);

  await run.nlbox('fault', 'no-controller');
  await eventually(async () => (await run.info()).loadBalancers.length, (count) => count === 0);
  await run.nlbox('fault', 'no-controller', '--undo');
  t.is(await service(), before);
  await targets(run, healthy(1));
  t.regex((await t.throwsAsync(run.nlbox('fault', 'no-such')))?.message ?? '', /Faults are break-probe, kill-pod/);
});
