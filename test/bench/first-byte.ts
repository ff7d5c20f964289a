// Whether a load balancer answers, asked as a user's curl would.
import http from 'node:http';

/** Asks through the forward proxy, as `curl` does with the variables of `nlbox env`. */
export const answers = (endpoint: string, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const proxy = new URL(endpoint);
    const request = http.get({ host: proxy.hostname, port: proxy.port, path: `http://${host}/`, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
