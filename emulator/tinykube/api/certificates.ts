// A certificate authority of our own and a server certificate for this machine.

export type Certificates = { ca: string; key: string; cert: string };

// Loaded only when certificates are made: a restart with stored ones must not pay for it.
// selfsigned's own default digest is SHA-1, which OpenSSL 3 refuses.
const common = { algorithm: 'sha256', keyType: 'ec', curve: 'P-256' } as const;
const day = 24 * 60 * 60 * 1000;

/** PEM texts. `now` in milliseconds: a day's slack for clocks, ten years of life. */
export const createCertificates = async (now: number, hosts: { names?: string[]; addresses?: string[] } = {}): Promise<Certificates> => {
  const { generate } = await import('selfsigned');
  const life = { notBeforeDate: new Date(now - day), notAfterDate: new Date(now + 3650 * day) };
  const ca = await generate([{ name: 'commonName', value: 'nlbox-kubernetes-ca' }], {
    ...common,
    ...life,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', ...(hosts.names ?? [])];
  const addresses = ['127.0.0.1', ...(hosts.addresses ?? [])];
  const leaf = await generate([{ name: 'commonName', value: 'kube-apiserver' }], {
    ...common,
    ...life,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [...names.map((value) => ({ type: 2 as const, value })), ...addresses.map((ip) => ({ type: 7 as const, ip }))] },
    ],
  });
  return { ca: ca.cert, key: leaf.private, cert: leaf.cert };
};
