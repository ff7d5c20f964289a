// All facts about one Service, from a running nlbox and from this machine.
import dns from 'node:dns/promises';
import { defaultFlags } from '../../controller/flags.js';
import { readFlags } from '../../controller/flags-given.js';
import { UserError } from '../../errors.js';
import type { Info } from '../../main.js';
import type { Facts, NameFacts } from '../diagnose/facts.js';
import { refusalsOf } from '../diagnose/refusals.js';
import { askAws } from './aws.js';
import { askCluster } from './cluster.js';

const addressesOf = async (host: string): Promise<string[]> => {
  try {
    return (await dns.lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
};

const nameFacts = async (info: Info, host: string): Promise<NameFacts> => {
  const proxy = process.env['http_proxy'] ?? '';
  return { host, addresses: await addressesOf(host), mode: info.names.mode, proxied: proxy !== '' && proxy.startsWith(info.endpoint) };
};

/** `NS/NAME`; a name alone is in the namespace `default`. */
export const parseKey = (text: string): { namespace: string; name: string } => {
  const [first = '', second, ...rest] = text.split('/');
  if (first === '' || second === '' || rest.length > 0) throw new UserError(`'${text}' is not NAMESPACE/NAME`, { hint: 'For example `npx nlbox explain svc ui/ui-nlb`.' });
  return second === undefined ? { namespace: 'default', name: first } : { namespace: first, name: second };
};

/** The kubeconfig of the run's cluster, or of the shell when nlbox was started without one. */
export const kubeconfigOf = (info: Info): string => {
  const found = info.cluster?.kubeconfig ?? process.env['KUBECONFIG'];
  if (!found) throw new UserError('this nlbox has no cluster, so there is no Service to look at', { hint: 'Set KUBECONFIG to the cluster of your controller, or start nlbox without --cluster none.' });
  return found;
};

/** Reads only. `caller` is the address from which connections come. */
export const gather = async (info: Info, { namespace, name }: { namespace: string; name: string }, caller: string): Promise<Facts> => {
  const cluster = await askCluster(kubeconfigOf(info), namespace, name);
  const host = cluster.service?.status?.loadBalancer?.ingress?.[0]?.hostname;
  const bound = cluster.bindings.flatMap(({ spec }) => spec.targetGroupARN ?? []);
  const aws = await askAws(info, `${namespace}/${name}`, host, bound);
  const DNSName = aws.loadBalancer?.DNSName;
  const observed = info.loadBalancers.find((one) => one.DNSName === DNSName);
  return {
    namespace, name, controller: info.controller, flags: { ...defaultFlags, ...readFlags(info.controllerFlags ?? {}).flags }, caller, ...cluster, ...aws, observed, refusals: refusalsOf(info.flows ?? [], observed),
    dns: DNSName === undefined ? undefined : await nameFacts(info, DNSName.toLowerCase()),
  };
};
