// A certificate authority of our own and a server certificate for this machine.
import { certify } from './x509.js';

export type Certificates = { ca: string; key: string; cert: string };

const day = 24 * 60 * 60 * 1000;

/** PEM texts. `now` in milliseconds: a day's slack for clocks, ten years of life. */
export const createCertificates = (now: number, hosts: { names?: string[]; addresses?: string[] } = {}): Certificates => {
  const life = { from: now - day, until: now + 3650 * day };
  const authority = certify({ commonName: 'nlbox-kubernetes-ca', authority: true, ...life });
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', ...(hosts.names ?? [])];
  const addresses = ['127.0.0.1', ...(hosts.addresses ?? [])];
  const { cert, key } = certify({ commonName: 'kube-apiserver', names, addresses, ...life }, authority.issuer);
  return { ca: authority.cert, key, cert };
};
