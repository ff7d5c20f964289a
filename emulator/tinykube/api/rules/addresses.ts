// Cluster addresses and node ports: chosen from what no stored Service holds, so that nothing needs to be given back.
import { randomInt } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { serviceOctets } from '../../kubelet/addresses.js';
import { invalidValue, type Cause } from '../../status.js';
import { fields, items, text, type Fields } from '../json.js';
import type { RuleContext } from './rule.js';
import { needsHealthPort, needsNodePorts } from './servicetype.js';

const firstNodePort = 30000;
const lastNodePort = 32767;

const toNumber = (address: string): number => ipaddr.IPv4.parse(address).toByteArray().reduce((sum, byte) => sum * 256 + byte, 0);
const toAddress = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

const range = (cidr: string): { first: number; size: number } => {
  const [address, bits] = ipaddr.IPv4.parseCIDR(cidr);
  const size = 2 ** (32 - bits);
  return { first: Math.floor(toNumber(address.toString()) / size) * size, size };
};

/** The n-th address of the service range: 1 is `kubernetes`, 10 is kept for the cluster's DNS. */
export const nthAddress = (cidr: string, n: number): string => toAddress(range(cidr).first + n);

type Used = (value: string) => boolean;

/** Whether a Service other than `self` holds the value. */
const heldByOthers = ({ store }: RuleContext, self: Fields, lookup: 'clusterIP' | 'nodePort'): Used => {
  const { uid } = fields(self.metadata);
  return (value) => store.by('services', lookup, value).some((service) => service.metadata.uid !== uid);
};

const freeAddress = (cidr: string, used: Used): string | undefined => {
  const { first, size: whole } = range(cidr);
  const size = Math.min(whole, serviceOctets * 256);
  const start = randomInt(size);
  for (let step = 0; step < size; step += 1) {
    const offset = (start + step) % size;
    const address = toAddress(first + offset);
    if (offset > 10 && offset < size - 1 && !used(address)) return address;
  }
  return undefined;
};

const allocateAddress = (draft: Fields, service: Fields, context: RuleContext): Cause[] => {
  const used = heldByOthers(context, service, 'clusterIP');
  const wanted = text(draft.clusterIP);
  if (wanted === '') draft.clusterIP = freeAddress(context.serviceCidr, used);
  draft.clusterIPs ??= [draft.clusterIP];
  if (draft.clusterIP === undefined) return [invalidValue('spec.clusterIPs', [], 'failed to allocate IP: range is full')];
  if (wanted === '' || wanted === 'None') return [];
  const inRange = ipaddr.IPv4.isValid(wanted) && ipaddr.IPv4.parse(wanted).match(ipaddr.IPv4.parseCIDR(context.serviceCidr));
  if (!inRange) {
    return [invalidValue('spec.clusterIPs', [wanted], `failed to allocate IP ${wanted}: the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${context.serviceCidr}`)];
  }
  return used(wanted) ? [invalidValue('spec.clusterIPs', [wanted], `failed to allocate IP ${wanted}: provided IP is already allocated`)] : [];
};

type Ports = { used: Used; take(port: string): void };

/** What others hold, and what this Service has just taken. */
const portsOf = (held: Used): Ports => {
  const mine = new Set<string>();
  return { used: (port) => mine.has(port) || held(port), take: (port) => void mine.add(port) };
};

const freePort = (protocol: string, { used }: Ports): number | undefined => {
  const size = lastNodePort - firstNodePort + 1;
  const start = randomInt(size);
  for (let step = 0; step < size; step += 1) {
    const port = firstNodePort + ((start + step) % size);
    if (!used(`${port}/${protocol}`)) return port;
  }
  return undefined;
};

const reserve = (holder: Fields, key: string, protocol: string, at: string, ports: Ports): Cause[] => {
  const wanted = holder[key];
  if (wanted === undefined) {
    holder[key] = freePort(protocol, ports);
  } else if (typeof wanted !== 'number' || wanted < firstNodePort || wanted > lastNodePort) {
    return [invalidValue(at, wanted, `provided port is not in the valid range. The range of valid ports is ${firstNodePort}-${lastNodePort}`)];
  } else if (ports.used(`${wanted}/${protocol}`)) {
    return [invalidValue(at, wanted, 'provided port is already allocated')];
  }
  ports.take(`${String(holder[key])}/${protocol}`);
  return [];
};

/** Fills cluster address and node ports, or says why the wanted ones cannot be had. */
export const allocateService = (service: Fields, old: Fields | undefined, context: RuleContext): Cause[] => {
  const draft = fields(service.spec);
  const causes: Cause[] = [];
  if (draft.type !== 'ExternalName') {
    if (old === undefined || fields(old.spec).clusterIP === undefined) causes.push(...allocateAddress(draft, service, context));
    draft.ipFamilies ??= ['IPv4'];
    draft.ipFamilyPolicy ??= 'SingleStack';
  }
  const ports = portsOf(heldByOthers(context, service, 'nodePort'));
  items(draft.ports).forEach((port, index) => {
    if (!needsNodePorts(service) && port.nodePort === undefined) return;
    causes.push(...reserve(port, 'nodePort', text(port.protocol), `spec.ports[${index}].nodePort`, ports));
  });
  if (needsHealthPort(service)) causes.push(...reserve(draft, 'healthCheckNodePort', 'TCP', 'spec.healthCheckNodePort', ports));
  return causes;
};
