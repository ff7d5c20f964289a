// How the fields of a kind can be owned: one by one, per list item, or only as a whole.
import { schemaOf } from '../crd/objects.js';
import { fields, isFields, strings, text, type Fields } from '../json.js';
import type { Kind } from '../kinds.js';
import type { Models, Type } from '../models.js';

export type Shape =
  | { of: 'atomic' }
  | { of: 'set' }
  | { of: 'list'; keys: readonly string[]; item: () => Shape }
  /** `open` ones exist by themselves, beside what is in them: labels, data, objects of custom resources. */
  | { of: 'fields'; open: boolean; child: (name: string) => Shape };

const atomic: Shape = { of: 'atomic' };

const named = 'containers initContainers ephemeralContainers volumes imagePullSecrets env resourceClaims schedulingGates webhooks matchConditions secrets'.split(' ');

// Unlike in strategic merge, ports are told apart by protocol too.
const listKeys: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(named.map((field) => [field, ['name']])),
  'V1Container.ports': ['containerPort', 'protocol'],
  'V1EphemeralContainer.ports': ['containerPort', 'protocol'],
  'V1ServiceSpec.ports': ['port', 'protocol'],
  'V1NodeStatus.addresses': ['type'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  ownerReferences: ['uid'],
  conditions: ['type'],
  podIPs: ['ip'],
  hostIPs: ['ip'],
};
const sets = new Set(['V1ObjectMeta.finalizers', 'V1NodeSpec.podCIDRs']);
const wholeMaps = new Set(['V1PodSpec.nodeSelector', 'V1ServiceSpec.selector']);
const wholeModels = new Set(
  'LabelSelector ConfigMapKeySelector SecretKeySelector ObjectFieldSelector ResourceFieldSelector LocalObjectReference NodeSelector NodeSelectorTerm RoleRef ObjectReference TypedLocalObjectReference'.split(' ').map((name) => `V1${name}`),
);

const typeShape = (models: Models, type: Type, owner: string, field: string): Shape => {
  const place = `${owner}.${field}`;
  if (type.of === 'list') {
    if (sets.has(place)) return { of: 'set' };
    const keys = listKeys[place] ?? listKeys[field];
    return keys === undefined || type.item.of !== 'model' ? atomic : { of: 'list', keys, item: () => typeShape(models, type.item, owner, '') };
  }
  if (type.of === 'map') return wholeMaps.has(place) ? atomic : { of: 'fields', open: true, child: () => typeShape(models, type.item, place, '') };
  return type.of === 'model' && !wholeModels.has(type.name) ? modelShape(models, type.name) : atomic;
};

const modelShape = (models: Models, name: string): Shape => {
  const model = models(name);
  if (!model) return atomic;
  return {
    of: 'fields',
    open: false,
    child: (field) => {
      const known = model.fields.get(field);
      return known ? typeShape(models, known.type, name, field) : atomic;
    },
  };
};

const schemaShape = (schema: Fields): Shape => {
  if (schema.type === 'array') {
    if (schema['x-kubernetes-list-type'] === 'set') return { of: 'set' };
    if (schema['x-kubernetes-list-type'] !== 'map') return atomic;
    return { of: 'list', keys: strings(schema['x-kubernetes-list-map-keys']), item: () => schemaShape(fields(schema.items)) };
  }
  const whole = schema['x-kubernetes-map-type'] === 'atomic';
  if (whole || (text(schema.type) !== 'object' && schema.properties === undefined)) return atomic;
  const properties = fields(schema.properties);
  const other = isFields(schema.additionalProperties) ? schema.additionalProperties : {};
  return { of: 'fields', open: true, child: (name) => schemaShape(fields(properties[name] ?? other)) };
};

/** The shape of whole objects of this kind. */
export const shapeOf = (models: Models, kind: Kind): Shape => {
  if (!kind.custom) return modelShape(models, kind.model ?? '');
  const own = schemaShape({ type: 'object', ...schemaOf(kind) });
  return {
    of: 'fields',
    open: false,
    child: (name) => (name === 'metadata' ? modelShape(models, 'V1ObjectMeta') : own.of === 'fields' ? own.child(name) : atomic),
  };
};
