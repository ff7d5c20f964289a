// Refusals whose code or wording on AWS nobody has seen, in one table: correct a line here when the real one is known. What was seen stands where it is thrown.
import { AwsFault } from '../../wire/fault.js';

type Row<A extends unknown[]> = (...of: A) => AwsFault;
const row = (code: string) => <A extends unknown[]>(text: (...of: A) => string): Row<A> => (...of) => new AwsFault(code, text(...of));
const invalid = row('ValidationError');
const configuration = row('InvalidConfigurationRequest');

const loadBalancers = {
  nameMissing: invalid(() => 'A load balancer name must be specified'),
  nameHyphen: invalid((name: string) => `The load balancer name '${name}' cannot begin or end with a hyphen`),
  nameInternal: invalid((name: string) => `The load balancer name '${name}' cannot begin with 'internal-'`),
  namesAndArns: invalid(() => 'Load balancer names and load balancer ARNs cannot be specified at the same time'),
  subnetsAndMappings: invalid(() => 'You cannot specify both subnets and subnet mappings'),
  subnetIdMissing: invalid(() => 'A subnet ID must be specified'),
  subnetUnknown: row('SubnetNotFound')((id: string) => `The subnet ID '${id}' does not exist`),
  subnetSwapped: invalid((before: string, after: string) => `The subnet of an enabled Availability Zone cannot be changed from '${before}' to '${after}'; remove the zone first`),
  privateAddressPublic: configuration(() => 'A private IPv4 address can only be specified for an internal load balancer'),
  privateAddressOutside: invalid((address: string, subnet: string) => `The private IPv4 address '${address}' is not within the subnet '${subnet}'`),
  privateAddressTaken: configuration((address: string) => `The private IPv4 address '${address}' is already in use`),
  elasticAddressInternal: configuration(() => 'An Elastic IP address can only be specified for an internet-facing load balancer'),
  allocationUnknown: row('AllocationIdNotFound')((id: string) => `The allocation IDs '${id}' do not exist`),
  lastGroupRemoved: invalid(() => 'At least one security group must be specified for a load balancer that was created with security groups'),
  secondaryIpsLowered: configuration((key: string) => `'${key}' cannot be decreased`),
  bucketMissing: invalid(() => `The value of 'access_logs.s3.bucket' cannot be empty when access logs are enabled`),
};

const ipv6 = {
  addressTypeOfOthers: invalid((type: string) => `IP address type '${type}' is not supported for load balancers with type 'network'`),
  addressNeedsDualstack: configuration(() => `An IPv6 address can only be specified for a load balancer with IP address type 'dualstack'`),
  addressOutside6: invalid((address: string, subnet: string) => `The IPv6 address '${address}' is not within the subnet '${subnet}'`),
  sourceNatNeedsDualstack: configuration(() => `EnablePrefixForIpv6SourceNat can only be turned on for load balancers with IP address type 'dualstack'`),
  sourceNatPrefix: invalid((prefix: string, subnet: string) => `The source NAT IPv6 prefix '${prefix}' must be 'auto_assigned' or a /80 prefix within the subnet '${subnet}'`),
  sourceNatPrefixOff: configuration(() => 'A source NAT IPv6 prefix can only be specified when EnablePrefixForIpv6SourceNat is on'),
  groupsInUse: configuration((arn: string) => `IP address type 'ipv4' is not supported while load balancer '${arn}' has target groups with IP address type 'ipv6'`),
  groupNeedsDualstack: configuration((group: string) => `Target group '${group}' with IP address type 'ipv6' can only be used by load balancers with IP address type 'dualstack'`),
  udpNeedsSourceNat: configuration((protocol: string) => `Listeners with protocol '${protocol}' on load balancers with IP address type 'dualstack' require EnablePrefixForIpv6SourceNat`),
  udpNeedsIpv6Group: configuration((protocol: string, group: string) => `Listeners with protocol '${protocol}' on load balancers with IP address type 'dualstack' require target groups with IP address type 'ipv6': '${group}'`),
};

