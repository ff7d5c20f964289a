// Connections that the load balancer turned away, and why, as its data plane noted them. Pure.
import type { Info, LoadBalancerInfo } from '../../main.js';
import type { Facts, Finding } from './facts.js';

/** Who was turned away; `port` is the listener's. */
export type Refusal = { at: string; client: string; port: number; why: string };

const addressOf = (client: string): string => client.replace(/:\d+$/, '');

/** The newest refusals of one load balancer, oldest first; one whose client has been let in since is settled. */
export const refusalsOf = (flows: NonNullable<Info['flows']>, observed: LoadBalancerInfo | undefined): Refusal[] => {
  const ports = new Map((observed?.listeners ?? []).flatMap(({ port, bound }) => bound.map(({ listenerId }) => [listenerId, port] as const)));
  const open = new Map<string, Refusal>();
  for (const { listenerId, client, target, why, at } of flows) {
    const port = ports.get(listenerId);
    if (port === undefined) continue;
    const key = `${listenerId} ${addressOf(client)}`;
    if (target === undefined) open.set(key, { at: new Date(at).toISOString(), client: addressOf(client), port, why });
    else open.delete(key);
  }
  return [...open.values()];
};

const advice = (why: string, client: string): string => {
  if (why.startsWith('no security group rule')) return `Add ${client}/32 (or a wider range) to the source ranges of the Service, or a rule to the security groups that it names.`;
  if (why.startsWith('no target')) return 'See the findings about targets, pods and endpoints.';
  if (why.includes('TLS')) return 'Connect with TLS: the listener has certificates. Try `openssl s_client -connect NAME:PORT`.';
  return 'Connect again.';
};

/** One finding for each reason. */
export const refusalFindings = ({ refusals, caller }: Facts): Finding[] => {
  const byReason = new Map<string, Refusal[]>();
  for (const one of refusals) byReason.set(`${one.port} ${one.why}`, [...(byReason.get(`${one.port} ${one.why}`) ?? []), one]);
  return [...byReason.values()].map((all): Finding => {
    const { client, port, why, at } = all.find((one) => one.client === caller) ?? (all.at(-1) as Refusal);
    return { level: 'warning', what: `a connection from ${client} to port ${port} was turned away`, why: `${why} (at ${at.slice(11, 19)} UTC).`, next: advice(why, client) };
  });
};
