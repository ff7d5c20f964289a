// The IP mode page, typed as a reader types it, with the real kubectl, aws, jq and curl; and what the product says of it.
import http from 'node:http';
import test, { type ExecutionContext } from 'ava';
import { call, pick } from '../bench/elb.js';
import { eventually, loadBalancerName, missingTool, startNlbox, type Run } from '../support/nlbox.js';

const missing = missingTool('kubectl', 'aws', 'jq', 'curl');
const walk = missing ? test.skip : test.serial;
const title = (text: string): string => (missing ? `${text} (skipped: ${missing} is not installed)` : text);

const chapter = '~/environment/eks-workshop/modules/exposing/load-balancer';
const arns = String.raw`
ALB_ARN=$(aws elbv2 describe-load-balancers --query 'LoadBalancers[?contains(LoadBalancerName, ${'`k8s-ui-uinlb`'}) == ${'`true`'}].LoadBalancerArn' | jq -r '.[0]')
TARGET_GROUP_ARN=$(aws elbv2 describe-target-groups --load-balancer-arn $ALB_ARN | jq -r '.TargetGroups[0].TargetGroupArn')
`;

type Health = { TargetHealthDescriptions: { Target: { Id: string; Port: number; AvailabilityZone?: string }; HealthCheckPort: string; TargetHealth: { State: string; Reason?: string; Description?: string }; AdministrativeOverride?: object }[] };

const targetHealth = async (run: Run): Promise<Health> => JSON.parse(await run.sh(`${arns} aws elbv2 describe-target-health --target-group-arn $TARGET_GROUP_ARN`)) as Health;
const states = (health: Health): string[] => health.TargetHealthDescriptions.map((one) => one.TargetHealth.State);
const entered = async (run: Run): Promise<number> => Object.values((await run.info()).nodePorts).reduce((sum, count) => sum + count, 0);
/** Asked without a process until it is so, and only then by the CLI, which takes a second of the processor. */
const allHealthy = (run: Run, count: number): Promise<Health> => {
  const are = (all: readonly string[]): boolean => all.length === count && all.every((state) => state === 'healthy');
  const targets = async () => (await run.info()).loadBalancers.flatMap((one) => one.targets.map(({ State }) => State));
  const ask = async (): Promise<Health> => {
    await eventually(targets, are);
    return targetHealth(run);
  };
  return eventually(ask, (health) => are(states(health)));
};
const hostname = (run: Run): Promise<string> => loadBalancerName(run, 'ui', 'ui-nlb');
const whoami = async (run: Run, host: string) => JSON.parse(await run.sh(`curl -s --max-time 10 http://${host}/whoami`)) as { pod: string; podIP: string; remoteAddress: string };

/** The health of the ip target group, asked without the second that the CLI takes to start; empty while there is none. */
const podTarget = async (run: Run): Promise<string> => {
  const endpoint = run.env['AWS_ENDPOINT_URL'] ?? '';
  const groups = await call(endpoint, 'DescribeTargetGroups');
  const group = groups.split('<TargetGroupArn>').find((text) => text.includes('<TargetType>ip<'));
  return group ? call(endpoint, 'DescribeTargetHealth', { TargetGroupArn: group.slice(0, group.indexOf('<')) }) : '';
};

/** Asks for a page over and over, each time on a connection of its own, and remembers what failed and when. */
const keepAsking = (t: ExecutionContext, run: Run, host: string) => {
  const failures: { at: number; why: string }[] = [];
  let asked = 0;
  let going = true;
  const proxy = new URL(run.env['AWS_ENDPOINT_URL'] ?? '');
  const once = (): Promise<void> =>
    new Promise((resolve) => {
      const at = Date.now();
      const failed = (why: string): void => {
        failures.push({ at, why });
        resolve();
      };
      const request = http.get({ host: proxy.hostname, port: proxy.port, path: `http://${host}/home`, agent: false }, (response) => {
        response.resume().on('end', resolve);
        if (response.statusCode !== 200) failures.push({ at, why: String(response.statusCode) });
      });
      request.on('error', (error) => failed(error.message));
    });
  const loop = (async () => {
    for (; going; asked += 1) await Promise.all([once(), new Promise((resolve) => setTimeout(resolve, 20))]);
  })();
  t.teardown(() => {
    going = false;
  });
  return {
    stop: async () => {
      going = false;
      await loop;
      return { asked, failures };
    },
  };
};