const capacity = {
  capacityMissing: invalid(() => 'A minimum load balancer capacity must be specified'),
  capacityAndReset: invalid(() => 'You cannot specify a minimum load balancer capacity when the capacity reservation is reset'),
  capacityTooSmall: invalid((units: number) => `Capacity units '${units}' must be greater than or equal to '1'`),
  capacityTooLarge: row('CapacityUnitsLimitExceeded')((limit: number) => `The maximum number of capacity units '${limit}' has been exceeded`),
  capacityPending: row('CapacityReservationPending')((arn: string) => `A capacity reservation of load balancer '${arn}' is pending`),
  capacityTls: configuration(() => 'Capacity reservations are not supported on load balancers with TLS listeners'),
  capacityDecreases: row('CapacityDecreaseRequestLimitExceeded')((limit: number) => `The limit of '${limit}' capacity decrease requests per day has been exceeded`),
};

const targetGroups = {
  protocolVersion: invalid((protocol: string) => `A protocol version cannot be specified for target groups with the ${protocol} protocol`),
  tooManyTargetGroups: row('TooManyTargetGroups')(() => 'The maximum number of target groups has been reached'),
  checkPort: invalid((port: string) => `Health check port '${port}' must be 'traffic-port' or a number between '1-65535' inclusive`),
  checkCodes: invalid((codes: string, low: number, high: number) => `Health check matcher HTTP code '${codes}' must be within '${low}-${high}' inclusive`),
  checkPathTcp: invalid(() => 'Health check paths are not supported for health checks with the TCP protocol'),
  checkMatcherTcp: invalid(() => 'Custom health check matchers are not supported for health checks with the TCP protocol'),
  checkGrpc: invalid(() => 'A gRPC code can only be specified for target groups with protocol version GRPC'),
  checkDisabled: invalid((type: string) => `Health check enabled must be true for target groups with target type '${type}'`),
  clientIpFixed: configuration((protocol: string) => `You cannot disable client IP preservation on target groups with the ${protocol} protocol`),
  failoverBelowRouting: invalid((unit: string) => `'target_group_health.dns_failover.minimum_healthy_targets.${unit}' must be greater than or equal to 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.${unit}'`),
};

const targets = {
  targetMissing: invalid(() => 'At least one target must be specified'),
  instanceMalformed: invalid((id: string) => `Instance ID '${id}' is not valid`),
  instancesUnknown: row('InvalidTarget')((ids: string) => `The following targets do not exist and cannot be registered: ${ids}`),
  instancesWithoutIpv6: row('InvalidTarget')((ids: string) => `The following targets do not have a primary IPv6 address and cannot be registered: ${ids}`),
  addressMalformed: invalid((id: string, family: string) => `The IP address '${id}' is not a valid ${family} address`),
  addressRange: invalid((id: string) => `The IP address '${id}' is not within a valid range for a target`),
  // The newest words that were seen, and those that the AWS Load Balancer Controller looks for before it tries again with a zone.
  addressOutside: invalid((id: string) =>
    `You must specify a valid Availability Zone or select 'all' for all enabled Availability zones, since the IP address '${id}' is outside the VPC: you must specify an Availability Zone`),
  tooManyInGroup: row('TooManyTargets')((limit: number, arn: string) => `The maximum number of targets per target group '${limit}' has been reached on target group '${arn}'`),
  tooManyInZone: row('TooManyTargets')((limit: number, zone: string, arn: string) => `The maximum number of targets per Availability Zone '${limit}' has been reached in '${zone}' on load balancer '${arn}'`),
  serverIdMissing: invalid((id: string, protocol: string) => `A QUIC server ID must be specified for target '${id}' of a target group with the ${protocol} protocol`),
  serverIdMalformed: invalid((server: string) => `QUIC server ID '${server}' is not valid`),
  serverIdOfOthers: invalid((protocol: string) => `A QUIC server ID cannot be specified for targets of a target group with the ${protocol} protocol`),
  serverIdTaken: row('InvalidTarget')((server: string) => `QUIC server ID '${server}' is already used by another target of the target group`),
};

