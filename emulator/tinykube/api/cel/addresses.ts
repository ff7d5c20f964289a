// Kubernetes' IP addresses and CIDRs in CEL.
import type { Environment } from '@marcbachmann/cel-js';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

class Ip {
  readonly address: Address;

  constructor(address: Address) {
    this.address = address;
  }
}

class Cidr {
  readonly address: Address;
  readonly length: number;

  constructor(address: Address, length: number) {
    this.address = address;
    this.length = length;
  }
}

const isIp = (text: string): boolean => ipaddr.IPv4.isValidFourPartDecimal(text) || (text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text));
const isCidr = (text: string): boolean => ipaddr.isValidCIDR(text) && isIp(text.split('/')[0] ?? '');

const ip = (text: string): Ip => {
  if (!isIp(text)) throw new Error(`IP Address "${text}" parse error during conversion from string`);
  return new Ip(ipaddr.parse(text));
};

const cidr = (text: string): Cidr => {
  if (!isCidr(text)) throw new Error(`network address parse error during conversion from string: ${JSON.stringify(text)}`);
  return new Cidr(...ipaddr.parseCIDR(text));
};

const shown = (address: Address): string => (address.kind() === 'ipv6' ? (address as ipaddr.IPv6).toRFC5952String() : address.toString());

const contains = (net: Cidr, address: Address): boolean => address.kind() === net.address.kind() && address.match([net.address, net.length] as never);

const masked = ({ address, length }: Cidr): Cidr => {
  const kind = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return new Cidr(kind.networkAddressFromCIDR(`${shown(address)}/${length}`), length);
};

const family = ({ address }: Ip | Cidr): bigint => (address.kind() === 'ipv4' ? 4n : 6n);

const ranges: Readonly<Record<string, readonly string[]>> = { isUnspecified: ['unspecified'], isLoopback: ['loopback'], isLinkLocalUnicast: ['linkLocal'] };

const isGlobalUnicast = ({ address }: Ip): boolean => !['unspecified', 'loopback', 'linkLocal', 'multicast', 'broadcast'].includes(address.range());

const isLinkLocalMulticast = ({ address }: Ip): boolean => /^(224\.0\.0\.|ff02:)/.test(shown(address));

const addIps = (environment: Environment): void => {
  environment.registerType('net.IP', { ctor: Ip, fields: {} });
  environment.registerFunction('isIP(string): bool', isIp);
  environment.registerFunction('ip(string): net.IP', ip);
  environment.registerFunction('string(net.IP): string', ({ address }: Ip) => shown(address));
  environment.registerFunction('net.IP.family(): int', family);
  for (const [name, kinds] of Object.entries(ranges)) environment.registerFunction(`net.IP.${name}(): bool`, ({ address }: Ip) => kinds.includes(address.range()));
  environment.registerFunction('net.IP.isGlobalUnicast(): bool', isGlobalUnicast);
  environment.registerFunction('net.IP.isLinkLocalMulticast(): bool', isLinkLocalMulticast);
  environment.registerOperator('net.IP == net.IP', (one: Ip, other: Ip) => shown(one.address) === shown(other.address));
};

/** ip, isIP, cidr, isCIDR and what can be asked of them. */
export const addAddresses = (environment: Environment): void => {
  addIps(environment);
  environment.registerType('net.CIDR', { ctor: Cidr, fields: {} });
  environment.registerFunction('isCIDR(string): bool', isCidr);
  environment.registerFunction('cidr(string): net.CIDR', cidr);
  environment.registerFunction('string(net.CIDR): string', ({ address, length }: Cidr) => `${shown(address)}/${length}`);
  environment.registerFunction('net.CIDR.ip(): net.IP', ({ address }: Cidr) => new Ip(address));
  environment.registerFunction('net.CIDR.prefixLength(): int', ({ length }: Cidr) => BigInt(length));
  environment.registerFunction('net.CIDR.masked(): net.CIDR', masked);
  environment.registerFunction('net.CIDR.containsIP(net.IP): bool', (net: Cidr, { address }: Ip) => contains(net, address));
  environment.registerFunction('net.CIDR.containsIP(string): bool', (net: Cidr, text: string) => contains(net, ip(text).address));
  environment.registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', (net: Cidr, inner: Cidr) => inner.length >= net.length && contains(net, inner.address));
  environment.registerFunction('net.CIDR.containsCIDR(string): bool', (net: Cidr, text: string) => cidr(text).length >= net.length && contains(net, cidr(text).address));
};
