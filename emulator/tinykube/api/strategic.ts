// Strategic merge patch. Models apimachinery's strategicpatch: merge keys by field, directives, and the order of merged lists.
import { equal, fields, isFields, text, type Fields } from './json.js';

const byName = ['containers', 'initContainers', 'ephemeralContainers', 'volumes', 'resourceClaims', 'schedulingGates', 'imagePullSecrets', 'env', 'webhooks', 'matchConditions', 'variables'];

const keys: Readonly<Record<string, string>> = {
  ...Object.fromEntries(byName.map((field) => [field, 'name'])),
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  ownerReferences: 'uid',
  conditions: 'type',
  podIPs: 'ip',
  hostIPs: 'ip',
};

// Fields whose key depends on what holds them.
const keysIn: Readonly<Record<string, string>> = {
  'container.ports': 'containerPort',
  'Service.spec.ports': 'port',
  'Node.status.addresses': 'type',
  'ServiceAccount.secrets': 'name',
};

const sets = new Set(['finalizers', 'podCIDRs']);
// Lists called like a keyed one which are replaced as a whole.
const plainIn = new Set(['EndpointSlice.endpoints.conditions', 'projected.sources']);

/** Where in which kind we are: enough to find the merge key. */
type Place = { path: string; inContainer: boolean };

const start = (kind: string): Place => ({ path: kind, inContainer: false });

const enter = (place: Place, field: string): Place => ({
  path: `${place.path}.${field}`,
  inContainer: ['containers', 'initContainers', 'ephemeralContainers'].includes(field) || (place.inContainer && field === 'ports' ? true : false),
});

const mergeKey = (place: Place, field: string): string | undefined => {
  const path = `${place.path}.${field}`;
  if (plainIn.has(path)) return undefined;
  if (field === 'ports' && place.inContainer) return keysIn['container.ports'];
  return keysIn[path] ?? keys[field];
};

const directive = (field: string): boolean => field.startsWith('$');

const mergePrimitives = (live: unknown[], patch: unknown[], order: unknown): unknown[] => {
  const added = patch.filter((item) => !live.includes(item));
  return arrange([...live, ...added], (item) => item, order === undefined ? patch : order, live);
};

/** Items named by the order first come in that order; live ones not named keep their place before their live successors. */
const arrange = (merged: unknown[], keyOf: (item: unknown) => unknown, order: unknown, live: unknown[]): unknown[] => {
  const wanted = Array.isArray(order) ? order.map(keyOf) : [];
  const right = wanted.map((key) => merged.find((item) => equal(keyOf(item), key))).filter((item): item is NonNullable<unknown> => item !== undefined && item !== null);
  const left = merged.filter((item) => !(right as unknown[]).includes(item));
  const position = (item: unknown): number => live.findIndex((each) => equal(keyOf(each), keyOf(item)));
  const result: unknown[] = [];
  while (left.length > 0 || right.length > 0) {
    const [a, b] = [left[0], right[0]];
    const takeLeft = b === undefined || (a !== undefined && position(a) >= 0 && position(b) >= 0 && position(a) < position(b));
    result.push(takeLeft ? left.shift() : right.shift());
  }
  return result;
};

const mergeKeyed = (live: unknown[], patch: unknown[], key: string, order: unknown, place: Place): unknown[] => {
  const wanted = patch.filter(isFields);
  if (wanted.some((item) => item.$patch === 'replace')) return wanted.filter((item) => item.$patch !== 'replace').map((item) => clean(item));
  const keyOf = (item: unknown): unknown => fields(item)[key];
  let result = live.slice();
  for (const item of wanted) {
    const index = result.findIndex((each) => equal(keyOf(each), item[key]));
    if (item.$patch === 'delete') result = result.filter((each) => !equal(keyOf(each), item[key]));
    else if (index < 0) result.push(clean(item));
    else result[index] = mergeFields(fields(result[index]), item, place);
  }
  const named = order ?? wanted.filter((item) => item.$patch !== 'delete');
  return arrange(result, keyOf, named, live);
};

/** A patch value that meets nothing: without directives and nulls. */
const clean = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((item) => fields(item).$patch !== 'delete').map(clean);
  if (!isFields(value)) return value;
  const kept = Object.entries(value).filter(([key, item]) => !directive(key) && item !== null);
  return Object.fromEntries(kept.map(([key, item]) => [key, clean(item)]));
};

const mergeList = (live: unknown, patch: unknown[], field: string, order: unknown, place: Place): unknown => {
  const present = Array.isArray(live) ? (live as unknown[]) : [];
  const key = mergeKey(place, field);
  if (key !== undefined) return mergeKeyed(present, patch, key, order, enter(place, field));
  return sets.has(field) ? mergePrimitives(present, patch, order) : clean(patch);
};

const mergeField = (result: Fields, field: string, value: unknown, patch: Fields, place: Place): void => {
  if (value === null) delete result[field];
  else if (Array.isArray(value)) result[field] = mergeList(result[field], value, field, patch[`$setElementOrder/${field}`], place);
  else if (isFields(value) && isFields(result[field])) result[field] = mergeFields(result[field], value, enter(place, field));
  else if (isFields(value) && value.$patch === 'delete') delete result[field];
  else result[field] = clean(value);
};

const reorder = (result: Fields, patch: Fields, place: Place): void => {
  for (const [name, order] of Object.entries(patch)) {
    const field = name.startsWith('$setElementOrder/') ? name.slice('$setElementOrder/'.length) : '';
    const live = result[field];
    if (field === '' || patch[field] !== undefined || !Array.isArray(live)) continue;
    const key = mergeKey(place, field);
    result[field] = arrange(live, (item) => (key === undefined ? item : fields(item)[key]), order, live);
  }
};

const deletePrimitives = (result: Fields, patch: Fields): void => {
  for (const [name, values] of Object.entries(patch)) {
    if (!name.startsWith('$deleteFromPrimitiveList/') || !Array.isArray(values)) continue;
    const field = name.slice('$deleteFromPrimitiveList/'.length);
    if (Array.isArray(result[field])) result[field] = result[field].filter((item) => !values.includes(item));
  }
};

const mergeFields = (live: Fields, patch: Fields, place: Place): Fields => {
  if (patch.$patch === 'replace') return fields(clean(patch));
  if (patch.$patch === 'delete') return {};
  let result: Fields = { ...live };
  deletePrimitives(result, patch);
  for (const [field, value] of Object.entries(patch)) if (!directive(field)) mergeField(result, field, value, patch, place);
  reorder(result, patch, place);
  const retained = patch.$retainKeys;
  if (Array.isArray(retained)) result = Object.fromEntries(Object.entries(result).filter(([key]) => retained.includes(key)));
  return result;
};

/** The live object with the patch merged in; neither is changed. */
export const strategicMerge = (live: Fields, patch: Fields): Fields => structuredClone(mergeFields(live, patch, start(text(live.kind))));
