// The names of a run: the hosts file or the forward proxy, and the DNS responder beside them when one is asked for.
import { createNames, type Names, type NamesOptions } from './names.js';
import { pointingLines } from './pointing.js';

export type OpenNamesOptions = NamesOptions & {
  /** 0: no DNS responder. */
  dnsPort: number;
  region: string;
  platform?: NodeJS.Platform;
};

export type OpenNames = Omit<Names, 'close'> & { close(): Promise<void> };

export const openNames = async (options: OpenNamesOptions): Promise<OpenNames> => {
  const { dnsPort, region, platform = process.platform, log } = options;
  const names = createNames(options);
  if (dnsPort === 0) return { ...names, close: async () => names.close() };
  const { startDns } = await import('./dns.js');
  const dns = await startDns({ port: dnsPort, lookup: names.inDns, log }).catch((error: unknown) => {
    names.close();
    throw error;
  });
  return {
    ...names,
    report: () => [...names.report(), ...pointingLines(platform, { host: dns.host, port: dns.port, region })],
    close: async () => {
      names.close();
      await dns.close();
    },
  };
};
