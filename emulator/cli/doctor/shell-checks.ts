// What `doctor` concludes about the shell's variables, names, and what earlier runs left: pure.
import type { Check, Finding } from './checks.js';
import type { Facts } from './facts.js';

const valueOf = (env: Facts['env'], name: string): string | undefined => env[name.toLowerCase()] || env[name.toUpperCase()] || undefined;

const endpointOf = ({ run }: Facts): string | undefined => run?.info?.endpoint;

/** Each of these wins over AWS_ENDPOINT_URL, or switches it off. */
const endpoints: Check = (facts) => {
  const findings: Finding[] = [];
  if (/^(true|1)$/i.test(facts.env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] ?? '')) {
    findings.push({ check: 'aws-endpoint', level: 'stop', says: 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS switches AWS_ENDPOINT_URL off: aws would talk to the real AWS', remedy: '`unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`' });
  }
  for (const name of ['AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2', 'AWS_ENDPOINT_URL_EC2', 'AWS_ENDPOINT_URL_STS']) {
    const value = facts.env[name];
    if (value && value.replace(/\/$/, '') !== endpointOf(facts)) {
      findings.push({ check: 'aws-endpoint', level: 'stop', says: `${name}=${value} wins over AWS_ENDPOINT_URL`, remedy: `\`unset ${name}\`` });
    }
  }
  return findings;
};

// The CLI takes keys of the environment before those of a profile, newer SDKs do not; a profile that is missing fails either.
const profile: Check = ({ env }) => {
  const name = env['AWS_PROFILE'] || env['AWS_DEFAULT_PROFILE'];
  return name ? [{ check: 'aws-profile', level: 'warn', says: `AWS_PROFILE=${name} may bring its own region, keys and endpoint`, remedy: '`unset AWS_PROFILE AWS_DEFAULT_PROFILE` in the shell of the workshop.' }] : [];
};

const covers = (noProxy: string, host: string): boolean =>
  noProxy.split(',').map((one) => one.trim().replace(/^\*?\./, '')).some((one) => one === '*' || (one !== '' && (host === one || host.endsWith(`.${one}`))));

/** aws and curl send even what is on this machine to a proxy that no_proxy does not rule out. */
const proxies: Check = (facts) => {
  const proxy = valueOf(facts.env, 'http_proxy');
  if (!proxy || proxy.replace(/\/$/, '') === endpointOf(facts)) return [];
  const noProxy = valueOf(facts.env, 'no_proxy') ?? '';
  const region = facts.run?.info?.region ?? 'us-west-2';
  const name = `elb.${region}.amazonaws.com`;
  const missing = ['127.0.0.1', name].filter((host) => !covers(noProxy, host));
  if (missing.length === 0) return [{ check: 'proxy', level: 'ok', says: `http_proxy=${proxy}, and no_proxy leaves nlbox out` }];
  return [{
    check: 'proxy', level: 'stop', says: `http_proxy=${proxy} takes calls to ${missing.join(' and ')} off this machine`,
    remedy: `\`export no_proxy="localhost,127.0.0.1,.${name}${noProxy === '' ? '' : ',$no_proxy'}"\`, or \`unset http_proxy https_proxy\`. When names work through nlbox's own proxy, \`eval "$(npx nlbox env)"\` replaces it.`,
  }];
};

const shell: Check = (facts) => {
  const info = facts.run?.info;
  if (!info) return [];
  const wanted = { AWS_ENDPOINT_URL: info.endpoint, ...(info.cluster ? { KUBECONFIG: info.cluster.kubeconfig } : {}) };
  const other = Object.entries(wanted).filter(([name, value]) => facts.env[name] !== value).map(([name]) => name);
  if (other.length === 0) return [{ check: 'shell', level: 'ok', says: 'this shell is pointed at nlbox' }];
  return [{ check: 'shell', level: 'warn', says: `this shell is not pointed at the running nlbox (${other.join(', ')})`, remedy: '`eval "$(npx nlbox env)"`' }];
};

const kubeconfig: Check = ({ env, run }) =>
  env['KUBECONFIG'] && !run?.info
    ? [{ check: 'kubeconfig', level: 'ok', says: `KUBECONFIG=${env['KUBECONFIG']}; \`nlbox env\` replaces it in one shell and changes no file` }]
    : [];

const hosts: Check = ({ hosts: { file, writable }, deadBlocks }) => {
  const findings: Finding[] = [
    writable
      ? { check: 'hosts', level: 'ok', says: `${file} can be written: names work in any program` }
      : { check: 'hosts', level: 'ok', says: `${file} cannot be written by this user: names work through the forward proxy, which \`nlbox env\` sets` },
  ];
  if (deadBlocks.length > 0) {
    const remedy = writable ? 'The next `npx nlbox up` takes them out.' : `Take the lines between \`# >>> nlbox\` and \`# <<< nlbox\` out of ${file} as root, or run \`sudo npx nlbox up\` once.`;
    findings.push({ check: 'hosts', level: 'warn', says: `${file} still has the names of ${deadBlocks.length} run(s) that died (${deadBlocks.join(', ')})`, remedy });
  }
  return findings;
};

const leftovers: Check = ({ run, stateDir }) =>
  run && !run.alive
    ? [{ check: 'leftovers', level: 'warn', says: `${stateDir} has the state of a run that died (pid ${run.pid})`, remedy: 'The next `npx nlbox up` goes on with it; `npx nlbox down` removes it.' }]
    : [];

/** Only with the DNS responder or the hosts file does the system's resolver have to know the names. */
const names: Check = ({ lookups, dnsPort, nameservers }) => {
  const own = nameservers.length > 0 && nameservers.every((one) => !one.startsWith('127.'));
  const unpointed: Finding[] = dnsPort > 0 && own && lookups.length === 0
    ? [{ check: 'dns', level: 'warn', says: `the resolver asks ${nameservers.join(', ')} (a router's or a VPN's) for every name, not the DNS responder`, remedy: 'Point it at the responder as `npx nlbox status` shows; with a VPN, ask for split DNS, or use `--names hosts`.' }]
    : [];
  return [...unpointed, ...lookups.map(({ name, addresses, code }): Finding => {
    if (addresses.length > 0 && addresses.every((one) => one.startsWith('127.'))) return { check: 'dns', level: 'ok', says: `${name} resolves to ${addresses.join(', ')}` };
    const saw = addresses.length > 0 ? `resolves to ${addresses.join(', ')}` : `does not resolve (${code ?? 'no address'})`;
    return { check: 'dns', level: 'stop', says: `${name} ${saw}`, remedy: 'A resolver with rebinding protection drops answers in 127.0.0.0/8, and a VPN may take every name: point the resolver straight at the responder as `npx nlbox status` shows, allow `elb.REGION.amazonaws.com` in its rebinding exceptions, or use the forward proxy with `eval "$(npx nlbox env)"`.' };
  })];
};

export const shellChecks: readonly Check[] = [endpoints, profile, proxies, kubeconfig, shell, hosts, leftovers, names];
