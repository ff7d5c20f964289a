// Where the load balancers of a running nlbox listen, by their AWS names.
import http from 'node:http';

type Info = { loadBalancers: { DNSName: string; front?: string; zones?: { zone: string; address: string }[] }[] };

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

/** The address of a name, or of a name with a zone in front of it; undefined when nlbox has no such load balancer. */
export const addressOf = async (endpoint: string, host: string): Promise<string | undefined> => {
  const name = host.toLowerCase().replace(/\.$/, '');
  for (const { DNSName, front, zones = [] } of (await infoOf(endpoint)).loadBalancers) {
    const own = DNSName.toLowerCase();
    if (name === own) return front;
    const zonal = zones.find(({ zone }) => name === `${zone}.${own}`);
    if (zonal) return zonal.address;
  }
  return undefined;
};
