// Ranges, enums and patterns of the ELBv2 model that its runtime schemas do not hold; texts as AWS prints them.
import type { Constraint, Constraints } from '../../wire/validate.js';

const tagPattern = /^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$/u;
const tagPatternText = '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$';
const protocols = { enum: ['HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP', 'GENEVE', 'QUIC', 'TCP_QUIC'] };
const onOff = { enum: ['on', 'off'] };
const port = { min: 1, max: 65535 };
const attributeKey = { max: 256, pattern: /^[a-zA-Z0-9._]+$/ };
const tagKey = { min: 1, max: 128, pattern: tagPattern, patternText: tagPatternText };

/** Members that mean the same wherever they stand. */
const anywhere: Record<string, Constraint> = {
  PageSize: { min: 1, max: 400 },
  Port: port,
  TargetControlPort: port,
  Protocol: protocols,
  HealthCheckProtocol: protocols,
  HealthCheckIntervalSeconds: { min: 5, max: 300 },
  HealthCheckTimeoutSeconds: { min: 2, max: 120 },
  HealthyThresholdCount: { min: 2, max: 10 },
  UnhealthyThresholdCount: { min: 2, max: 10 },
  HealthCheckPath: { min: 1, max: 1024 },
  TargetType: { enum: ['instance', 'ip', 'lambda', 'alb'] },
  Scheme: { enum: ['internet-facing', 'internal'] },
  LoadBalancerType: { enum: ['application', 'network', 'gateway'] },
  IpAddressType: { enum: ['ipv4', 'dualstack', 'dualstack-without-public-ipv4'] },
  EnablePrefixForIpv6SourceNat: onOff,
  EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: onOff,
  CustomerOwnedIpv4Pool: { max: 256, pattern: /^(ipv4pool-coip-)[a-zA-Z0-9]+$/ },
  QuicServerId: { min: 1, max: 256 },
  Tags: { min: 1 },
};

/** Members whose meaning depends on the structure: `Structure.Member`, a list's items with `[]`. */
const inStructure: Record<string, Constraint> = {
  'CreateLoadBalancerInput.Type': { enum: ['application', 'network', 'gateway'] },
  'CreateTargetGroupInput.IpAddressType': { enum: ['ipv4', 'ipv6'] },
  'Action.Type': { enum: ['forward', 'authenticate-oidc', 'authenticate-cognito', 'redirect', 'fixed-response', 'jwt-validation'] },
  'Action.Order': { min: 1, max: 50000 },
  // Documented bounds of a target group's weight; the model has none.
  'TargetGroupTuple.Weight': { min: 0, max: 999 },
  'RedirectActionConfig.Protocol': { pattern: /^(HTTPS?|#\{protocol\})$/ },
  'RedirectActionConfig.Port': {},
  'DescribeTargetHealthInput.Include[]': { enum: ['AnomalyDetection', 'All'] },
  'ModifyLoadBalancerAttributesInput.Attributes': { max: 20 },
  'LoadBalancerAttribute.Key': attributeKey,
  'LoadBalancerAttribute.Value': { max: 1024 },
  'TargetGroupAttribute.Key': attributeKey,
  'ListenerAttribute.Key': attributeKey,
  'Tag.Key': tagKey,
  'Tag.Value': { max: 256, pattern: tagPattern, patternText: tagPatternText },
  'RemoveTagsInput.TagKeys[]': tagKey,
};

export const elbv2Constraints: Constraints = (structure, member, items) =>
  items ? inStructure[`${structure}.${member}[]`] : (inStructure[`${structure}.${member}`] ?? anywhere[member]);
