// What each annotation of a Service comes to here: the one table behind the README's list and the test that holds it. Pure.
import { families, type AnnotationName } from './annotations.js';

type Family = (typeof families)[keyof typeof families];
/** `honoured` has its effect; `stored` is put where AWS keeps it and has no further effect here. */
export type Coverage = { state: 'honoured' | 'stored'; note: string };

const honoured = (note: string): Coverage => ({ state: 'honoured', note });
const stored = (note: string): Coverage => ({ state: 'stored', note });

/** Names without the prefix; members of a family end in a port, or in protocol and port. */
export const coverage: Record<AnnotationName | Family, Coverage> = {
  'load-balancer-source-ranges': honoured('rules of the managed security group'),
  'aws-load-balancer-security-group-prefix-lists': stored('rules of the managed security group; prefix lists have no addresses here'),
  'aws-load-balancer-type': honoured('ownership: `external`, `nlb-ip`'),
  'aws-load-balancer-nlb-target-type': honoured('`ip` or `instance`; a change replaces target group and binding'),
  'aws-load-balancer-name': honoured('at creation'),
  'aws-load-balancer-scheme': honoured('a change replaces the load balancer'),
  'aws-load-balancer-internal': honoured('the older word for the scheme'),
  'aws-load-balancer-proxy-protocol': honoured('`*`: PROXY protocol v2 to all targets'),
  'aws-load-balancer-proxy-protocol-per-target-group': honoured('PROXY protocol v2 for these ports'),
  'aws-load-balancer-ip-address-type': stored('`dualstack` is described, and no IPv6 traffic is carried'),
  'aws-load-balancer-access-log-enabled': stored('attribute; no logs are written'),
  'aws-load-balancer-access-log-s3-bucket-name': stored('attribute'),
  'aws-load-balancer-access-log-s3-bucket-prefix': stored('attribute'),
  'aws-load-balancer-cross-zone-load-balancing-enabled': honoured('targets of all zones'),
  'aws-load-balancer-attributes': honoured('deletion protection, cross-zone, client routing policy (of clients that are in a zone: pods of the embedded cluster, and addresses of the VPC that ask the DNS responder); the rest is stored'),
  'aws-load-balancer-minimum-load-balancer-capacity': stored('capacity reservation; `CapacityUnits=0` gives it back'),
  'aws-load-balancer-ssl-cert': honoured('TLS listeners; the first is the default certificate'),
  'aws-load-balancer-ssl-ports': honoured('which ports become TLS'),
  'aws-load-balancer-ssl-negotiation-policy': honoured('versions and ciphers of TLS listeners; key exchange as OpenSSL has it'),
  'aws-load-balancer-backend-protocol': honoured('`ssl`: target groups of protocol TLS'),
  'aws-load-balancer-alpn-policy': honoured('what TLS listeners negotiate, and speak to targets of protocol TLS'),
  'aws-load-balancer-additional-resource-tags': honoured('tags of load balancer, target groups, listeners, security group'),
  'aws-load-balancer-healthcheck-protocol': honoured('TCP, HTTP, HTTPS'),
  'aws-load-balancer-healthcheck-port': honoured('a number, `traffic-port`, or the name of a port'),
  'aws-load-balancer-healthcheck-path': honoured('HTTP and HTTPS'),
  'aws-load-balancer-healthcheck-success-codes': honoured('HTTP and HTTPS'),
  'aws-load-balancer-healthcheck-interval': honoured('scaled by `--timing`'),
  'aws-load-balancer-healthcheck-timeout': honoured('scaled by `--timing`'),
  'aws-load-balancer-healthcheck-healthy-threshold': honoured('passes in a row'),
  'aws-load-balancer-healthcheck-unhealthy-threshold': honoured('failures in a row'),
  'aws-load-balancer-target-group-attributes': honoured('deregistration and unhealthy: delay and termination; stickiness, client addresses, PROXY protocol, cross-zone, how many healthy targets are enough'),
  'aws-load-balancer-subnets': honoured('by id or Name tag'),
  'aws-load-balancer-eip-allocations': honoured('by index of the subnets'),
  'aws-load-balancer-private-ipv4-addresses': honoured('by the CIDR of the subnets'),
  'aws-load-balancer-ipv6-addresses': stored('described; needs `dualstack`'),
  'aws-load-balancer-enable-prefix-for-ipv6-source-nat': stored('described; `on` needs `dualstack`'),
  'aws-load-balancer-source-nat-ipv6-prefixes': stored('described; needs `dualstack`'),
  'aws-load-balancer-target-node-labels': honoured('instance targets'),
  'aws-load-balancer-security-groups': honoured('by id or Name tag, instead of the managed group'),
  'aws-load-balancer-manage-backend-security-group-rules': honoured('rules in the TargetGroupBinding'),
  'aws-load-balancer-inbound-sg-rules-on-private-link-traffic': stored('there is no private link'),
  'aws-load-balancer-disable-nlb-sg': honoured('a load balancer without security groups, for good'),
  'aws-load-balancer-enable-icmp-for-path-mtu-discovery': stored('rules of the managed security group'),
  'aws-load-balancer-multi-cluster-target-group': honoured('only targets of this cluster are taken out'),
  'aws-load-balancer-enable-tcp-udp-listener': honoured('TCP and UDP of one port become one listener'),
  'aws-load-balancer-quic-enabled-ports': honoured('UDP ports become QUIC; pods get server ids where their namespace and annotation ask for them (embedded cluster)'),
  'aws-load-balancer-target-group-attributes.': honoured('`.<port>`: of one target group'),
  'aws-load-balancer-listener-attributes.': honoured('`.<protocol>-<port>`: the idle timeout; not for TLS'),
  'actions.': honoured('`<protocol>-<port>`: weights over Services and target groups; stickiness between groups is refused'),
};

const titles = { honoured: 'honoured', stored: 'stored only' } as const;

/** The rows of the README. */
export const coverageTable = (): string =>
  ['| annotation | here | |', '|---|---|---|', ...Object.entries(coverage).map(([name, { state, note }]) => `| \`${name}\` | ${titles[state]} | ${note} |`)].join('\n');
