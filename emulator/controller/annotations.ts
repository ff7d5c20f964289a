// One table of every Service annotation and how it is read. Values are parsed when asked for, so errors come in the order of building.
import { bool, int32, stringList, stringMap, text, type Parser } from './parse.js';

export const prefix = 'service.beta.kubernetes.io/';

/** Names without the prefix. */
export const annotationTable = {
  'load-balancer-source-ranges': stringList,
  'aws-load-balancer-security-group-prefix-lists': stringList,
  'aws-load-balancer-type': text,
  'aws-load-balancer-nlb-target-type': text,
  'aws-load-balancer-name': text,
  'aws-load-balancer-scheme': text,
  'aws-load-balancer-internal': bool,
  'aws-load-balancer-proxy-protocol': text,
  'aws-load-balancer-proxy-protocol-per-target-group': stringList,
  'aws-load-balancer-ip-address-type': text,
  'aws-load-balancer-access-log-enabled': bool,
  'aws-load-balancer-access-log-s3-bucket-name': text,
  'aws-load-balancer-access-log-s3-bucket-prefix': text,
  'aws-load-balancer-cross-zone-load-balancing-enabled': bool,
  'aws-load-balancer-attributes': stringMap,
  'aws-load-balancer-minimum-load-balancer-capacity': stringMap,
  'aws-load-balancer-ssl-cert': stringList,
  'aws-load-balancer-ssl-ports': stringList,
  'aws-load-balancer-ssl-negotiation-policy': text,
  'aws-load-balancer-backend-protocol': text,
  'aws-load-balancer-alpn-policy': text,
  'aws-load-balancer-additional-resource-tags': stringMap,
  'aws-load-balancer-healthcheck-protocol': text,
  'aws-load-balancer-healthcheck-port': text,
  'aws-load-balancer-healthcheck-path': text,
  'aws-load-balancer-healthcheck-success-codes': text,
  'aws-load-balancer-healthcheck-interval': int32,
  'aws-load-balancer-healthcheck-timeout': int32,
  'aws-load-balancer-healthcheck-healthy-threshold': int32,
  'aws-load-balancer-healthcheck-unhealthy-threshold': int32,
  'aws-load-balancer-target-group-attributes': stringMap,
  'aws-load-balancer-subnets': stringList,
  'aws-load-balancer-eip-allocations': stringList,
  'aws-load-balancer-private-ipv4-addresses': stringList,
  'aws-load-balancer-ipv6-addresses': stringList,
  'aws-load-balancer-enable-prefix-for-ipv6-source-nat': text,
  'aws-load-balancer-source-nat-ipv6-prefixes': stringList,
  'aws-load-balancer-target-node-labels': stringMap,
  'aws-load-balancer-security-groups': stringList,
  'aws-load-balancer-manage-backend-security-group-rules': bool,
  'aws-load-balancer-inbound-sg-rules-on-private-link-traffic': text,
  'aws-load-balancer-disable-nlb-sg': bool,
  'aws-load-balancer-enable-icmp-for-path-mtu-discovery': text,
  'aws-load-balancer-multi-cluster-target-group': bool,
  'aws-load-balancer-enable-tcp-udp-listener': text,
  'aws-load-balancer-quic-enabled-ports': stringList,
} as const satisfies Record<string, Parser<unknown>>;

export type AnnotationName = keyof typeof annotationTable;
type ValueOf<N extends AnnotationName> = ReturnType<(typeof annotationTable)[N]>;

/** Annotations whose name ends in a port or a listener. */
export const families = {
  targetGroupAttributes: 'aws-load-balancer-target-group-attributes.',
  listenerAttributes: 'aws-load-balancer-listener-attributes.',
  actions: 'actions.',
} as const;

export type Annotations = {
  /** The parsed value; undefined when absent. Throws with the text that the event shows. */
  get<N extends AnnotationName>(name: N): ValueOf<N> | undefined;
  /** A member of a family that holds a map; empty when absent. */
  map(name: string): Record<string, string>;
  /** Names of one family that are present. */
  family(start: string): string[];
};

/** Reads the annotations of one object. */
export const annotationsOf = (raw: Record<string, string> = {}): Annotations => ({
  get: (name) => {
    const value = raw[prefix + name];
    return value === undefined ? undefined : (annotationTable[name] as Parser<never>)(value, prefix + name);
  },
  map: (name) => {
    const value = raw[prefix + name];
    return value === undefined ? {} : stringMap(value, prefix + name);
  },
  family: (start) => Object.keys(raw).filter((key) => key.startsWith(prefix + start)).map((key) => key.slice(prefix.length)),
});

export type Doubt = { kind: 'unresolved' | 'empty' | 'unknown'; text: string };

const doubtOf = (key: string, value: string): Doubt | undefined => {
  const name = key.slice(prefix.length);
  const variable = /\$\{?[A-Z_][A-Z0-9_]*\}?/.exec(value)?.[0];
  if (variable) return { kind: 'unresolved', text: `annotation ${key} contains ${variable} literally; was envsubst skipped?` };
  if (name === 'load-balancer-source-ranges' && !value.trim()) return { kind: 'empty', text: `annotation ${key} has no value and restricts nothing` };
  const known = Object.hasOwn(annotationTable, name) || Object.values(families).some((start) => name.startsWith(start));
  return known ? undefined : { kind: 'unknown', text: `annotation ${key} is not known and has no effect` };
};

/** What the real controller takes silently but is almost surely a slip of the user. */
export const doubtsOf = (raw: Record<string, string | null> = {}, sourceRanges: readonly (string | null)[] = []): Doubt[] => {
  const found = Object.entries(raw)
    .filter(([key]) => key.startsWith(prefix))
    .flatMap(([key, value]) => doubtOf(key, value ?? '') ?? []);
  if (sourceRanges.some((range) => !range?.trim())) found.push({ kind: 'empty', text: 'spec.loadBalancerSourceRanges contains a value that is empty' });
  return found;
};
