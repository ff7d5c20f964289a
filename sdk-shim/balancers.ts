// Where the load balancers of a running nlbox listen, by their AWS names.
import http from 'node:http';

type Bound = { address: string; wanted: number; port: number; transport?: string };
type Info = { loadBalancers: { DNSName: string; front?: string; zones?: { zone: string; address: string }[]; listeners?: { bound: Bound[] }[] }[] };

export type Place = { address: string; port: number };

const awsName = /\.elb\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\.?$/i;

/** Whether a host name can be that of a network load balancer. */
export const isBalancerName = (host: string): boolean => awsName.test(host);

const infoOf = (endpoint: string): Promise<Info> =>
  new Promise((resolve, reject) => {
    // A connection that is kept would keep a program from ending.
    const request = http.get(new URL('/_nlb/info', endpoint), { agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject).once('end', () => resolve(JSON.parse(text) as Info));
    });
    request.once('error', reject);
  });

/** Where a port of a name is, or of a name with a zone in front of it; undefined when nlbox has no such load balancer. */
export const placeOf = async (endpoint: string, host: string, port: number): Promise<Place | undefined> => {
  const name = host.toLowerCase().replace(/\.$/, '');
  for (const { DNSName, front, zones = [], listeners = [] } of (await infoOf(endpoint)).loadBalancers) {
    const own = DNSName.toLowerCase();
    const address = name === own ? front : zones.find(({ zone }) => name === `${zone}.${own}`)?.address;
    if (address === undefined) continue;
    // A listener whose port needs privileges, or is taken, listens on a free one.
    const bound = listeners.flatMap((one) => one.bound).find((one) => one.address === address && one.wanted === port && one.transport !== 'udp');
    return { address, port: bound?.port || port };
  }
  return undefined;
};
