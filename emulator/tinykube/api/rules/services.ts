// Services: defaults, what an update takes over or clears, validation. Models pkg/registry/core/service (strategy and defaults).
import { duplicate, forbiddenField, invalidValue, required, unsupported, type Cause } from '../../status.js';
import { at, defaults, equal, fields, items, number, text, type Fields } from '../json.js';
import { allocateService } from './addresses.js';
import { checkLabelName } from './names.js';
import type { Rule } from './rule.js';
import { external, facesOutside, isType, needsHealthPort, needsNodePorts, spec } from './servicetype.js';

const defaultPorts = (draft: Fields): void => {
  for (const port of items(draft.ports)) {
    defaults(port, { protocol: 'TCP' });
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
    if (port.nodePort === 0) delete port.nodePort;
    if (port.name === '') delete port.name;
  }
};

const serviceDefaults = (service: Fields): void => {
  service.spec ??= {};
  const draft = spec(service);
  defaults(draft, { type: 'ClusterIP', sessionAffinity: 'None' });
  defaultPorts(draft);
  if (draft.sessionAffinity === 'ClientIP') defaults(draft, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } });
  if (draft.sessionAffinity === 'None') delete draft.sessionAffinityConfig;
  if (draft.healthCheckNodePort === 0) delete draft.healthCheckNodePort;
  if (draft.clusterIP === '') delete draft.clusterIP;
  if (!external(service)) defaults(draft, { internalTrafficPolicy: 'Cluster' });
  if (facesOutside(service)) defaults(draft, { externalTrafficPolicy: 'Cluster' });
  if (isType(service, 'LoadBalancer')) defaults(draft, { allocateLoadBalancerNodePorts: true });
  service.status = { loadBalancer: {}, ...fields(service.status) };
  for (const entry of items(at(service, 'status', 'loadBalancer', 'ingress'))) if (entry.ip !== undefined) defaults(entry, { ipMode: 'VIP' });
};

const portKey = (port: Fields): string => `${String(port.port)}/${text(port.protocol)}`;

const keepNodePorts = (draft: Fields, before: Fields): void => {
  const old = new Map(items(before.ports).map((port) => [portKey(port), port.nodePort]));
  const used = new Set(items(draft.ports).map((port) => port.nodePort));
  for (const port of items(draft.ports)) {
    const previous = old.get(portKey(port));
    if (port.nodePort === undefined && previous !== undefined && !used.has(previous)) port.nodePort = previous;
  }
};

/** What the update leaves out and the server once allocated stays. */
const takeOver = (service: Fields, old: Fields): void => {
  const [draft, before] = [spec(service), spec(old)];
  if (!external(service) && !external(old)) {
    if (draft.clusterIP === undefined) draft.clusterIP = before.clusterIP;
    const changed = draft.clusterIP !== before.clusterIP;
    if (draft.clusterIPs === undefined) draft.clusterIPs = changed ? [draft.clusterIP] : before.clusterIPs;
    else if (changed && equal(draft.clusterIPs, before.clusterIPs)) draft.clusterIPs = [draft.clusterIP];
    for (const key of ['ipFamilies', 'ipFamilyPolicy']) draft[key] ??= before[key];
  }
  if (needsNodePorts(service) && needsNodePorts(old)) keepNodePorts(draft, before);
  if (needsHealthPort(service) && needsHealthPort(old)) draft.healthCheckNodePort ??= before.healthCheckNodePort;
};

const clearSame = (draft: Fields, before: Fields, keys: readonly string[]): void => {
  for (const key of keys) if (equal(draft[key], before[key])) delete draft[key];
};

const clearNodePorts = (draft: Fields, before: Fields): void => {
  const old = new Set(items(before.ports).map((port) => port.nodePort));
  for (const port of items(draft.ports)) if (old.has(port.nodePort)) delete port.nodePort;
};

