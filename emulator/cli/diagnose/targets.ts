// The load balancer and its targets: still coming, empty, or failing their health checks. Pure.
import type { TargetGroup, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Facts, Finding, GroupFacts } from './facts.js';

const labelOf = ({ Target }: TargetHealthDescription): string => `${Target?.Id}:${Target?.Port}`;

/** What the last probe of a target saw. */
export const probeOf = ({ observed }: Facts, { TargetGroupName }: TargetGroup, { Target }: TargetHealthDescription): string | undefined =>
  observed?.targets.find((one) => one.TargetGroup === TargetGroupName && one.Id === Target?.Id && one.Port === Target?.Port)?.lastProbe;

const checkOf = ({ HealthCheckProtocol, HealthCheckPort, HealthCheckPath }: TargetGroup, { Target }: TargetHealthDescription): string => {
  const port = HealthCheckPort === 'traffic-port' ? Target?.Port : HealthCheckPort;
  return HealthCheckProtocol === 'TCP' ? `a TCP connection to port ${port}` : `${HealthCheckProtocol} GET ${HealthCheckPath} on port ${port}`;
};

type Cause = { why: string; next: string };

/** From what a probe saw to what it means. */
export const causeOf = (saw: string | undefined, group: TargetGroup, target: TargetHealthDescription): Cause => {
  const check = checkOf(group, target);
  const status = /^HTTP (\d+)/.exec(saw ?? '')?.[1];
  if (saw?.includes('ECONNREFUSED')) {
    return { why: `The health check (${check}) was refused: nothing listens there.`, next: 'See that the container listens on this port on all its addresses, and that targetPort and the health check port name it.' };
  }
  if (status !== undefined) {
    return { why: `The health check (${check}) got the status ${status}; ${group.Matcher?.HttpCode ?? '200-399'} would pass.`, next: 'Set the annotation aws-load-balancer-healthcheck-path to a path that answers so, or widen aws-load-balancer-healthcheck-success-codes.' };
  }
  if (saw?.startsWith('timed out')) {
    return { why: `The health check (${check}) ${saw}: the target takes the connection or not, but does not answer in time.`, next: 'See whether the process hangs or is still starting; a longer aws-load-balancer-healthcheck-timeout gives it more time.' };
  }
  if (/EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL/.test(saw ?? '')) return { why: `The health check (${check}) found no way to the target: ${saw}.`, next: 'See that the pod or node still exists and has this address.' };
  if (/ECONNRESET|socket hang up|Parse Error|EPIPE/.test(saw ?? '')) return { why: `The health check (${check}) was cut off: ${saw}.`, next: 'See that the health check protocol is the one that the target speaks (TCP, HTTP or HTTPS).' };
  return { why: saw ? `The health check (${check}) saw: ${saw}.` : (target.TargetHealth?.Description ?? 'No probe has come back yet.'), next: 'See the logs of the target.' };
};

const sameCause = (facts: Facts, { group, targets }: GroupFacts): Finding[] => {
  const byCause = new Map<string, { cause: Cause; labels: string[] }>();
  for (const target of targets.filter(({ TargetHealth }) => TargetHealth?.State === 'unhealthy')) {
    const cause = causeOf(probeOf(facts, group, target), group, target);
    const known = byCause.get(cause.why) ?? { cause, labels: [] };
    known.labels.push(labelOf(target));
    byCause.set(cause.why, known);
  }
  const healthy = targets.some(({ TargetHealth }) => TargetHealth?.State === 'healthy');
  return [...byCause.values()].map(({ cause, labels }) => ({
    level: healthy ? 'warning' : 'error', what: `target${labels.length > 1 ? 's' : ''} ${labels.join(', ')} of ${group.TargetGroupName} unhealthy`, ...cause,
  }));
};

const waiting = ({ group, targets }: GroupFacts): Finding[] => {
  const initial = targets.filter(({ TargetHealth }) => TargetHealth?.State === 'initial');
  if (initial.length === 0) return [];
  const [first] = initial;
  return [{ level: 'wait', what: `${initial.length} of ${targets.length} targets of ${group.TargetGroupName} not checked yet`, why: `${first?.TargetHealth?.Reason}: ${first?.TargetHealth?.Description}`, next: 'Wait: registration and the first health checks take their time, as on AWS (see --timing).' }];
};

const groupFindings = (facts: Facts, one: GroupFacts): Finding[] => {
  const { group, targets } = one;
  if (targets.length === 0) return [{ level: 'error', what: `target group ${group.TargetGroupName} has no targets`, why: 'No pod or node has been registered.', next: `See the findings about pods and endpoints, and \`kubectl describe targetgroupbindings -n ${facts.namespace}\`.` }];
  const unused = targets.filter(({ TargetHealth }) => TargetHealth?.State === 'unused');
  const idle: Finding[] = unused.length === targets.length
    ? [{ level: 'warning', what: `targets of ${group.TargetGroupName} get no traffic`, why: unused[0]?.TargetHealth?.Description ?? '', next: 'See that a listener forwards to the group, and that targets are in zones of the load balancer.' }]
    : [];
  return [...idle, ...sameCause(facts, one), ...waiting(one)];
};

/** From the load balancer's own state to each target. */
export const diagnoseTargets = (facts: Facts): Finding[] => {
  const { loadBalancer, groups } = facts;
  if (!loadBalancer) return [];
  const code = loadBalancer.State?.Code;
  const coming: Finding[] = code === 'provisioning'
    ? [{ level: 'wait', what: 'the load balancer is provisioning', why: 'AWS takes a moment to set up its nodes; until then its name leads nowhere.', next: 'Wait, for example with `aws elbv2 wait load-balancer-available`.' }]
    : [];
  return [...coming, ...groups.flatMap((one) => groupFindings(facts, one))];
};