walk(title('instance targets, then pods, then three pods, then nothing'), async (t: ExecutionContext) => {
  t.timeout(180_000);
  const run = await startNlbox(t);
  await run.nlbox('workshop', 'init');
  await run.sh('kubectl apply -k ~/environment/eks-workshop/base-application');
  await run.sh(`kubectl apply -k ${chapter}/nlb`);
  const host = await hostname(run);
  t.regex(host, /^k8s-ui-uinlb-[0-9a-f]{10}-[0-9a-f]{16}\.elb\.us-west-2\.amazonaws\.com$/);
  t.regex(await run.sh('kubectl get service -n ui'), new RegExp(`ui-nlb +LoadBalancer +172\\.20\\.\\d+\\.\\d+ +${host.replaceAll('.', '\\.')} +80:3\\d{4}/TCP`));

  const instances = await allHealthy(run, 3);
  t.deepEqual(states(instances), ['healthy', 'healthy', 'healthy']);
  for (const one of instances.TargetHealthDescriptions) {
    t.regex(one.Target.Id, /^i-[0-9a-f]{17}$/);
    t.is(one.HealthCheckPort, String(one.Target.Port));
    t.false('AvailabilityZone' in one.Target);
    t.truthy(one.AdministrativeOverride);
  }
  const throughNode = await whoami(run, host);
  const nodeAddresses = (await run.sh(`kubectl get nodes -o jsonpath='{.items[*].status.addresses[?(@.type=="InternalIP")].address}'`)).split(' ');
  t.true(nodeAddresses.includes(throughNode.remoteAddress), `the pod saw ${throughNode.remoteAddress}, not a node`);
  const asking = keepAsking(t, run, host);
  const switched = Date.now();
  t.true((await entered(run)) > 0);

  // Asked all along, so that the first state is seen however long kubectl takes.
  const first = eventually(() => podTarget(run), (xml) => xml.includes('<TargetHealth>'));
  await run.sh(`kubectl apply -k ${chapter}/ip-mode`);
  t.regex(await run.sh('kubectl describe service/ui-nlb -n ui'), /aws-load-balancer-nlb-target-type: ip/);
  const seen = await first;
  t.is(pick(seen, 'Id'), throughNode.podIP);
  t.is(pick(seen, 'Port'), '8080');
  t.regex(pick(seen, 'AvailabilityZone'), /^us-west-2[abc]$/);
  t.regex(seen, /<TargetHealth><State>initial<\/State><Reason>Elb.RegistrationInProgress<\/Reason><Description>Target registration is in progress<\/Description><\/TargetHealth>/);
  t.deepEqual(states(await allHealthy(run, 1)), ['healthy']);
  const serving = Date.now();

  const before = await entered(run);
  const straight = await whoami(run, host);
  t.false(nodeAddresses.includes(straight.remoteAddress), 'in IP mode no node stands between');
  t.is(await entered(run), before);

  await run.sh('kubectl scale -n ui deployment/ui --replicas=3');
  await run.sh(`kubectl wait --for=condition=Ready pod -n ui -l app.kubernetes.io/name=ui --timeout=60s`);
  const scaled = await eventually(async () => (await run.info()).loadBalancers.flatMap(({ targets }) => targets), (found) => found.length === 3);
  t.true(scaled.some(({ State }) => State === 'healthy'));
  t.deepEqual(states(await allHealthy(run, 3)), ['healthy', 'healthy', 'healthy']);
  const answers = await run.sh(`curl -s --max-time 10 -H 'Connection: close' "http://${host}/whoami?[1-300]" | jq -s '{requests: length, pods: (map(.pod) | unique | length)}' -c`);
  t.is(answers, '{"requests":300,"pods":3}');

  const { asked, failures } = await asking.stop();
  t.true(asked > 100);
  // The controller points the listener at the new target group before a pod is registered there: AWS has no target then, either.
  t.deepEqual(failures.filter(({ at }) => at < switched || at > serving), [], 'requests failed outside the change from instance to ip targets');

  await run.sh(`kubectl delete -k ${chapter}/ip-mode --timeout=60s`);
  t.is(await run.sh(`aws elbv2 describe-load-balancers --query 'length(LoadBalancers)'`), '0');
  t.is(await run.sh(`aws elbv2 describe-target-groups --query 'length(TargetGroups)'`), '0');
  t.is((await run.try('kubectl get service -n ui ui-nlb')).exitCode, 1);
});

walk(title('a killed nlbox comes back with the same names, targets and traffic'), async (t: ExecutionContext) => {
  t.timeout(120_000);
  const run = await startNlbox(t, '--timing', 'instant');
  await run.nlbox('workshop', 'init');
  await run.sh(`kubectl apply -k ~/environment/eks-workshop/base-application && kubectl apply -k ${chapter}/nlb && kubectl apply -k ${chapter}/ip-mode`);
  const host = await hostname(run);
  const before = await allHealthy(run, 1);
  const arn = await run.sh(`${arns} echo $ALB_ARN $TARGET_GROUP_ARN`);
  await run.kill('SIGKILL');
  const again = await run.again();
  t.teardown(() => again.kill('SIGKILL'));
  t.is(await again.sh(`${arns} echo $ALB_ARN $TARGET_GROUP_ARN`), arn);
  t.is(await hostname(again), host);
  t.deepEqual(await allHealthy(again, 1), before);
  t.is((await whoami(again, host)).podIP, before.TargetHealthDescriptions[0]?.Target.Id ?? "");
});
