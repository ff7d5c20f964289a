// The real controller's command-line flags, as a user may set them for ours: names, values and refusals are its own. Pure.
import type { ControllerFlags } from './flags.js';
import { goBool, goInt32, stringList } from './parse.js';
import { clusterTag, stackTag, resourceTag, backendTag } from './tags.js';

/** Which Lease decides who works. */
export type ElectionFlags = { enabled: boolean; name: string; namespace: string };
export type GivenFlags = { flags: Partial<ControllerFlags>; election: ElectionFlags };

type Settings = Partial<ControllerFlags> & Partial<ElectionFlags>;
type Reader = (value: string, flag: string) => Settings;

/** The name of the Lease is the real controller's, and its namespace the one that the chart puts it in. */
export const defaultElection: ElectionFlags = { enabled: false, name: 'aws-load-balancer-controller-leader', namespace: 'kube-system' };

const invalid = (value: string, flag: string, why: string): Error => new Error(`invalid argument ${JSON.stringify(value)} for "--${flag}" flag: ${why}`);

const bool = (key: keyof Settings): Reader => (value, flag) => {
  const read = goBool(value);
  if (read === undefined) throw invalid(value, flag, `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
  return { [key]: read };
};

const count = (key: keyof Settings): Reader => (value, flag) => {
  const read = goInt32(value);
  if (typeof read === 'object') throw invalid(value, flag, read.problem);
  return { [key]: read };
};

const text = (key: keyof Settings): Reader => (value) => ({ [key]: value });

const oneOf = (key: keyof Settings, what: string, ...words: string[]): Reader => (value) => {
  if (!words.includes(value)) throw new Error(`invalid value ${value} for ${what}`);
  return { [key]: value };
};

const pairs = (value: string, flag: string): Record<string, string> =>
  Object.fromEntries(stringList(value, flag).map((pair) => {
    const at = pair.indexOf('=');
    if (at < 0) throw invalid(value, flag, `${pair} must be formatted as key=value`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));

const gates: Record<string, keyof ControllerFlags> = {
  ServiceTypeLoadBalancerOnly: 'serviceTypeLoadBalancerOnly',
  EnableTCPUDPListener: 'enableTcpUdpListener',
  EndpointsFailOpen: 'endpointsFailOpen',
};

const featureGates: Reader = (value, flag) =>
  Object.assign({}, ...Object.entries(pairs(value, flag)).map(([name, state]) => {
    const key = gates[name];
    if (!key) throw new Error(`unknown feature: ${name}; nlbox models ${Object.keys(gates).join(', ')}`);
    return bool(key)(state, flag);
  })) as Settings;

const trackingTags = [clusterTag, backendTag, 'ingress.k8s.aws/stack', 'ingress.k8s.aws/resource', stackTag, resourceTag];

const untracked = (keys: string[], flag: string): void => {
  const taken = keys.find((key) => trackingTags.includes(key));
  if (taken !== undefined) throw new Error(`tag key ${taken} cannot be specified in ${flag} flag`);
};

/** Those of the flags that change what a Service becomes; the Service mutator is a value of the chart. */
const readers: Record<string, Reader> = {
  'load-balancer-class': text('loadBalancerClass'),
  'default-target-type': oneOf('defaultTargetType', 'default target type', 'instance', 'ip'),
  'default-load-balancer-scheme': oneOf('defaultScheme', 'default scheme', 'internal', 'internet-facing'),
  'default-ssl-policy': text('defaultSslPolicy'),
  'default-tags': (value, flag) => {
    const defaultTags = pairs(value, flag);
    untracked(Object.keys(defaultTags), flag);
    return { defaultTags };
  },
  'external-managed-tags': (value, flag) => {
    const externalManagedTags = stringList(value, flag);
    untracked(externalManagedTags, flag);
    return { externalManagedTags };
  },
  'enable-backend-security-group': bool('enableBackendSecurityGroup'),
  'backend-security-group': (value) => {
    if (!value.startsWith('sg-')) throw new Error(`invalid value ${value} for backend security group id`);
    return { backendSecurityGroup: value };
  },
  'enable-manage-backend-security-group-rules': bool('enableManageBackendSecurityGroupRules'),
  'disable-restricted-sg-rules': bool('disableRestrictedSgRules'),
  'service-target-eni-security-group-tags': (value, flag) => ({ serviceTargetEniSecurityGroupTags: pairs(value, flag) }),
  'max-targets-per-target-group': count('maxTargetsPerTargetGroup'),
  'enable-pod-readiness-gate-inject': bool('enablePodReadinessGateInject'),
  'quic-environment-variable-name': text('quicEnvironmentVariableName'),
  'enable-service-mutator-webhook': bool('enableServiceMutatorWebhook'),
  'feature-gates': featureGates,
  'enable-leader-election': bool('enabled'),
  'leader-election-id': text('name'),
  'leader-election-namespace': text('namespace'),
};

export const flagNames = Object.keys(readers);

const checkTogether = ({ defaultTags = {}, externalManagedTags = [], enableBackendSecurityGroup = true, enableManageBackendSecurityGroupRules }: Settings): void => {
  const both = externalManagedTags.find((key) => Object.hasOwn(defaultTags, key));
  if (both !== undefined) throw new Error(`tag key ${both} cannot be specified in both default-tags and external-managed-tags flag`);
  if (enableManageBackendSecurityGroupRules && !enableBackendSecurityGroup) throw new Error('backend security group must be enabled when manage backend security group rule is enabled');
};

/** Name -> value as given; throws the words with which the real controller ends. */
export const readFlags = (given: Readonly<Record<string, string>>): GivenFlags => {
  const settings: Settings = {};
  for (const [flag, value] of Object.entries(given)) {
    const read = readers[flag];
    if (!read) throw new Error(`unknown flag: --${flag}; nlbox's controller knows ${flagNames.join(', ')}`);
    Object.assign(settings, read(value, flag));
  }
  checkTogether(settings);
  const { enabled, name, namespace, ...flags } = settings;
  return { flags, election: { enabled: enabled ?? defaultElection.enabled, name: name ?? defaultElection.name, namespace: namespace ?? defaultElection.namespace } };
};
