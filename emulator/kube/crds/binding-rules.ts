// Rules of a TargetGroupBinding for clusters whose API server does not reach the controller's webhooks: it checks them itself (Kubernetes 1.25 and newer).
// https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules

type Rule = { rule: string; message: string };

const has = (field: string): string => `(has(self.${field}) && self.${field} != '')`;
const are = (values: Record<string, string>): string => Object.entries(values).map(([field, value]) => `has(self.${field}) && self.${field} == '${value}'`).join(' && ');
const kept = (field: string): string => `has(self.${field}) && self.${field} == oldSelf.${field}`;

// What was left out may be set later: the controller completes a binding after it is stored here.
const immutable = (field: string): Rule => ({
  rule: `!has(oldSelf.${field}) || (${kept(field)})`,
  message: `TargetGroupBinding update may not change these immutable fields: spec.${field}`,
});

/** In the webhook's words; what has to be asked of AWS or of other bindings stays with the controller's passes. */
const rules: readonly Rule[] = [
  { rule: `${has('targetGroupARN')} || ${has('targetGroupName')}`, message: 'TargetGroupBinding must specify these fields: either TargetGroupARN or TargetGroupName' },
  { rule: `!(has(self.nodeSelector) && ${are({ targetType: 'ip' })})`, message: 'TargetGroupBinding cannot set NodeSelector when TargetType is ip' },
  { rule: `!(${has('iamRoleArnToAssume')} && ${are({ targetType: 'instance' })})`, message: 'Unable to use instance target type while using assume role' },
  ...['targetGroupARN', 'targetType', 'ipAddressType', 'vpcID'].map(immutable),
];

type Version = { name: string; schema: { openAPIV3Schema: { properties: Record<string, object> } } };
type Definition = { metadata: { name: string }; spec: { versions: readonly Version[] } };

/** The same definition, with the rules in each version of its schema. */
export const withBindingRules = <T extends Definition>(definition: T) => ({
  ...definition,
  spec: {
    ...definition.spec,
    versions: definition.spec.versions.map((version) => {
      const { openAPIV3Schema: schema } = version.schema;
      return { ...version, schema: { openAPIV3Schema: { ...schema, properties: { ...schema.properties, spec: { ...schema.properties['spec'], 'x-kubernetes-validations': rules } } } } };
    }),
  },
});
