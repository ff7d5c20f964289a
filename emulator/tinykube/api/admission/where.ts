// Where a webhook listens: its URL, or the Service in front of its pods.
import type { KubeObject } from '../../types.js';
import { at, fields, items, number, strings, text, type Fields } from '../json.js';
import type { Store } from '../store.js';

/** What to dial, and what to call it: names in URL and certificate are the Service's even when an endpoint is dialled. */
export type Place = { url: URL; host: string; port: number; servername: string };

export type Locator = { store: Store; /** Where an address of a pod really listens. */ project: (address: string) => string };

const byUrl = (address: string): Place => {
  const url = new URL(address);
  if (url.protocol !== 'https:') throw new Error(`"${address}" is no https URL`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { url, host, port: Number(url.port || 443), servername: host };
};

const slicesOf = (store: Store, namespace: string, name: string): KubeObject[] =>
  store.labelled('endpointslices.discovery.k8s.io', namespace, { 'kubernetes.io/service-name': name });

const readyAddress = (slice: KubeObject): string | undefined =>
  items(slice.endpoints)
    .filter((endpoint) => fields(endpoint.conditions).ready !== false)
    .flatMap((endpoint) => strings(endpoint.addresses))[0];

const portOf = (slice: KubeObject, port: Fields): number => {
  const ports = items(slice.ports);
  const mine = ports.find((one) => text(one.name) === text(port.name)) ?? ports[0];
  return number(mine?.port);
};

const byService = ({ store, project }: Locator, service: Fields): Place => {
  const [name, namespace, wanted] = [text(service.name), text(service.namespace), number(service.port, 443)];
  const found = store.get('services', namespace, name);
  if (!found) throw new Error(`service "${name}" not found`);
  const port = items(at(found, 'spec', 'ports')).find((one) => one.port === wanted);
  if (!port) throw new Error(`no service port ${wanted} found for service "${name}"`);
  const slice = slicesOf(store, namespace, name).find((one) => readyAddress(one) !== undefined);
  if (!slice) throw new Error(`no endpoints available for service "${name}"`);
  const servername = `${name}.${namespace}.svc`;
  return { url: new URL(`https://${servername}:${wanted}${text(service.path) || '/'}`), host: project(readyAddress(slice) ?? ''), port: portOf(slice, port), servername };
};

/** The URL which messages name, known even when nobody listens there. */
export const shownUrl = (client: Fields): string => {
  if (text(client.url) !== '') return text(client.url);
  const service = fields(client.service);
  return `https://${text(service.name)}.${text(service.namespace)}.svc:${number(service.port, 443)}${text(service.path) || '/'}`;
};

/** Throws when there is nothing to dial. */
export const locate = (locator: Locator, client: Fields): Place =>
  text(client.url) !== '' ? byUrl(text(client.url)) : byService(locator, fields(client.service));
