// Which kinds of objects a namespace can hold: what its end and the garbage collector have to look through.
import type { Api, KubeObject, ResourceKey } from '../types.js';

const builtIn: readonly ResourceKey[] = [
  'deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'replicasets.apps', 'controllerrevisions.apps',
  'jobs.batch', 'cronjobs.batch', 'replicationcontrollers', 'pods', 'podtemplates',
  'ingresses.networking.k8s.io', 'networkpolicies.networking.k8s.io', 'services', 'endpoints', 'endpointslices.discovery.k8s.io',
  'horizontalpodautoscalers.autoscaling', 'poddisruptionbudgets.policy', 'persistentvolumeclaims', 'resourcequotas', 'limitranges',
  'roles.rbac.authorization.k8s.io', 'rolebindings.rbac.authorization.k8s.io', 'leases.coordination.k8s.io',
  'configmaps', 'secrets', 'serviceaccounts', 'events',
];

type Definition = KubeObject & { spec?: { group?: string; scope?: string; names?: { plural?: string } } };

/** Lists a resource, or nothing where this API server does not serve it. */
export const listIfServed = (api: Api, resource: ResourceKey, namespace?: string): KubeObject[] => {
  try {
    return api.list(resource, namespace);
  } catch {
    return [];
  }
};

/** The namespaced resources that are served now, custom ones among them. */
export const namespacedResources = (api: Api): ResourceKey[] => {
  const definitions = listIfServed(api, 'customresourcedefinitions.apiextensions.k8s.io') as Definition[];
  const custom = definitions.filter(({ spec }) => spec?.scope === 'Namespaced').map(({ metadata }) => metadata.name);
  return [...builtIn, ...custom];
};
