// What a listener's protocol asks for and allows: certificates, SSL policy, ALPN, and what may stand beside it on one load balancer.
import type { Certificate } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ListenerRecord, LoadBalancerRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { defaultCertificate } from './certificates.js';
import type { Checked, Context } from './context.js';
import { invalidConfiguration, refuseUnmodelled } from './faults.js';
import { checkSslPolicy, defaultSslPolicy } from './sslpolicies.js';

type TlsInput = { SslPolicy?: string | undefined; Certificates?: Checked<Certificate>[] | undefined; AlpnPolicy?: string[] | undefined; MutualAuthentication?: unknown };
type TlsFields = Pick<ListenerRecord, 'SslPolicy' | 'Certificates' | 'AlpnPolicy'>;

const networkProtocols = ['TCP', 'TLS', 'UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'];
const alpnPolicies = ['None', 'HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred'];

export const checkProtocol = (protocol: string): void => {
  if (!networkProtocols.includes(protocol)) throw validationError(`Listener protocol '${protocol}' must be one of '${networkProtocols.join(', ')}'`);
};

const checkNoTls = (input: TlsInput, protocol: string): void => {
  // AWS's own spelling.
  if (input.SslPolicy !== undefined) throw validationError(`An SSL policy cannot be specifed for ${protocol} listeners`);
  if (input.Certificates?.length) throw validationError(`A certificate cannot be specified for ${protocol} listeners`);
  if (input.AlpnPolicy?.length) throw validationError(`An ALPN policy cannot be specified for ${protocol} listeners`);
};

const alpnPolicy = (given: readonly string[]): string[] => {
  if (given.length > 1) throw validationError('You can specify only one ALPN policy');
  const unknown = given.find((name) => !alpnPolicies.includes(name));
  if (unknown !== undefined) throw new AwsFault('ALPNPolicyNotFound', `ALPN policy '${unknown}' not found`);
  return [...given];
};

const certificatesOf = (context: Context, input: TlsInput, before: TlsFields | undefined): string[] => {
  const given = defaultCertificate(context, input.Certificates);
  const [first = given, ...others] = before?.Certificates ?? [];
  if (first === undefined) throw validationError('A certificate must be specified for TLS listeners');
  return [given ?? first, ...others];
};

/** What a listener of this protocol stores of a request, over what it had; checked. */
export const tlsFields = (context: Context, input: TlsInput, protocol: string, before?: TlsFields): TlsFields => {
  refuseUnmodelled(input, ['MutualAuthentication']);
  if (protocol !== 'TLS') {
    checkNoTls(input, protocol);
    return {};
  }
  const SslPolicy = input.SslPolicy ?? before?.SslPolicy ?? defaultSslPolicy;
  checkSslPolicy(SslPolicy);
  const AlpnPolicy = input.AlpnPolicy ? alpnPolicy(input.AlpnPolicy) : (before?.AlpnPolicy ?? []);
  return { SslPolicy, Certificates: certificatesOf(context, input, before), ...(AlpnPolicy.length > 0 ? { AlpnPolicy } : {}) };
};

const isQuic = (protocol: string): boolean => protocol === 'QUIC' || protocol === 'TCP_QUIC';

/** QUIC stands alone: one such listener, no UDP beside it, no dual stack and no security groups. */
export const checkBeside = ({ read }: Context, protocol: string, { LoadBalancerArn, IpAddressType, SecurityGroups }: LoadBalancerRecord, own?: string): void => {
  const others = read.by('listeners', 'LoadBalancerArn', LoadBalancerArn).filter(({ ListenerArn }) => ListenerArn !== own);
  const taken = others.find((one) => (isQuic(protocol) ? isQuic(one.Protocol) || one.Protocol.endsWith('UDP') : isQuic(one.Protocol) && protocol.endsWith('UDP')));
  if (taken) throw invalidConfiguration(`A listener with protocol '${protocol}' cannot be on the same load balancer as a listener with protocol '${taken.Protocol}'`);
  if (!isQuic(protocol)) return;
  if (IpAddressType === 'dualstack') throw invalidConfiguration(`Listener protocol '${protocol}' is not supported on load balancers with IP address type 'dualstack'`);
  if (SecurityGroups?.length) throw invalidConfiguration(`Listener protocol '${protocol}' is not supported on load balancers with security groups`);
};
