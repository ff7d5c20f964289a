// Facts and findings -> what `nlbox explain` prints, for people and for programs. Pure.
import { prefix } from '../../controller/annotations.js';
import { isReady } from '../diagnose/backends.js';
import { ownerOf } from '../diagnose/claim.js';
import type { Facts, Finding } from '../diagnose/facts.js';
import { rangesOf } from '../diagnose/reach.js';
import { probeOf } from '../diagnose/targets.js';

const title = (name: string, value: string): string => `  ${name.padEnd(16)} ${value}`;

const nameLine = ({ dns }: Facts): string => {
  if (!dns) return 'none yet';
  if (dns.addresses.length > 0) return `${dns.host} -> ${dns.addresses.join(', ')}`;
  return `${dns.host} (${dns.mode === 'proxy' ? 'through the forward proxy only' : 'does not resolve here'})`;
};

/** The same facts under the names that `--json` gives them. */
export const summaryOf = (facts: Facts) => {
  const { service, loadBalancer, listeners, groups, pods, slices, observed } = facts;
  return {
    service: `${facts.namespace}/${facts.name}`,
    owner: service ? ownerOf(service, facts.flags) : 'nobody',
    annotations: Object.fromEntries(Object.entries(service?.metadata.annotations ?? {}).filter(([key]) => key.startsWith(prefix))),
    ports: (service?.spec.ports ?? []).map(({ port, targetPort, protocol = 'TCP', nodePort }) => ({ port, protocol, targetPort: targetPort ?? port, ...(nodePort ? { nodePort } : {}) })),
    sourceRanges: service ? rangesOf(service) : [],
    pods: pods.map((pod) => ({ name: pod.metadata.name, address: pod.status?.podIP, ready: isReady(pod) })),
    endpoints: slices.flatMap(({ endpoints }) => endpoints ?? []).flatMap(({ addresses, conditions }) => addresses.map((address) => ({ address, ready: conditions?.ready ?? true }))),
    loadBalancer: loadBalancer && {
      arn: loadBalancer.LoadBalancerArn, name: loadBalancer.LoadBalancerName, state: loadBalancer.State?.Code, scheme: loadBalancer.Scheme,
      zones: (loadBalancer.AvailabilityZones ?? []).map(({ ZoneName }) => ZoneName), securityGroups: loadBalancer.SecurityGroups ?? [],
    },
    listeners: listeners.map(({ Port, Protocol, ListenerArn }) => ({ port: Port, protocol: Protocol, arn: ListenerArn, bound: observed?.listeners.find(({ port }) => port === Port)?.bound ?? [] })),
    targetGroups: groups.map(({ group, targets }) => ({
      name: group.TargetGroupName, arn: group.TargetGroupArn, type: group.TargetType,
      clientAddress: observed?.targetGroups?.find(({ TargetGroup }) => TargetGroup === group.TargetGroupName)?.clientAddress ?? 'not carried yet',
      healthCheck: `${group.HealthCheckProtocol} ${group.HealthCheckPort}${group.HealthCheckPath ? ` ${group.HealthCheckPath}` : ''}`,
      targets: targets.map((target) => ({
        id: target.Target?.Id, port: target.Target?.Port, state: target.TargetHealth?.State,
        ...(target.TargetHealth?.Reason ? { reason: target.TargetHealth.Reason } : {}),
        lastProbe: probeOf(facts, group, target) ?? 'none yet',
      })),
    })),
    name: facts.dns,
    caller: facts.caller,
    refusals: facts.refusals,
    events: facts.events,
  };
};

type Summary = ReturnType<typeof summaryOf>;

const awsLines = ({ loadBalancer, listeners, targetGroups }: Summary): string[] => [
  title('load balancer', loadBalancer ? `${loadBalancer.name}  ${loadBalancer.state}, ${loadBalancer.scheme}, ${loadBalancer.zones.join(' ')}` : 'none'),
  ...listeners.map(({ port, protocol, bound }) => title('listener', `${protocol} ${port}  on ${bound.map((one) => `${one.address}:${one.port}`).join(', ') || 'no address yet'}`)),
  ...targetGroups.flatMap(({ name, type, healthCheck, clientAddress, targets }) => [
    title('target group', `${name}  ${type}, health check ${healthCheck}`),
    title('  client address', clientAddress),
    ...targets.map((one) => title('  target', `${one.id}:${one.port}  ${one.state}${one.reason ? ` (${one.reason})` : ''}, last probe: ${one.lastProbe}`)),
  ]),
];

const marks = { error: 'x', warning: '!', wait: '~', ok: '+' } as const;

const findingLines = ({ level, what, why, next }: Finding): string[] => [`${marks[level]} ${what}`, `    why   ${why}`, `    next  ${next}`];

/** For people. */
export const explanation = (facts: Facts, findings: Finding[]): string => {
  const summary = summaryOf(facts);
  const { annotations, ports, sourceRanges, pods } = summary;
  const lines = [
    `Service ${summary.service}`,
    title('owner', summary.owner),
    ...Object.entries(annotations).map(([key, value]) => title('annotation', `${key.slice(prefix.length)}: ${value}`)),
    ...ports.map(({ port, protocol, targetPort, nodePort }) => title('port', `${protocol} ${port} -> ${targetPort}${nodePort ? ` (node port ${nodePort})` : ''}`)),
    title('pods', `${pods.filter(({ ready }) => ready).length} of ${pods.length} ready`),
    ...awsLines(summary),
    title('name', nameLine(facts)),
    title('admits', `${sourceRanges.length > 0 ? sourceRanges.join(', ') : 'everybody'}; you come from ${facts.caller}`),
  ];
  const head = facts.service ? [...lines, ''] : [];
  return [...head, ...findings.flatMap(findingLines)].join('\n');
};
