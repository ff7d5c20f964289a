// The kubeconfig text that points kubectl at this server.
import { stringify } from 'yaml';

/** `ca` is the PEM text of the authority; `name` names cluster, user and context. */
export const kubeconfig = ({ server, ca, token, name }: { server: string; ca: string; token: string; name: string }): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
