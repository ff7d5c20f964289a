// `nlbox status`: what runs, what is reachable, and the traffic of each load balancer.
import type { Info, LoadBalancerInfo } from '../main.js';
import { fetchInfo } from './admin.js';
import { requireRun, type StateOptions } from './run-file.js';

/** Only what happened is told. */
const troubles = ({ refused, denied = 0, clientTlsErrors = 0 }: LoadBalancerInfo['listeners'][number]): string =>
  [[refused, 'without a target'], [denied, 'outside the source ranges'], [clientTlsErrors, 'without TLS']].map(([count, what]) => (count === 0 ? '' : `, ${count} ${what}`)).join('');

const listenerLine = (listener: LoadBalancerInfo['listeners'][number]): string => {
  const where = listener.bound.map((one) => `${one.address}:${one.port}${one.problem ? ` (${one.problem})` : ''}`).join(', ');
  return `    ${listener.protocol} ${listener.port}  new flows ${listener.newFlows}, active ${listener.activeFlows}, bytes in ${listener.bytesIn}, out ${listener.bytesOut}${troubles(listener)}\n      listens on ${where}`;
};

const targetLine = (target: LoadBalancerInfo['targets'][number]): string =>
  `    target ${target.Id}:${target.Port}  ${target.State}${target.Reason ? ` (${target.Reason})` : ''}  new flows ${target.newFlows}, last probe: ${target.lastProbe ?? 'none yet'}`;

const loadBalancerLines = (loadBalancer: LoadBalancerInfo): string[] => [
  `  ${loadBalancer.LoadBalancerName}  ${loadBalancer.State}  ${loadBalancer.DNSName}`,
  ...loadBalancer.listeners.map(listenerLine),
  ...(loadBalancer.targetGroups ?? []).map(({ TargetGroup, clientAddress }) => `    target group ${TargetGroup}  client address ${clientAddress}`),
  ...loadBalancer.targets.map(targetLine),
];

export const statusText = (info: Info): string =>
  [
    `nlbox ${info.version} (pid ${info.pid}), timing ${info.timing}`,
    `  AWS endpoint   ${info.endpoint}  region ${info.region}, account ${info.account}`,
    ...(info.cluster ? info.cluster.lines.map((line, n) => `  ${n === 0 ? 'Kubernetes    ' : '              '} ${line}`) : []),
    `  Controller     ${info.controller}`,
    ...(info.engines ?? []).map((line, n) => `  ${n === 0 ? 'Data plane    ' : '              '} ${line}`),
    ...info.names.lines.map((line, n) => `  ${n === 0 ? 'Names         ' : '              '} ${line}`),
    ...info.notes.map((line) => `  Note           ${line}`),
    info.loadBalancers.length === 0 ? 'Load balancers: none yet' : 'Load balancers:',
    ...info.loadBalancers.flatMap(loadBalancerLines),
    ...(Object.keys(info.nodePorts).length === 0 ? [] : ['Connections through NodePorts:']),
    ...Object.entries(info.nodePorts).map(([port, count]) => `  ${port}  ${count}`),
  ].join('\n');

export const status = async (options: StateOptions & { json?: boolean }): Promise<void> => {
  const info = await fetchInfo(requireRun(options));
  process.stdout.write(options.json ? `${JSON.stringify(info, undefined, 2)}\n` : `${statusText(info)}\n`);
};