const listeners = {
  // Seen for application load balancers; the order of an NLB's list is not known.
  protocolOfOthers: invalid((protocol: string, own: readonly string[]) => `Listener protocol '${protocol}' must be one of '${own.join(', ')}'`),
  tooManyListeners: row('TooManyListeners')((arn: string) => `The maximum number of listeners has been reached on load balancer '${arn}'`),
  listenersTwoWays: invalid(() => 'Listener ARNs and a load balancer ARN cannot be specified at the same time'),
  protocolBeside: configuration((protocol: string, taken: string) => `A listener with protocol '${protocol}' cannot be on the same load balancer as a listener with protocol '${taken}'`),
  quicDualstack: configuration((protocol: string) => `Listener protocol '${protocol}' is not supported on load balancers with IP address type 'dualstack'`),
  quicGroups: configuration((protocol: string) => `Listener protocol '${protocol}' is not supported on load balancers with security groups`),
  actionType: row('InvalidLoadBalancerAction')((type: string) => `Action type '${type}' is not supported on load balancers of type 'network'`),
  tooManyActions: row('TooManyActions')(() => `You cannot specify more than one action on load balancers of type 'network'`),
  actionGroupMissing: invalid(() => 'A target group ARN must be specified'),
  actionGroupTwice: invalid(() => 'A target group can only be specified once in an action'),
  actionGroupTwoWays: invalid(() => 'You cannot specify both a target group ARN and a forward configuration with other target groups'),
  actionGroups: invalid((limit: number) => `You cannot specify more than '${limit}' target groups in an action`),
  groupOfOtherVpc: configuration((group: string, vpc: string) => `Target group '${group}' is not in the VPC '${vpc}' of the load balancer`),
  attributeUnknown: invalid((key: string) => `Listener attribute key '${key}' is not recognized`),
  attributeOfOthers: configuration((key: string, protocol: string) => `Listener attribute key '${key}' is not supported on listeners with protocol '${protocol}'`),
  rulesNeither: invalid(() => 'You must specify either listener rule ARNs or a listener ARN'),
  rulesTwoWays: invalid(() => 'Listener rule ARNs and a listener ARN cannot be specified at the same time'),
};

const tls = {
  certificateMissing: invalid(() => 'A certificate must be specified for TLS listeners'),
  certificateOfOthers: invalid((protocol: string) => `A certificate cannot be specified for ${protocol} listeners`),
  certificatesOfOthers: configuration((protocol: string) => `Certificates are not supported on listeners with protocol '${protocol}'`),
  certificateNone: invalid(() => 'A certificate must be specified'),
  certificateArnMissing: invalid(() => 'A certificate ARN must be specified'),
  certificateDefaultMark: invalid(() => 'You cannot specify IsDefault for a certificate'),
  certificateDefaultRemoved: row('OperationNotPermitted')(() => 'Default certificate cannot be removed'),
  tooManyCertificates: row('TooManyCertificates')((limit: number, arn: string) => `The maximum number of certificates '${limit}' has been reached on listener '${arn}'`),
  policyUnknown: row('SSLPolicyNotFound')((name: string) => `SSL policy '${name}' not found`),
  alpnOfOthers: invalid((protocol: string) => `An ALPN policy cannot be specified for ${protocol} listeners`),
  alpnSeveral: invalid(() => 'You can specify only one ALPN policy'),
  alpnUnknown: row('ALPNPolicyNotFound')((name: string) => `ALPN policy '${name}' not found`),
};

const everywhere = {
  markerInvalid: invalid((marker: string) => `The marker '${marker}' is not valid`),
  attributeTwice: invalid((key: string) => `Attribute key '${key}' was specified more than once`),
  attributeWord: invalid((key: string, value: string, allowed: readonly string[]) => `'${key}' value '${value}' must be one of '${allowed.join(', ')}'`),
  resourceMissing: invalid(() => 'A resource ARN must be specified'),
  tooManyTags: row('TooManyTags')((limit: number) => `You cannot have more than ${limit} tags on a resource`),
  trustStoreUnknown: row('TrustStoreNotFound')((arn: string) => `Trust store '${arn}' not found`),
};

/** Each row makes the fault of one refusal. */
export const unseen = { ...loadBalancers, ...ipv6, ...capacity, ...targetGroups, ...targets, ...listeners, ...tls, ...everywhere };
