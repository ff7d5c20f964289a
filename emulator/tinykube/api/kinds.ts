// The built-in kinds as one table: discovery facts that everything else is derived from.
import type { ResourceKey } from '../types.js';
import type { RuleSet } from './crd/rules/compile.js';

export type Subresource = { name: string; kind: { group: string; version: string; kind: string }; verbs: readonly string[] };

/** One resource of one group-version. Kinds with the same `key` share their storage. */
export type Kind = {
  key: ResourceKey;
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  listKind: string;
  short: readonly string[];
  namespaced: boolean;
  categories: readonly string[];
  verbs: readonly string[];
  subresources: readonly Subresource[];
  /** Whether metadata.generation counts changes of the spec. */
  generation: boolean;
  /** Name of the type in client-node that has its fields; undefined for custom resources. */
  model: string | undefined;
  /** Another version's view of objects that are stored as the first kind with the same key. */
  view?: true;
  /** Set for custom resources: the version's entry in the CRD. */
  custom?: Record<string, unknown>;
  /** The CEL rules of its schema, read when first asked for; undefined when it has none. */
  rules?(): RuleSet | undefined;
};

export const resourceKey = (group: string, plural: string): ResourceKey => (group === '' ? plural : `${plural}.${group}`);
export const apiVersion = (kind: { group: string; version: string }): string =>
  kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;

const every = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const changing = ['get', 'patch', 'update'];

type Row = {
  short?: string[];
  cluster?: true;
  all?: true;
  extension?: true;
  generation?: true;
  status?: true;
  scale?: true;
  sub?: string[];
  verbs?: string[];
  model?: string;
  singular?: string;
  view?: true;
};

const special: Record<string, Omit<Subresource, 'name'>> = {
  status: { kind: { group: '', version: '', kind: '' }, verbs: changing },
  scale: { kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: changing },
  log: { kind: { group: '', version: 'v1', kind: 'Pod' }, verbs: ['get'] },
  exec: { kind: { group: '', version: 'v1', kind: 'PodExecOptions' }, verbs: ['create', 'get'] },
  attach: { kind: { group: '', version: 'v1', kind: 'PodAttachOptions' }, verbs: ['create', 'get'] },
  portforward: { kind: { group: '', version: 'v1', kind: 'PodPortForwardOptions' }, verbs: ['create', 'get'] },
  eviction: { kind: { group: 'policy', version: 'v1', kind: 'Eviction' }, verbs: ['create'] },
  binding: { kind: { group: '', version: 'v1', kind: 'Binding' }, verbs: ['create'] },
  token: { kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }, verbs: ['create'] },
  finalize: { kind: { group: '', version: 'v1', kind: 'Namespace' }, verbs: ['update'] },
};

const subresource = (group: string, version: string, kind: string, name: string): Subresource => {
  const known = special[name];
  if (!known || known.kind.kind === '') return { name, kind: { group, version, kind }, verbs: changing };
  return { name, ...known };
};

const subresources = (group: string, version: string, kind: string, row: Row): Subresource[] =>
  [...(row.status ? ['status'] : []), ...(row.scale ? ['scale'] : []), ...(row.sub ?? [])].map((name) =>
    subresource(group, version, kind, name),
  );

const define = (group: string, version: string, kind: string, plural: string, row: Row = {}): Kind => ({
  key: resourceKey(group === 'events.k8s.io' ? '' : group, plural),
  group,
  version,
  kind,
  plural,
  singular: row.singular ?? kind.toLowerCase(),
  listKind: `${kind}List`,
  short: row.short ?? [],
  namespaced: row.cluster !== true,
  categories: row.all ? ['all'] : row.extension ? ['api-extensions'] : [],
  verbs: row.verbs ?? every,
  subresources: subresources(group, version, kind, row),
  generation: row.generation ?? false,
  ...(row.view ? { view: row.view } : {}),
  model: row.model ?? `${version.charAt(0).toUpperCase()}${version.slice(1)}${kind}`,
});

const create = ['create'];
const noCollection = every.filter((verb) => verb !== 'deletecollection');

