// What a listener's protocol asks for and allows: certificates, SSL policy, ALPN, and what may stand beside it on one load balancer.
import type { Certificate } from '@aws-sdk/client-elastic-load-balancing-v2';
import { defaultSslPolicy } from '../../state/ssl-policies.js';
import type { ListenerRecord, LoadBalancerRecord } from '../../state/types.js';
import { validationError } from '../../wire/fault.js';
import { once, type Checks } from './checked.js';
import { defaultCertificate } from './certificates.js';
import type { Checked, Context } from './context.js';
import { checkSslPolicy } from './sslpolicies.js';
import { unseen } from './texts.js';

type TlsInput = { SslPolicy?: string | undefined; Certificates?: Checked<Certificate>[] | undefined; AlpnPolicy?: string[] | undefined };
type TlsFields = Pick<ListenerRecord, 'SslPolicy' | 'Certificates' | 'AlpnPolicy'>;

const networkProtocols = ['TCP', 'TLS', 'UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'];
const alpnPolicies = ['None', 'HTTP1Only', 'HTTP2Only', 'HTTP2Optional', 'HTTP2Preferred'];

export const checkProtocol = (protocol: string): void => {
  if (!networkProtocols.includes(protocol)) throw unseen.protocolOfOthers(protocol, networkProtocols);
};

const policyOf = (input: TlsInput, protocol: string, before: TlsFields | undefined): string => {
  // AWS's own spelling.
  if (protocol !== 'TLS' && input.SslPolicy !== undefined) throw validationError(`An SSL policy cannot be specifed for ${protocol} listeners`);
  const name = input.SslPolicy ?? before?.SslPolicy ?? defaultSslPolicy;
  checkSslPolicy(name);
  return name;
};

const alpnOf = (input: TlsInput, protocol: string, before: TlsFields | undefined): string[] => {
  const given = input.AlpnPolicy ?? before?.AlpnPolicy ?? [];
  if (protocol !== 'TLS' && input.AlpnPolicy?.length) throw unseen.alpnOfOthers(protocol);
  if (given.length > 1) throw unseen.alpnSeveral();
  const unknown = given.find((name) => !alpnPolicies.includes(name));
  if (unknown !== undefined) throw unseen.alpnUnknown(unknown);
  return [...given];
};

const certificatesOf = (context: Context, input: TlsInput, protocol: string, before: TlsFields | undefined): string[] => {
  if (protocol !== 'TLS' && input.Certificates?.length) throw unseen.certificateOfOthers(protocol);
  if (protocol !== 'TLS') return [];
  const given = defaultCertificate(context, input.Certificates);
  const [first = given, ...others] = before?.Certificates ?? [];
  if (first === undefined) throw unseen.certificateMissing();
  return [given ?? first, ...others];
};

type TlsTerms = { fields(): TlsFields; checks: Checks<'SSL policy' | 'certificate' | 'ALPN policy'> };

/** What a listener of this protocol stores of a request, over what it had, and the checks of it. */
export const tlsTerms = (context: Context, input: TlsInput, protocol: () => string, before: () => TlsFields | undefined = () => undefined): TlsTerms => {
  const policy = once(() => policyOf(input, protocol(), before()));
  const certificates = once(() => certificatesOf(context, input, protocol(), before()));
  const alpn = once(() => alpnOf(input, protocol(), before()));
  return {
    checks: { 'SSL policy': policy, certificate: certificates, 'ALPN policy': alpn },
    fields: () => (protocol() === 'TLS' ? { SslPolicy: policy(), Certificates: certificates(), ...(alpn().length > 0 ? { AlpnPolicy: alpn() } : {}) } : {}),
  };
};

const isQuic = (protocol: string): boolean => protocol === 'QUIC' || protocol === 'TCP_QUIC';

/** QUIC stands alone: one such listener, no UDP beside it, no dual stack and no security groups. */
export const checkBeside = ({ read }: Context, protocol: string, { LoadBalancerArn, IpAddressType, SecurityGroups }: LoadBalancerRecord, own?: string): void => {
  const others = read.by('listeners', 'LoadBalancerArn', LoadBalancerArn).filter(({ ListenerArn }) => ListenerArn !== own);
  const taken = others.find((one) => (isQuic(protocol) ? isQuic(one.Protocol) || one.Protocol.endsWith('UDP') : isQuic(one.Protocol) && protocol.endsWith('UDP')));
  if (taken) throw unseen.protocolBeside(protocol, taken.Protocol);
  if (!isQuic(protocol)) return;
  if (IpAddressType === 'dualstack') throw unseen.quicDualstack(protocol);
  if (SecurityGroups?.length) throw unseen.quicGroups(protocol);
};
