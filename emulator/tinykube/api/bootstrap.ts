// What every cluster has before anybody writes: four namespaces and the Service of the API server itself.
import type { Api, NewObject, ResourceKey } from '../types.js';
import { nthAddress } from './rules/addresses.js';

const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

const kubernetesService = (serviceCidr: string): NewObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
  spec: {
    clusterIP: nthAddress(serviceCidr, 1),
    type: 'ClusterIP',
    sessionAffinity: 'None',
    ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 443 }],
  },
});

const ensure = (api: Api, resource: ResourceKey, object: NewObject): void => {
  if (!api.get(resource, object.metadata.namespace, object.metadata.name ?? '')) api.create(resource, object);
};

/** Creates what is missing; a cluster that was stored keeps what it has. The API server's own Service comes back when it is deleted. */
export const bootstrap = (api: Api, serviceCidr: string): void => {
  for (const name of namespaces) ensure(api, 'namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const own = kubernetesService(serviceCidr);
  ensure(api, 'services', own);
  api.watch('services', ({ type, object: { metadata } }) => {
    if (type === 'DELETED' && metadata.namespace === own.metadata.namespace && metadata.name === own.metadata.name) ensure(api, 'services', own);
  });
};
