// Where each kind lives in the API: group, version, plural.

export type Resource = { group: string; version: string; plural: string; kind: string; namespaced: boolean };

const resource = (group: string, plural: string, kind: string, namespaced = true, version = 'v1'): Resource => ({ group, version, plural, kind, namespaced });

export const services = resource('', 'services', 'Service');
export const pods = resource('', 'pods', 'Pod');
export const nodes = resource('', 'nodes', 'Node', false);
export const configMaps = resource('', 'configmaps', 'ConfigMap');
export const events = resource('', 'events', 'Event');
export const endpointSlices = resource('discovery.k8s.io', 'endpointslices', 'EndpointSlice');
export const targetGroupBindings = resource('elbv2.k8s.aws', 'targetgroupbindings', 'TargetGroupBinding', true, 'v1beta1');
export const mutatingWebhooks = resource('admissionregistration.k8s.io', 'mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', false);
export const validatingWebhooks = resource('admissionregistration.k8s.io', 'validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', false);
export const customResourceDefinitions = resource('apiextensions.k8s.io', 'customresourcedefinitions', 'CustomResourceDefinition', false);
export const leases = resource('coordination.k8s.io', 'leases', 'Lease');

/** `v1` or `group/version`. */
export const apiVersionOf = (of: Resource): string => (of.group ? `${of.group}/${of.version}` : of.version);

/** The path of a collection or, with a name, of one object. */
export const pathOf = (of: Resource, namespace?: string, name?: string, subresource?: string): string =>
  [
    of.group ? `/apis/${of.group}/${of.version}` : `/api/${of.version}`,
    ...(of.namespaced && namespace ? ['namespaces', encodeURIComponent(namespace)] : []),
    of.plural,
    ...(name ? [encodeURIComponent(name)] : []),
    ...(subresource ? [subresource] : []),
  ].join('/');
