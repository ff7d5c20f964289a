// What every provider of a cluster must make possible: a load balancer whose traffic reaches nodes, then pods, of a cluster that nlbox reaches as it can.
import type { ExecutionContext } from 'ava';
import { eventually, loadBalancerName, type Run } from '../support/nlbox.js';

const chapter = '~/environment/eks-workshop/modules/exposing/load-balancer';

const whoami = async (run: Run) => {
  const name = await loadBalancerName(run, 'ui', 'ui-nlb');
  return JSON.parse(await run.sh(`curl -s --retry 40 --retry-all-errors --retry-delay 1 --fail http://${name}/whoami`)) as { pod: string };
};

/** Applies the workshop's page to the cluster and asks through the load balancer; leaves only the application. */
export const carriesTraffic = async (t: ExecutionContext, run: Run): Promise<void> => {
  await run.nlbox('workshop', 'init');
  await run.sh('kubectl apply -k ~/environment/eks-workshop/base-application/ui');
  const pod = await eventually(() => run.sh(`kubectl get pods -n ui -l app.kubernetes.io/name=ui -o jsonpath='{.items[0].metadata.name}'`), (text) => text !== '');
  for (const [mode, targets] of [['nlb', 3], ['ip-mode', 1]] as const) {
    await run.sh(`kubectl apply -k ${chapter}/${mode}`);
    t.is((await whoami(run)).pod, pod, mode);
    await eventually(async () => (await run.info()).loadBalancers.flatMap((one) => one.targets), (found) => found.length === targets);
    const health = `aws elbv2 describe-target-health --target-group-arn $(aws elbv2 describe-target-groups --query 'TargetGroups[?contains(TargetGroupName, \`k8s-ui\`)].TargetGroupArn | [0]' --output text) --query 'length(TargetHealthDescriptions)'`;
    t.is(await run.sh(health), String(targets), mode);
  }
  await run.sh(`kubectl delete -k ${chapter}/ip-mode`);
};
