// The TargetGroupBinding resource definition, in our own words, with the fields, columns and names of the controller's API.

const text = { type: 'string' };
const oneOf = (...values: string[]) => ({ type: 'string', enum: values });
const intOrString = { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] };
const list = (items: object) => ({ type: 'array', items });
const struct = (properties: Record<string, object>, required: string[] = []) => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
});

const peer = struct({
  ipBlock: struct({ cidr: text }, ['cidr']),
  securityGroup: struct({ groupID: text }, ['groupID']),
});
const networkingPort = struct({ protocol: oneOf('TCP', 'UDP'), port: intOrString });
const networking = struct({ ingress: list(struct({ from: list(peer), ports: list(networkingPort) }, ['from', 'ports'])) });

const labelSelector = struct({
  matchLabels: { type: 'object', additionalProperties: text },
  matchExpressions: list(struct({ key: text, operator: text, values: list(text) }, ['key', 'operator'])),
});

const spec = struct(
  {
    targetGroupARN: text,
    targetGroupName: text,
    targetType: oneOf('instance', 'ip'),
    targetGroupProtocol: oneOf('HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP', 'QUIC', 'TCP_QUIC'),
    ipAddressType: oneOf('ipv4', 'ipv6'),
    vpcID: text,
    serviceRef: struct({ name: text, port: intOrString }, ['name', 'port']),
    networking,
    nodeSelector: labelSelector,
    multiClusterTargetGroup: { type: 'boolean' },
    iamRoleArnToAssume: text,
    assumeRoleExternalId: text,
  },
  ['serviceRef'],
);

const condition = struct(
  {
    type: text,
    status: oneOf('True', 'False', 'Unknown'),
    reason: text,
    message: text,
    observedGeneration: { type: 'integer', format: 'int64' },
    lastTransitionTime: { type: 'string', format: 'date-time' },
  },
  ['type', 'status'],
);
const status = struct({ observedGeneration: { type: 'integer', format: 'int64' }, conditions: list(condition) });

const column = (name: string, jsonPath: string, priority?: number, type = 'string') => ({ name, type, jsonPath, ...(priority ? { priority } : {}) });

const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  subresources: { status: {} },
  additionalPrinterColumns: [
    column('SERVICE-NAME', '.spec.serviceRef.name'),
    column('SERVICE-PORT', '.spec.serviceRef.port'),
    column('TARGET-TYPE', '.spec.targetType'),
    column('ARN', '.spec.targetGroupARN', 1),
    column('NAME', '.spec.targetGroupName', 2),
    column('AGE', '.metadata.creationTimestamp', undefined, 'date'),
  ],
  schema: { openAPIV3Schema: struct({ apiVersion: text, kind: text, metadata: { type: 'object' }, spec, status }) },
});

export const targetGroupBindingDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'targetgroupbindings.elbv2.k8s.aws' },
  spec: {
    group: 'elbv2.k8s.aws',
    scope: 'Namespaced',
    names: { kind: 'TargetGroupBinding', listKind: 'TargetGroupBindingList', plural: 'targetgroupbindings', singular: 'targetgroupbinding' },
    versions: [version('v1beta1', true), version('v1alpha1', false)],
  },
};
