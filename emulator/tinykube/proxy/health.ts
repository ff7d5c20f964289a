// The health check node port of a Service with policy Local: does this node have pods of it?
import http from 'node:http';

export type LocalHealth = { namespace: string; name: string; localEndpoints: number };

/** The answer of kube-proxy's service health server. */
export const healthAnswer = ({ namespace, name, localEndpoints }: LocalHealth): { status: number; body: string } => ({
  status: localEndpoints > 0 ? 200 : 503,
  body: JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }, undefined, '\t'),
});

/** A server that says how many pods of the Service the node has at the moment of asking. */
export const healthServer = (current: () => LocalHealth): http.Server =>
  http.createServer({ connectionsCheckingInterval: 2 ** 31 - 1, keepAliveTimeout: 1 }, (request, response) => {
    request.resume();
    const health = current();
    const { status, body } = healthAnswer(health);
    response.writeHead(status, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', 'x-load-balancing-endpoint-weight': String(health.localEndpoints), connection: 'close' });
    response.end(body);
  });
