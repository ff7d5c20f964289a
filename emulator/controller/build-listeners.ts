// spec.ports -> listeners: merging, TLS and QUIC upgrades. Pure.
import type { ServicePort } from '../kube/types.js';
import { families } from './annotations.js';
import { goList, stackOf, type BuildInput, type Subject } from './facts.js';
import type { ListenerModel, Protocol } from './model.js';
import { goBool } from './parse.js';
import { resourceTags } from './tags.js';

/** A port of the Service with what it becomes on both sides of the load balancer. */
export type ListenerPort = { port: ServicePort; listenerProtocol: Protocol; targetGroupProtocol: Protocol };

const protocolOf = (port: ServicePort): string => port.protocol ?? 'TCP';

const byNumber = (ports: ServicePort[]): ServicePort[][] => {
  const groups = new Map<number, ServicePort[]>();
  for (const port of ports) groups.set(port.port, [...(groups.get(port.port) ?? []), port]);
  return [...groups.values()];
};

/** Two entries of one number become one TCP_UDP listener, made from the first. */
const merge = (group: ServicePort[]): { port: ServicePort; protocol: string } => {
  const [first, second] = group;
  if (!first) throw new Error('a group of ports is never empty');
  if (!second) return { port: first, protocol: protocolOf(first) };
  if (group.length > 2) throw new Error(`can only merge two ports, not ${group.length} (${JSON.stringify(group)})`);
  for (const port of group) {
    if (!['TCP', 'UDP'].includes(protocolOf(port))) throw new Error(`unsupported protocol for merging: ${protocolOf(port)}`);
  }
  if (protocolOf(first) === protocolOf(second)) throw new Error(`protocols can't match for merging: ${protocolOf(first)}`);
  return { port: first, protocol: 'TCP_UDP' };
};

const basePorts = ({ service, annotations, flags }: Subject): { port: ServicePort; protocol: string }[] => {
  const ports = service.spec.ports ?? [];
  const merging = goBool(annotations.get('aws-load-balancer-enable-tcp-udp-listener') ?? '') ?? flags.enableTcpUdpListener;
  if (merging) return byNumber(ports).map(merge);
  // The first entry of a number wins; the listener's resource id is the number alone.
  return byNumber(ports).flatMap(([first]) => (first ? [{ port: first, protocol: protocolOf(first) }] : []));
};

const listed = (list: string[], port: ServicePort): boolean => (port.name ? list.includes(port.name) : false) || list.includes(String(port.port));

const quicOf = (protocol: string): Protocol => {
  if (protocol === 'UDP') return 'QUIC';
  if (protocol === 'TCP_UDP') return 'TCP_QUIC';
  throw new Error(`Unsupported QUIC upgrade for protocol ${protocol}`);
};

const upgrade = ({ annotations }: Subject, port: ServicePort, protocol: string): ListenerPort => {
  const certificates = annotations.get('aws-load-balancer-ssl-cert') ?? [];
  const sslPorts = annotations.get('aws-load-balancer-ssl-ports') ?? [];
  const tls = protocol !== 'UDP' && protocol !== 'TCP_UDP' && certificates.length > 0 && (sslPorts.length === 0 || listed(sslPorts, port));
  const base = protocol as Protocol;
  if (listed(annotations.get('aws-load-balancer-quic-enabled-ports') ?? [], port)) {
    const quic = quicOf(tls ? 'TLS' : protocol);
    return { port, listenerProtocol: quic, targetGroupProtocol: quic };
  }
  if (!tls) return { port, listenerProtocol: base, targetGroupProtocol: base };
  return { port, listenerProtocol: 'TLS', targetGroupProtocol: annotations.get('aws-load-balancer-backend-protocol') === 'ssl' ? 'TLS' : base };
};

/** The ports that become listeners. */
export const listenerPorts = (subject: Subject): ListenerPort[] => {
  const sslPorts = subject.annotations.get('aws-load-balancer-ssl-ports') ?? [];
  const unused = sslPorts.filter((entry) => !(subject.service.spec.ports ?? []).some((port) => listed([entry], port)));
  if (unused.length > 0) throw new Error(`Unused port in ssl-ports annotation ${goList([...new Set(unused)].sort())}`);
  return basePorts(subject).map(({ port, protocol }) => upgrade(subject, port, protocol));
};

const alpnPolicies = ['None', 'HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred'];

const tlsSettings = ({ annotations, flags }: Subject): Pick<ListenerModel, 'certificates' | 'SslPolicy' | 'AlpnPolicy'> => {
  const alpn = annotations.get('aws-load-balancer-alpn-policy');
  if (alpn !== undefined && !alpnPolicies.includes(alpn)) throw new Error(`invalid ALPN policy ${alpn}, policy must be one of [${alpnPolicies.join(', ')}]`);
  return {
    certificates: annotations.get('aws-load-balancer-ssl-cert') ?? [],
    SslPolicy: annotations.get('aws-load-balancer-ssl-negotiation-policy') ?? flags.defaultSslPolicy,
    ...(alpn === undefined ? {} : { AlpnPolicy: [alpn] }),
  };
};

/** One listener; the target group it forwards to is given by its id. */
export const buildListener = (input: BuildInput, { port, listenerProtocol }: ListenerPort, targetGroup: string, forward?: ListenerModel['forward']): ListenerModel => {
  const suffix = `${listenerProtocol}-${port.port}`;
  const attributes = input.annotations.map(`${families.listenerAttributes}${suffix}`);
  return {
    id: String(port.port),
    Port: port.port,
    Protocol: listenerProtocol,
    targetGroup,
    ...(forward ? { forward } : {}),
    ...(listenerProtocol === 'TLS' ? tlsSettings(input) : {}),
    // The real controller never sends attributes of a TLS listener.
    attributes: listenerProtocol === 'TLS' ? {} : attributes,
    tags: resourceTags(input, stackOf(input.service), String(port.port)),
  };
};