/** What belongs to the old type only goes, unless the user changed it in the same write. */
const dropForType = (service: Fields, old: Fields): void => {
  const [draft, before] = [spec(service), spec(old)];
  if (needsNodePorts(old) && !needsNodePorts(service)) clearNodePorts(draft, before);
  if (external(service) && !external(old)) clearSame(draft, before, ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy']);
  if (needsHealthPort(old) && !needsHealthPort(service)) clearSame(draft, before, ['healthCheckNodePort']);
  if (facesOutside(old) && !facesOutside(service)) clearSame(draft, before, ['externalTrafficPolicy']);
  if (isType(old, 'LoadBalancer') && !isType(service, 'LoadBalancer')) clearSame(draft, before, ['allocateLoadBalancerNodePorts', 'loadBalancerClass']);
};

const checkPort = (port: Fields, at: string, several: boolean, nodePorts: boolean): Cause[] => {
  const causes: Cause[] = [];
  if (several && port.name === undefined) causes.push(required(`${at}.name`));
  if (port.name !== undefined) causes.push(...checkLabelName(`${at}.name`, text(port.name)));
  const inRange = (value: unknown): boolean => number(value) >= 1 && number(value) <= 65535;
  if (!inRange(port.port)) causes.push(invalidValue(`${at}.port`, port.port ?? 0, 'must be between 1 and 65535, inclusive'));
  if (!['TCP', 'UDP', 'SCTP'].includes(text(port.protocol))) causes.push(unsupported(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']));
  if (typeof port.targetPort === 'number' && !inRange(port.targetPort)) causes.push(invalidValue(`${at}.targetPort`, port.targetPort, 'must be between 1 and 65535, inclusive'));
  if (!nodePorts && port.nodePort !== undefined) causes.push(forbiddenField(`${at}.nodePort`, "may not be used when `type` is 'ClusterIP'"));
  return causes;
};

const checkPorts = (service: Fields): Cause[] => {
  const ports = items(spec(service).ports);
  if (ports.length === 0) return external(service) || spec(service).clusterIP === 'None' ? [] : [required('spec.ports')];
  const names = new Set<unknown>();
  const keys = new Set<string>();
  return ports.flatMap((port, index) => {
    const causes = checkPort(port, `spec.ports[${index}]`, ports.length > 1, isType(service, 'NodePort', 'LoadBalancer'));
    if (port.name !== undefined && names.has(port.name)) causes.push(duplicate(`spec.ports[${index}].name`, port.name));
    if (keys.has(portKey(port))) causes.push(duplicate(`spec.ports[${index}]`, { port: port.port, protocol: port.protocol }));
    names.add(port.name);
    keys.add(portKey(port));
    return causes;
  });
};

const checkPolicies = (service: Fields): Cause[] => {
  const draft = spec(service);
  const causes: Cause[] = [];
  const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
  if (!types.includes(text(draft.type))) causes.push(unsupported('spec.type', draft.type, types));
  if (external(service) && text(draft.externalName) === '') causes.push(required('spec.externalName'));
  if (!['ClientIP', 'None'].includes(text(draft.sessionAffinity))) causes.push(unsupported('spec.sessionAffinity', draft.sessionAffinity, ['ClientIP', 'None']));
  const policy = draft.externalTrafficPolicy;
  if (policy !== undefined && !facesOutside(service)) causes.push(invalidValue('spec.externalTrafficPolicy', policy, 'may only be set for externally-accessible services'));
  else if (policy !== undefined && !['Cluster', 'Local'].includes(text(policy))) causes.push(unsupported('spec.externalTrafficPolicy', policy, ['Cluster', 'Local']));
  if (draft.allocateLoadBalancerNodePorts !== undefined && !isType(service, 'LoadBalancer')) causes.push(forbiddenField('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
  if (draft.loadBalancerClass !== undefined && !isType(service, 'LoadBalancer')) causes.push(forbiddenField('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
  return causes;
};

const checkUpdate = (service: Fields, old: Fields): Cause[] => {
  const [draft, before] = [spec(service), spec(old)];
  const causes: Cause[] = [];
  if (!external(service) && !external(old) && !equal(draft.clusterIPs, before.clusterIPs)) {
    causes.push(invalidValue('spec.clusterIPs[0]', draft.clusterIPs, 'may not change once set'));
  }
  if (isType(service, 'LoadBalancer') && isType(old, 'LoadBalancer') && draft.loadBalancerClass !== before.loadBalancerClass) {
    causes.push(invalidValue('spec.loadBalancerClass', draft.loadBalancerClass ?? null, 'may not change once set'));
  }
  return causes;
};

export const serviceRule: Rule = {
  defaults: serviceDefaults,
  update: (draft, old) => {
    takeOver(draft, old);
    dropForType(draft, old);
  },
  validate: (draft, old) => [...checkPorts(draft), ...checkPolicies(draft), ...(old ? checkUpdate(draft, old) : [])],
  finish: allocateService,
};
