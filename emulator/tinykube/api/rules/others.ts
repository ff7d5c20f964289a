// Rules of the kinds with only a few: namespaces, secrets, endpoints, ingresses, events and the like.
import { invalidValue, required, unsupported, type Cause } from '../../status.js';
import { at, child, defaults, equal, fields, items, text, type Fields } from '../json.js';
import type { Rule } from './rule.js';

export const namespaceRule: Rule = {
  defaults: (draft) => {
    const metadata = child(draft, 'metadata');
    metadata.labels = { ...fields(metadata.labels), 'kubernetes.io/metadata.name': metadata.name };
  },
  create: (draft) => {
    draft.spec = { finalizers: ['kubernetes'] };
    draft.status = { phase: 'Active' };
  },
};

const encodeStringData = (draft: Fields): void => {
  if (draft.stringData === undefined) return;
  const encoded = Object.entries(fields(draft.stringData)).map(([key, value]) => [key, Buffer.from(text(value)).toString('base64')]);
  draft.data = { ...fields(draft.data), ...Object.fromEntries(encoded) };
  delete draft.stringData;
};

const dataKey = /^[-._a-zA-Z0-9]+$/;
const keyComplaint = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

const checkData = (draft: Fields, old: Fields | undefined): Cause[] => {
  const causes = Object.keys(fields(draft.data)).filter((key) => !dataKey.test(key)).map((key) => invalidValue(`data[${key}]`, key, keyComplaint));
  if (old?.immutable === true && !equal(draft.data, old.data)) {
    causes.push({ reason: 'FieldValueForbidden', message: 'Forbidden: field is immutable when `immutable` is set', field: 'data' });
  }
  return causes;
};

export const configMapRule: Rule = { validate: checkData };

export const secretRule: Rule = {
  defaults: (draft) => {
    encodeStringData(draft);
    defaults(draft, { type: 'Opaque' });
  },
  validate: (draft, old) => [
    ...checkData(draft, old),
    ...(old && draft.type !== old.type ? [invalidValue('type', draft.type, 'field is immutable')] : []),
  ],
};

export const endpointsRule: Rule = {
  defaults: (draft) => {
    for (const subset of items(draft.subsets)) for (const port of items(subset.ports)) defaults(port, { protocol: 'TCP' });
  },
};

export const endpointSliceRule: Rule = {
  defaults: (draft) => {
    defaults(draft, { endpoints: [], ports: [] });
    for (const port of items(draft.ports)) defaults(port, { name: '', protocol: 'TCP' });
  },
  validate: (draft, old) => {
    const types = ['FQDN', 'IPv4', 'IPv6'];
    if (draft.addressType === undefined) return [required('addressType')];
    if (!types.includes(text(draft.addressType))) return [unsupported('addressType', draft.addressType, types)];
    return old && old.addressType !== draft.addressType ? [invalidValue('addressType', draft.addressType, 'field is immutable')] : [];
  },
};

export const ingressRule: Rule = {
  defaults: (draft) => void (draft.status ??= { loadBalancer: {} }),
  validate: (draft) => {
    const spec = fields(draft.spec);
    if (items(spec.rules).length === 0 && spec.defaultBackend === undefined) {
      return [invalidValue('spec', [], 'either `defaultBackend` or `rules` must be specified')];
    }
    return items(spec.rules).flatMap((rule, r) =>
      items(at(rule, 'http', 'paths')).flatMap((path, p) => (path.pathType === undefined ? [required(`spec.rules[${r}].http.paths[${p}].pathType`, 'pathType must be specified')] : [])),
    );
  },
};

/** A node that registers itself brings its status along. */
export const nodeRule: Rule = {
  defaults: (draft) => void child(draft, 'status'),
};

export const roleBindingRule: Rule = {
  defaults: (draft) => {
    defaults(fields(draft.roleRef), { apiGroup: 'rbac.authorization.k8s.io' });
    for (const subject of items(draft.subjects)) {
      if (subject.kind !== 'ServiceAccount') defaults(subject, { apiGroup: 'rbac.authorization.k8s.io' });
    }
  },
  validate: (draft, old) => (old && !equal(draft.roleRef, old.roleRef) ? [invalidValue('roleRef', draft.roleRef, 'cannot change roleRef')] : []),
};

export const pdbRule: Rule = {
  defaults: (draft) => defaults(child(draft, 'status'), { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }),
};

export const autoscalerRule: Rule = {
  defaults: (draft) => {
    defaults(child(draft, 'spec'), { minReplicas: 1 });
    defaults(child(draft, 'status'), { currentMetrics: null, desiredReplicas: 0 });
  },
};

export const storageClassRule: Rule = {
  defaults: (draft) => defaults(draft, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
};

export const priorityClassRule: Rule = {
  defaults: (draft) => defaults(draft, { preemptionPolicy: 'PreemptLowerPriority' }),
};
