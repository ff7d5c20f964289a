// From the caller to the load balancer: ports, the name, and source ranges. Pure.
import ipaddr from 'ipaddr.js';
import { prefix } from '../../controller/annotations.js';
import type { Service } from '../../kube/types.js';
import type { Facts, Finding } from './facts.js';
import { refusalFindings } from './refusals.js';
import { annotate, patch } from './remedy.js';

const portFindings = ({ observed, dns }: Facts): Finding[] =>
  (observed?.listeners ?? []).flatMap((listener) => {
    const troubled = listener.bound.find(({ problem }) => problem !== undefined);
    if (!troubled) return [];
    const elsewhere = troubled.port !== 0;
    const privileged = /EACCES|privileg|permission/i.test(troubled.problem ?? '');
    return [{
      level: elsewhere && dns?.proxied ? 'ok' as const : 'warning' as const,
      what: elsewhere ? `port ${listener.port} is served on port ${troubled.port} instead` : `port ${listener.port} is not open`,
      why: privileged ? `Ports under 1024 need privileges that nlbox does not have: ${troubled.problem}` : (troubled.problem ?? ''),
      next: elsewhere
        ? `HTTP through the forward proxy keeps port ${listener.port}: \`eval "$(npx nlbox env)"\`. Or connect to ${troubled.address}:${troubled.port}, or allow it once: \`sudo sysctl net.ipv4.ip_unprivileged_port_start=0\`.`
        : 'End the process that holds the port, or choose another listener port.',
    }];
  });

const nameFindings = ({ dns, loadBalancer }: Facts): Finding[] => {
  if (!dns || dns.addresses.length > 0 || loadBalancer?.State?.Code === 'provisioning') return [];
  const { host, mode, proxied } = dns;
  if (mode === 'proxy' && proxied) return [];
  const next = mode === 'proxy'
    ? '`eval "$(npx nlbox env)"` sets http_proxy, through which curl reaches it. For other protocols let nlbox write the hosts file (`sudo -E npx nlbox up`), or use its DNS responder (`npx nlbox up --dns-port`).'
    : 'See the lines about names in `npx nlbox status`: the hosts file should have an entry for it.';
  return [{ level: 'warning', what: `the name ${host} does not resolve on this machine`, why: mode === 'proxy' ? 'The hosts file could not be written, so only the forward proxy knows the name, and this shell does not use it.' : 'The resolver of this machine does not know it.', next }];
};

/** The ranges that the Service asks for; empty: everybody. */
export const rangesOf = ({ spec, metadata }: Service): string[] => {
  const own = (spec.loadBalancerSourceRanges ?? []).map((range: string | null) => range?.trim() ?? '').filter(Boolean);
  if (own.length > 0) return own;
  return (metadata.annotations?.[`${prefix}load-balancer-source-ranges`] ?? '').split(',').map((range) => range.trim()).filter(Boolean);
};

const covers = (range: string, address: string): boolean => {
  if (!ipaddr.isValidCIDR(range) || !ipaddr.isValid(address)) return false;
  const [base, bits] = ipaddr.parseCIDR(range);
  const one = ipaddr.process(address);
  return one.kind() === base.kind() && one.match([base, bits] as never);
};

/** Where the ranges stand, with one more. */
const widened = (service: Service, ranges: readonly string[]): string =>
  (service.spec.loadBalancerSourceRanges ?? []).some((range: string | null) => range?.trim())
    ? patch(service, { spec: { loadBalancerSourceRanges: ranges } })
    : annotate(service, { [`${prefix}load-balancer-source-ranges`]: ranges.join(',') });

const rangeFindings = ({ service, caller }: Facts): Finding[] => {
  const ranges = service ? rangesOf(service) : [];
  const wrong = ranges.filter((range) => !ipaddr.isValidCIDR(range) && !range.includes('$'));
  const invalid: Finding[] = wrong.map((range) => ({ level: 'error', what: `the source range "${range}" is no CIDR`, why: 'Source ranges are written as address/length.', next: `Write for example "${ipaddr.isValid(range) ? `${range}/32` : '203.0.113.0/24'}".` }));
  // Who may come is known only when all that is written can be read.
  if (!service || ranges.length === 0 || ranges.some((range) => covers(range, caller) || !ipaddr.isValidCIDR(range))) return invalid;
  return [{ level: 'error', what: `your address ${caller} is not in the source ranges`, why: `The Service admits ${ranges.join(', ')} only; the load balancer drops connections from elsewhere without an answer, so they time out.`, next: `Add ${caller}/32 (or a wider range): ${widened(service, [...ranges, `${caller}/32`])}.` }];
};

/** Why a healthy load balancer might still not be reached from here. */
export const diagnoseReach = (facts: Facts): Finding[] => [...portFindings(facts), ...nameFindings(facts), ...rangeFindings(facts), ...refusalFindings(facts)];