// In the order in which discovery lists them.
const builtin: readonly Parameters<typeof define>[] = [
  ['', 'v1', 'Binding', 'bindings', { verbs: create }],
  ['', 'v1', 'ComponentStatus', 'componentstatuses', { short: ['cs'], cluster: true, verbs: ['get', 'list'] }],
  ['', 'v1', 'ConfigMap', 'configmaps', { short: ['cm'] }],
  ['', 'v1', 'Endpoints', 'endpoints', { short: ['ep'] }],
  ['', 'v1', 'Event', 'events', { short: ['ev'], model: 'CoreV1Event' }],
  ['', 'v1', 'LimitRange', 'limitranges', { short: ['limits'] }],
  ['', 'v1', 'Namespace', 'namespaces', { short: ['ns'], cluster: true, verbs: noCollection, status: true, sub: ['finalize'] }],
  ['', 'v1', 'Node', 'nodes', { short: ['no'], cluster: true, status: true }],
  ['', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', { short: ['pvc'], status: true }],
  ['', 'v1', 'PersistentVolume', 'persistentvolumes', { short: ['pv'], cluster: true, status: true }],
  ['', 'v1', 'Pod', 'pods', {
    short: ['po'],
    all: true,
    generation: true,
    status: true,
    sub: ['attach', 'binding', 'ephemeralcontainers', 'eviction', 'exec', 'log', 'portforward', 'resize'],
  }],
  ['', 'v1', 'PodTemplate', 'podtemplates'],
  ['', 'v1', 'ReplicationController', 'replicationcontrollers', { short: ['rc'], all: true, generation: true, status: true, scale: true }],
  ['', 'v1', 'ResourceQuota', 'resourcequotas', { short: ['quota'], status: true }],
  ['', 'v1', 'Secret', 'secrets'],
  ['', 'v1', 'ServiceAccount', 'serviceaccounts', { short: ['sa'], sub: ['token'] }],
  ['', 'v1', 'Service', 'services', { short: ['svc'], all: true, status: true }],
  ['apps', 'v1', 'ControllerRevision', 'controllerrevisions'],
  ['apps', 'v1', 'DaemonSet', 'daemonsets', { short: ['ds'], all: true, generation: true, status: true }],
  ['apps', 'v1', 'Deployment', 'deployments', { short: ['deploy'], all: true, generation: true, status: true, scale: true }],
  ['apps', 'v1', 'ReplicaSet', 'replicasets', { short: ['rs'], all: true, generation: true, status: true, scale: true }],
  ['apps', 'v1', 'StatefulSet', 'statefulsets', { short: ['sts'], all: true, generation: true, status: true, scale: true }],
  ['events.k8s.io', 'v1', 'Event', 'events', { short: ['ev'], model: 'EventsV1Event', view: true }],
  ['authentication.k8s.io', 'v1', 'SelfSubjectReview', 'selfsubjectreviews', { cluster: true, verbs: create }],
  ['authentication.k8s.io', 'v1', 'TokenReview', 'tokenreviews', { cluster: true, verbs: create }],
  ['authorization.k8s.io', 'v1', 'LocalSubjectAccessReview', 'localsubjectaccessreviews', { verbs: create }],
  ['authorization.k8s.io', 'v1', 'SelfSubjectAccessReview', 'selfsubjectaccessreviews', { cluster: true, verbs: create }],
  ['authorization.k8s.io', 'v1', 'SelfSubjectRulesReview', 'selfsubjectrulesreviews', { cluster: true, verbs: create }],
  ['authorization.k8s.io', 'v1', 'SubjectAccessReview', 'subjectaccessreviews', { cluster: true, verbs: create }],
  ['autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', { short: ['hpa'], all: true, status: true }],
  ['autoscaling', 'v1', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', { short: ['hpa'], all: true, status: true, view: true }],
  ['batch', 'v1', 'CronJob', 'cronjobs', { short: ['cj'], all: true, generation: true, status: true }],
  ['batch', 'v1', 'Job', 'jobs', { all: true, generation: true, status: true }],
  ['networking.k8s.io', 'v1', 'IngressClass', 'ingressclasses', { cluster: true, generation: true }],
  ['networking.k8s.io', 'v1', 'Ingress', 'ingresses', { short: ['ing'], generation: true, status: true }],
  ['networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies', { short: ['netpol'], generation: true }],
  ['policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets', { short: ['pdb'], generation: true, status: true }],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRoleBinding', 'clusterrolebindings', { cluster: true }],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRole', 'clusterroles', { cluster: true }],
  ['rbac.authorization.k8s.io', 'v1', 'RoleBinding', 'rolebindings'],
  ['rbac.authorization.k8s.io', 'v1', 'Role', 'roles'],
  ['node.k8s.io', 'v1', 'RuntimeClass', 'runtimeclasses', { cluster: true }],
  ['storage.k8s.io', 'v1', 'CSIDriver', 'csidrivers', { cluster: true }],
  ['storage.k8s.io', 'v1', 'CSINode', 'csinodes', { cluster: true }],
  ['storage.k8s.io', 'v1', 'VolumeAttachment', 'volumeattachments', { cluster: true, status: true }],
  ['storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', { short: ['sc'], cluster: true }],
  ['admissionregistration.k8s.io', 'v1', 'MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', { cluster: true, extension: true, generation: true }],
  ['admissionregistration.k8s.io', 'v1', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', { cluster: true, extension: true, generation: true }],
  ['apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', 'customresourcedefinitions', { short: ['crd', 'crds'], cluster: true, extension: true, generation: true, status: true }],
  ['scheduling.k8s.io', 'v1', 'PriorityClass', 'priorityclasses', { short: ['pc'], cluster: true, generation: true }],
  ['coordination.k8s.io', 'v1', 'Lease', 'leases'],
  ['discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices', { generation: true }],
];

/** Every built-in kind. */
export const builtinKinds = (): Kind[] => builtin.map((row) => define(...row));
