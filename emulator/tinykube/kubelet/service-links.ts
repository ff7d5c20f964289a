// The variables by which Kubernetes tells a container of the Services there are, for commands and processes of this machine: they need
// no resolver, so that anything can be reached that speaks over a socket. Models pkg/kubelet/envvars.
import type { Pod, Service, ServicePort } from '../controllers/kinds.js';
import type { Api } from '../types.js';
import { projectService } from './addresses.js';

export type LinkOptions = {
  api: Api;
  loopback: number;
  /** The port that stands for one of a cluster address that needs privileges. */
  portFor(host: string, port: number): number;
};

type Place = { host: string; port: number };

const upper = (name: string): string => name.toUpperCase().replaceAll('-', '_');

const dockerLink = (prefix: string, { protocol = 'TCP', port }: ServicePort, place: Place): Record<string, string> => {
  const name = `${prefix}_PORT_${port}_${protocol}`;
  const url = `${protocol.toLowerCase()}://${place.host}:${place.port}`;
  return { [name]: url, [`${name}_PROTO`]: protocol.toLowerCase(), [`${name}_PORT`]: String(place.port), [`${name}_ADDR`]: place.host };
};

/** Addresses are those that can be connected to on this machine. */
const linkTo = ({ loopback, portFor }: LinkOptions, { metadata, spec }: Service): Record<string, string> => {
  const host = projectService(loopback, spec.clusterIP ?? '');
  const prefix = upper(metadata.name);
  const ports = (spec.ports ?? []).map((one) => ({ one, place: { host, port: portFor(host, one.port) } }));
  const [first] = ports;
  if (!first) return {};
  return {
    [`${prefix}_SERVICE_HOST`]: host,
    [`${prefix}_SERVICE_PORT`]: String(first.place.port),
    [`${prefix}_PORT`]: `${(first.one.protocol ?? 'TCP').toLowerCase()}://${host}:${first.place.port}`,
    ...Object.fromEntries(ports.flatMap(({ one, place }) => (one.name ? [[`${prefix}_SERVICE_PORT_${upper(one.name)}`, String(place.port)]] : []))),
    ...Object.assign({}, ...ports.map(({ one, place }) => dockerLink(prefix, one, place))),
  };
};

const hasAddress = ({ spec }: Service): boolean => spec.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';

/** Of the Services of the pod's namespace, unless it wants none, and always of the API server's. */
export const serviceLinks = (options: LinkOptions) => (pod: Pod): Record<string, string> => {
  const own = pod.spec.enableServiceLinks === false ? [] : (options.api.list('services', pod.metadata.namespace) as Service[]);
  const api = options.api.get('services', 'default', 'kubernetes') as Service | undefined;
  return Object.assign({}, ...[...(api ? [api] : []), ...own].filter(hasAddress).map((service) => linkTo(options, service)));
};
