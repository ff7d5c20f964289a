// DescribeSSLPolicies over the catalogue of SSL policies, and the check of a policy's name.
import type { DescribeSSLPoliciesCommandInput, DescribeSSLPoliciesCommandOutput, SslPolicy } from '@aws-sdk/client-elastic-load-balancing-v2';
import { sslPolicies, tlsVersions, type SslPolicy as Policy } from '../../state/ssl-policies.js';
import { checked, once, type Course } from './checked.js';
import type { Checked, Context } from './context.js';
import { pageOf } from './paging.js';
import { unseen } from './texts.js';

const describe = ({ name, lowest, highest, ciphers }: Policy): SslPolicy => ({
  SslProtocols: tlsVersions.slice(tlsVersions.indexOf(lowest), tlsVersions.indexOf(highest) + 1).map((version) => `TLSv${version}`).reverse(),
  Ciphers: ciphers.map((Name, index) => ({ Name, Priority: index + 1 })),
  Name: name,
  SupportedLoadBalancerTypes: ['application', 'network'],
});

export const checkSslPolicy = (name: string): void => {
  if (!sslPolicies.has(name)) throw unseen.policyUnknown(name);
};

const selected = ({ Names: names, LoadBalancerType: type }: Checked<DescribeSSLPoliciesCommandInput>): SslPolicy[] =>
  [...sslPolicies.values()].map(describe)
    .filter((one) => !names?.length || names.includes(one.Name ?? ''))
    .filter((one) => type === undefined || one.SupportedLoadBalancerTypes?.includes(type));

type PoliciesCourse = Course<'DescribeSSLPolicies', Omit<DescribeSSLPoliciesCommandOutput, '$metadata'>>;

/** All policies, or those of some names; none for a type that terminates no TLS. */
export const DescribeSSLPolicies = checked('DescribeSSLPolicies', (_context: Context, input: Checked<DescribeSSLPoliciesCommandInput>): PoliciesCourse => {
  const page = once(() => pageOf(selected(input), (one) => one.Name ?? '', input, input.Names));
  return {
    checks: { policies: () => input.Names?.forEach(checkSslPolicy), marker: page },
    act: () => {
      const { items, ...rest } = page();
      return { SslPolicies: [...items], ...rest };
    },
  };
});
