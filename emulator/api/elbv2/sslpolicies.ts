// The catalogue of SSL policies: names, protocols and ciphers, and DescribeSSLPolicies over it.
import type { DescribeSSLPoliciesCommandInput, DescribeSSLPoliciesCommandOutput, SslPolicy } from '@aws-sdk/client-elastic-load-balancing-v2';
import { checked, once, type Course } from './checked.js';
import type { Checked, Context } from './context.js';
import { pageOf } from './paging.js';
import { unseen } from './texts.js';

export const defaultSslPolicy = 'ELBSecurityPolicy-2016-08';

const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const tls13fips = tls13.slice(0, 2);
const gcm = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'];
const ecdheSha2 = [
  'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-SHA256', 'ECDHE-RSA-AES128-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-AES256-SHA384', 'ECDHE-RSA-AES256-SHA384',
];
const ecdheAll = [
  ...ecdheSha2.slice(0, 4), 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA', ...ecdheSha2.slice(4), 'ECDHE-RSA-AES256-SHA', 'ECDHE-ECDSA-AES256-SHA',
];
const rsaSha2 = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES256-GCM-SHA384', 'AES256-SHA256'];
const rsaAll = ['AES128-GCM-SHA256', 'AES128-SHA256', 'AES128-SHA', 'AES256-GCM-SHA384', 'AES256-SHA256', 'AES256-SHA'];

type Row = [name: string, lowest: '1' | '1.1' | '1.2' | '1.3', highest: '1.2' | '1.3', ciphers: readonly string[]];

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html
const basic: readonly Row[] = [
  ['2016-08', '1', '1.2', [...ecdheAll, ...rsaAll]],
  ['TLS-1-1-2017-01', '1.1', '1.2', [...ecdheAll, ...rsaAll]],
  ['TLS-1-2-2017-01', '1.2', '1.2', [...ecdheSha2, ...rsaSha2]],
  ['TLS-1-2-Ext-2018-06', '1.2', '1.2', [...ecdheAll, ...rsaAll]],
  ['FS-2018-06', '1', '1.2', ecdheAll],
  ['FS-1-1-2019-08', '1.1', '1.2', ecdheAll],
  ['FS-1-2-2019-08', '1.2', '1.2', ecdheAll],
  ['FS-1-2-Res-2019-08', '1.2', '1.2', ecdheSha2],
  ['FS-1-2-Res-2020-10', '1.2', '1.2', gcm],
  ['TLS13-1-0-2021-06', '1', '1.3', [...tls13, ...ecdheAll, ...rsaAll]],
  ['TLS13-1-1-2021-06', '1.1', '1.3', [...tls13, ...ecdheAll, ...rsaAll]],
  ['TLS13-1-2-2021-06', '1.2', '1.3', [...tls13, ...ecdheSha2]],
  ['TLS13-1-2-Res-2021-06', '1.2', '1.3', [...tls13, ...gcm]],
  ['TLS13-1-2-Ext1-2021-06', '1.2', '1.3', [...tls13, ...ecdheSha2, ...rsaSha2]],
  ['TLS13-1-2-Ext2-2021-06', '1.2', '1.3', [...tls13, ...ecdheAll, ...rsaAll]],
  ['TLS13-1-3-2021-06', '1.3', '1.3', tls13],
];

const fips: readonly Row[] = [
  ['TLS13-1-0-FIPS-2023-04', '1', '1.3', [...tls13fips, ...ecdheAll, ...rsaAll]],
  ['TLS13-1-1-FIPS-2023-04', '1.1', '1.3', [...tls13fips, ...ecdheAll, ...rsaAll]],
  ['TLS13-1-2-FIPS-2023-04', '1.2', '1.3', [...tls13fips, ...ecdheSha2]],
  ['TLS13-1-2-Res-FIPS-2023-04', '1.2', '1.3', [...tls13fips, ...gcm]],
  ['TLS13-1-2-Ext0-FIPS-2023-04', '1.2', '1.3', [...tls13fips, ...ecdheAll]],
  ['TLS13-1-2-Ext1-FIPS-2023-04', '1.2', '1.3', [...tls13fips, ...ecdheSha2, ...rsaSha2]],
  ['TLS13-1-2-Ext2-FIPS-2023-04', '1.2', '1.3', [...tls13fips, ...ecdheAll, ...rsaAll]],
  ['TLS13-1-3-FIPS-2023-04', '1.3', '1.3', tls13fips],
];

// The same protocols and ciphers, with post-quantum key exchange.
const postQuantum: readonly Row[] = ['1-0', '1-2', '1-2-Res', '1-2-Ext1', '1-2-Ext2', '1-3'].map((middle) => {
  const [, lowest, highest, ciphers] = basic.find(([name]) => name === `TLS13-${middle}-2021-06`) as Row;
  return [`TLS13-${middle}-PQ-2025-09`, lowest, highest, ciphers];
});

const versions = ['1', '1.1', '1.2', '1.3'];

const policy = ([name, lowest, highest, ciphers]: Row): SslPolicy => ({
  SslProtocols: versions.slice(versions.indexOf(lowest), versions.indexOf(highest) + 1).reverse().map((version) => `TLSv${version}`),
  Ciphers: ciphers.map((Name, index) => ({ Name, Priority: index + 1 })),
  Name: `ELBSecurityPolicy-${name}`,
  SupportedLoadBalancerTypes: ['application', 'network'],
});

/** Every policy, in AWS's shape. */
export const sslPolicies = (): SslPolicy[] => [...basic, ...fips, ...postQuantum].map(policy);

const isKnown = (name: string): boolean => [...basic, ...fips, ...postQuantum].some(([own]) => `ELBSecurityPolicy-${own}` === name);

export const checkSslPolicy = (name: string): void => {
  if (!isKnown(name)) throw unseen.policyUnknown(name);
};

const selected = ({ Names: names, LoadBalancerType: type }: Checked<DescribeSSLPoliciesCommandInput>): SslPolicy[] =>
  sslPolicies()
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
