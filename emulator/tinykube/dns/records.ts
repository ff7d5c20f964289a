// What the cluster's DNS would answer: names of Services, of pods behind headless ones, and of pods by address; pure but for reading the API.
import { endpointSlices, serviceNameLabel } from '../controllers/endpoints.js';
import type { EndpointSlice, Service } from '../controllers/kinds.js';
import type { Api } from '../types.js';

/** Addresses as Kubernetes has them, or the other name that a Service of type ExternalName stands for. */
export type Found = { addresses: readonly string[] } | { alias: string };

const zone = 'cluster.local';
const ndots = 5;

/** The names that a pod's resolver asks for, in its order: the search list and `ndots:5` of dnsPolicy ClusterFirst. */
export const searched = (host: string, namespace: string): string[] => {
  const name = host.toLowerCase().replace(/\.$/, '');
  const longer = [`${namespace}.svc.${zone}`, `svc.${zone}`, zone].map((suffix) => `${name}.${suffix}`);
  if (host.endsWith('.')) return [name];
  return name.split('.').length > ndots ? [name, ...longer] : [...longer, name];
};

const readyEndpoints = (api: Api, namespace: string, name: string) =>
  (api.labelled(endpointSlices, namespace, { [serviceNameLabel]: name }) as EndpointSlice[])
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready ?? true);

const ofService = (api: Api, namespace: string, name: string): Found | undefined => {
  const service = api.get('services', namespace, name) as Service | undefined;
  if (!service) return undefined;
  const { type, clusterIP, externalName } = service.spec;
  if (type === 'ExternalName') return { alias: externalName ?? '' };
  if (clusterIP !== 'None') return { addresses: clusterIP ? [clusterIP] : [] };
  return { addresses: readyEndpoints(api, namespace, name).flatMap(({ addresses }) => addresses) };
};

/** `web-0.web.default.svc`: a pod that has a host name, or one by its address with dashes. */
const ofEndpoint = (api: Api, namespace: string, name: string, host: string): Found | undefined => {
  const mine = readyEndpoints(api, namespace, name).filter(({ hostname, addresses }) => (hostname ?? addresses[0]?.replaceAll('.', '-')) === host);
  return mine.length > 0 ? { addresses: mine.flatMap(({ addresses }) => addresses) } : undefined;
};

const recordOf = (api: Api, name: string): Found | undefined => {
  const [, labels = '', kind] = /^(.+)\.(svc|pod)\.cluster\.local$/.exec(name) ?? [];
  const [namespace = '', ...inner] = labels.split('.').reverse();
  const [first = '', host] = inner;
  if (kind === 'pod') return inner.length === 1 && /^\d+(-\d+){3}$/.test(first) ? { addresses: [first.replaceAll('-', '.')] } : undefined;
  if (kind !== 'svc' || inner.length === 0 || inner.length > 2) return undefined;
  return host === undefined ? ofService(api, namespace, first) : ofEndpoint(api, namespace, first, host);
};

/** What a pod of the namespace gets for a name; undefined for a name that is none of the cluster's. */
export const lookUp = (api: Api, host: string, namespace: string): Found | undefined => {
  for (const name of searched(host, namespace)) {
    const found = recordOf(api, name);
    if (found) return found;
  }
  return undefined;
};
