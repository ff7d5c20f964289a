// Rows of the core kinds other than pods.
import type { KubeObject } from '../../types.js';
import { at, fields, items, number, strings, text, type Fields } from '../json.js';
import { age, columns, few, labelText, orNone, since, type Printer } from './columns.js';

/** Distinct addresses of a load balancer status, sorted. */
export const balancerAddresses = (object: Fields): string[] =>
  [...new Set(items(at(object, 'status', 'loadBalancer', 'ingress')).map((entry) => text(entry.ip) || text(entry.hostname)))].filter((one) => one !== '').sort();

const externalIp = (spec: Fields, service: KubeObject): string => {
  const own = strings(spec.externalIPs);
  if (spec.type === 'ExternalName') return text(spec.externalName);
  if (spec.type !== 'LoadBalancer') return orNone(own.join(','));
  const all = [...balancerAddresses(service), ...own];
  return all.length > 0 ? all.join(',') : '<pending>';
};

const servicePort = (port: Fields): string =>
  port.nodePort === undefined ? `${String(port.port)}/${text(port.protocol)}` : `${String(port.port)}:${String(port.nodePort)}/${text(port.protocol)}`;

export const servicePrinter: Printer = {
  columns: columns('Name Type Cluster-IP External-IP Port(s) Age Selector*'),
  cells: (service, now) => {
    const spec = fields(service.spec);
    return [
      service.metadata.name,
      spec.type,
      orNone(strings(spec.clusterIPs)[0]),
      externalIp(spec, service),
      orNone(items(spec.ports).map(servicePort).join(',')),
      age(service, now),
      labelText(spec.selector),
    ];
  },
};

const nodeStatus = (node: KubeObject): string => {
  const ready = items(at(node, 'status', 'conditions')).find((one) => one.type === 'Ready');
  const state = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return at(node, 'spec', 'unschedulable') === true ? `${state},SchedulingDisabled` : state;
};

const nodeRoles = (node: KubeObject): string => {
  const labels = Object.entries(node.metadata.labels ?? {});
  const prefix = 'node-role.kubernetes.io/';
  const roles = labels.flatMap(([key, value]) => (key.startsWith(prefix) && key.length > prefix.length ? [key.slice(prefix.length)] : key === 'kubernetes.io/role' ? [value] : []));
  return orNone([...new Set(roles)].sort().join(','));
};

const address = (node: KubeObject, type: string): string =>
  orNone(items(at(node, 'status', 'addresses')).find((one) => one.type === type)?.address);

export const nodePrinter: Printer = {
  columns: columns('Name Status Roles Age Version Internal-IP* External-IP* OS-Image* Kernel-Version* Container-Runtime*'),
  cells: (node, now) => {
    const info = fields(at(node, 'status', 'nodeInfo'));
    const known = (key: string): string => text(info[key]) || '<unknown>';
    const wide = [known('osImage'), known('kernelVersion'), known('containerRuntimeVersion')];
    return [node.metadata.name, nodeStatus(node), nodeRoles(node), age(node, now), text(info.kubeletVersion), address(node, 'InternalIP'), address(node, 'ExternalIP'), ...wide];
  },
};

const keysOf = (...maps: unknown[]): number => maps.reduce<number>((sum, map) => sum + Object.keys(fields(map)).length, 0);

const subsetAddresses = (endpoints: KubeObject): string[] =>
  items(endpoints.subsets).flatMap((subset) =>
    items(subset.ports).length === 0
      ? items(subset.addresses).map((one) => text(one.ip))
      : items(subset.ports).flatMap((port) => items(subset.addresses).map((one) => `${text(one.ip)}:${String(port.port)}`)),
  );

const eventSource = (event: KubeObject): string => {
  const source = fields(event.source);
  const component = text(source.component) || text(event.reportingComponent);
  return text(source.host) === '' ? component : `${component}, ${text(source.host)}`;
};

const firstSeen = (event: KubeObject, now: number): string => since(event.firstTimestamp ?? event.eventTime, now);
const lastSeen = (event: KubeObject, now: number): string => {
  const series = at(event, 'series', 'lastObservedTime');
  return series === undefined && event.lastTimestamp === undefined ? firstSeen(event, now) : since(series ?? event.lastTimestamp, now);
};

const eventObject = (event: KubeObject): string => {
  const object = fields(event.involvedObject);
  return `${text(object.kind).toLowerCase()}/${text(object.name)}`;
};

const eventCount = (event: KubeObject): number => number(at(event, 'series', 'count'), number(event.count) || 1);

/** Printers by resource. */
export const corePrinters: Record<string, Printer> = {
  services: servicePrinter,
  nodes: nodePrinter,
  namespaces: { columns: columns('Name Status Age'), cells: (one, now) => [one.metadata.name, at(one, 'status', 'phase'), age(one, now)] },
  configmaps: { columns: columns('Name Data Age'), cells: (one, now) => [one.metadata.name, keysOf(one.data, one.binaryData), age(one, now)] },
  secrets: { columns: columns('Name Type Data Age'), cells: (one, now) => [one.metadata.name, one.type, keysOf(one.data), age(one, now)] },
  serviceaccounts: { columns: columns('Name Secrets Age'), cells: (one, now) => [one.metadata.name, items(one.secrets).length, age(one, now)] },
  endpoints: { columns: columns('Name Endpoints Age'), cells: (one, now) => [one.metadata.name, orNone(few(subsetAddresses(one))), age(one, now)] },
  events: {
    columns: columns('Last_Seen Type Reason Object Subobject* Source* Message First_Seen* Count* Name*'),
    cells: (one, now) => [
      lastSeen(one, now),
      one.type,
      one.reason,
      eventObject(one),
      text(at(one, 'involvedObject', 'fieldPath')),
      eventSource(one),
      text(one.message).trim(),
      firstSeen(one, now),
      eventCount(one),
      one.metadata.name,
    ],
  },
  persistentvolumeclaims: {
    columns: columns('Name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age VolumeMode*'),
    cells: (one, now) => [one.metadata.name, at(one, 'status', 'phase'), at(one, 'spec', 'volumeName') ?? '', at(one, 'status', 'capacity', 'storage') ?? '', strings(at(one, 'status', 'accessModes')).join(','), at(one, 'spec', 'storageClassName') ?? '', '<unset>', age(one, now), at(one, 'spec', 'volumeMode') ?? '<unset>'],
  },
};
