// The catalogue of SSL policies: what DescribeSSLPolicies answers, and what TLS listeners negotiate. Data.

/** Versions of TLS from the lowest to the highest, without the `TLSv`; ciphers by OpenSSL's names, the preferred ones first. */
export type SslPolicy = { name: string; lowest: TlsVersion; highest: '1.2' | '1.3'; ciphers: readonly string[] };

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

export const tlsVersions = ['1', '1.1', '1.2', '1.3'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

type Row = [name: string, lowest: TlsVersion, highest: SslPolicy['highest'], ciphers: readonly string[]];

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

/** By full name (`ELBSecurityPolicy-…`), in AWS's order. */
export const sslPolicies: ReadonlyMap<string, SslPolicy> = new Map([...basic, ...fips, ...postQuantum].map(([own, lowest, highest, ciphers]) => {
  const name = `ELBSecurityPolicy-${own}`;
  return [name, { name, lowest, highest, ciphers }];
}));

/** What a TLS listener has when none is asked for. */
export const defaultSslPolicy = 'ELBSecurityPolicy-2016-08';
