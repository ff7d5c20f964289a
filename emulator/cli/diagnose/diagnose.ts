// Why a Service is Pending, unhealthy or unreachable: facts in, findings out, in the order in which they should be mended. Pure.
import { diagnoseBackends } from './backends.js';
import { diagnoseClaim, isOurs } from './claim.js';
import { diagnoseEvents } from './events.js';
import type { Facts, Finding, Level } from './facts.js';
import { nearest } from './nearest.js';
import { diagnoseReach } from './reach.js';
import { diagnoseTargets } from './targets.js';

const missing = ({ namespace, name, neighbours }: Facts): Finding => {
  const meant = nearest(name, neighbours);
  return {
    level: 'error', what: `there is no Service ${namespace}/${name}`,
    why: neighbours.length > 0 ? `The namespace has ${neighbours.join(', ')}.` : `The namespace ${namespace} has no Services.`,
    next: meant ? `Did you mean ${namespace}/${meant}?` : 'Apply its manifest first, or see `kubectl get services -A`.',
  };
};

const pending = ({ service, events, controller }: Facts): Finding[] =>
  events.length > 0 || controller === 'none' || service?.metadata.deletionTimestamp
    ? []
    : [{ level: 'wait', what: 'the controller has not looked at the Service yet', why: 'There is no event about it.', next: 'Look again in a moment; if that does not help, see nlbox.log in the state directory.' }];

const deleting = ({ service }: Facts): Finding[] =>
  service?.metadata.deletionTimestamp
    ? [{ level: 'wait', what: 'the Service is being deleted', why: `Its finalizers (${(service.metadata.finalizers ?? []).join(', ')}) are released when everything in AWS is gone.`, next: 'Wait; if it stays, the events say what AWS refused.' }]
    : [];

const weight: Record<Level, number> = { error: 0, warning: 1, wait: 2, ok: 3 };

const allIsWell = ({ service, groups }: Facts): Finding => {
  const targets = groups.flatMap((one) => one.targets);
  const host = service?.status?.loadBalancer?.ingress?.[0]?.hostname;
  return { level: 'ok', what: 'nothing is wrong', why: `The load balancer is active and ${targets.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy').length} of ${targets.length} targets are healthy.`, next: `Try \`curl http://${host}\`.` };
};

/** Never empty: when nothing is wrong, that is the finding. */
export const diagnose = (facts: Facts): Finding[] => {
  if (!facts.service) return [missing(facts)];
  const claim = diagnoseClaim(facts);
  // Without an owner there is nothing behind it to look at.
  if (!isOurs(facts.service, facts.flags)) return claim;
  const coming = facts.loadBalancer ? [] : pending(facts);
  const found = [...deleting(facts), ...claim, ...diagnoseEvents(facts), ...diagnoseBackends(facts), ...coming, ...diagnoseTargets(facts), ...diagnoseReach(facts)];
  const sorted = found.map((one, at) => ({ one, at })).sort((a, b) => weight[a.one.level] - weight[b.one.level] || a.at - b.at).map(({ one }) => one);
  return sorted.some(({ level }) => level !== 'ok') || !facts.loadBalancer ? sorted : [...sorted, allIsWell(facts)];
};
