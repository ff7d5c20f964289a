// A learner takes nodes away and brings them back, and sees the cluster and the targets follow.
import test from 'ava';
import { eventually, missingTool, startNlbox } from '../support/nlbox.js';
import { deployment, inNamespace, service } from './services.js';

const missing = missingTool('kubectl', 'aws', 'curl');
const walk = missing ? test.skip : test;
const titled = (title: string): string => (missing ? `${title} (skipped: ${missing} is not installed)` : title);

walk(titled('nodes are stopped, started, added, cordoned, drained and removed; pods and targets follow'), async (t) => {
  t.timeout(120_000);
  const run = await startNlbox(t, '--timing', 'instant');
  const { apply, balancer, kubectl } = await inNamespace(run, 'nodes');
  await apply(deployment('nodes', 'web'), service('nodes', 'web', 'web', { type: 'external', 'nlb-target-type': 'instance', scheme: 'internet-facing' }));
  const { dnsName, view } = await balancer('web');
  await kubectl('rollout status deployment/web --timeout=30s');
  const states = (wanted: string) => eventually(view.states, (list) => [...list].sort().join(' ') === wanted);
  await states('healthy healthy healthy');
  const nodes = async (): Promise<string[]> => (await run.sh('kubectl get nodes --no-headers')).split('\n').map((line) => line.trim().split(/\s+/).slice(0, 2).join(' '));
  const podsOn = (node: string): Promise<string> => kubectl(`get pods --field-selector spec.nodeName=${node},status.phase=Running -o name`);
  const [one = '', two = ''] = (await nodes()).map((line) => line.split(' ')[0] ?? '');

  t.is(await run.nlbox('node', 'stop', one), `node ${one} stopped`);
  t.true((await nodes()).includes(`${one} NotReady`));
  t.regex(await run.sh(`kubectl describe node ${one}`), /Taints: +node\.kubernetes\.io\/unreachable:NoExecute\n +node\.kubernetes\.io\/unreachable:NoSchedule/);
  t.regex(await run.sh(`kubectl get lease -n kube-node-lease ${one} --no-headers`), new RegExp(`^${one} +${one} `));
  const left = await eventually(view.states, (list) => list.filter((state) => state === 'healthy').length === 2);
  t.not(left.length, 0);
  await eventually(() => run.sh(`curl -s -o /dev/null -w '%{http_code}' http://${dnsName}/ || true`), (code) => code === '200');

  t.is(await run.nlbox('node', 'start', one), `node ${one} started`);
  t.true((await nodes()).includes(`${one} Ready`));
  await states('healthy healthy healthy');

  const [, added = ''] = /^node (\S+) added$/.exec(await run.nlbox('node', 'add')) ?? [];
  await run.sh(`kubectl wait --for=condition=Ready node/${added} --timeout=20s`);
  t.is((await nodes()).length, 4);
  await states('healthy healthy healthy healthy');

  await run.sh(`kubectl cordon ${two}`);
  t.true((await nodes()).includes(`${two} Ready,SchedulingDisabled`));
  await eventually(() => run.sh(`kubectl describe node ${two}`), (text) => /Taints: +node\.kubernetes\.io\/unschedulable:NoSchedule/.test(text));
  t.not(await podsOn(two), '');
  t.regex(await run.sh(`kubectl drain ${two} --ignore-daemonsets --delete-emptydir-data --timeout=40s`), new RegExp(`node/${two} drained`));
  t.is(await podsOn(two), '');
  await kubectl('rollout status deployment/web --timeout=30s');
  await run.sh(`kubectl uncordon ${two}`);
  t.true((await nodes()).includes(`${two} Ready`));

  t.is(await run.nlbox('node', 'rm', one), `node ${one} removed`);
  await kubectl('rollout status deployment/web --timeout=30s');
  t.is((await nodes()).length, 3);
  await states('healthy healthy healthy');
  t.is((await run.try(`kubectl get node ${one}`)).exitCode, 1);
});
