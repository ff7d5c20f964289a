// Rows of networking, coordination and policy kinds, of CRDs, and of custom resources by their own columns.
import type { KubeObject } from '../../types.js';
import { select } from '../crd/jsonpath.js';
import { at, fields, items, strings, text, type Fields } from '../json.js';
import type { Kind } from '../kinds.js';
import { age, columns, few, orNone, since, type Column, type Printer } from './columns.js';
import { balancerAddresses, corePrinters } from './core.js';
import { podPrinter } from './pods.js';
import { selectorText, workloadPrinters } from './workloads.js';

const slicePort = (port: Fields): string => (port.port === undefined ? text(port.name) || '*' : String(port.port));
const orUnset = (value: string): string => (value === '' ? '<unset>' : value);

const ingressHosts = (ingress: KubeObject): string => {
  const hosts = items(at(ingress, 'spec', 'rules')).map((rule) => text(rule.host)).filter((host) => host !== '');
  return hosts.length === 0 ? '*' : few(hosts);
};

const otherPrinters: Record<string, Printer> = {
  'endpointslices.discovery.k8s.io': {
    columns: columns('Name AddressType Ports Endpoints Age'),
    cells: (one, now) => [one.metadata.name, one.addressType, orUnset(few(items(one.ports).map(slicePort))), orUnset(few(items(one.endpoints).flatMap((each) => strings(each.addresses)))), age(one, now)],
  },
  'ingresses.networking.k8s.io': {
    columns: columns('Name Class Hosts Address Ports Age'),
    cells: (one, now) => [one.metadata.name, orNone(at(one, 'spec', 'ingressClassName')), ingressHosts(one), balancerAddresses(one).join(','), items(at(one, 'spec', 'tls')).length > 0 ? '80, 443' : '80', age(one, now)],
  },
  'ingressclasses.networking.k8s.io': {
    columns: columns('Name Controller Parameters Age'),
    cells: (one, now) => {
      const parameters = fields(at(one, 'spec', 'parameters'));
      const shown = parameters.kind === undefined ? '<none>' : `${text(parameters.kind)}${parameters.apiGroup === undefined ? '' : `.${text(parameters.apiGroup)}`}/${text(parameters.name)}`;
      return [one.metadata.name, at(one, 'spec', 'controller'), shown, age(one, now)];
    },
  },
  'networkpolicies.networking.k8s.io': { columns: columns('Name Pod-Selector Age'), cells: (one, now) => [one.metadata.name, selectorText(at(one, 'spec', 'podSelector')), age(one, now)] },
  'leases.coordination.k8s.io': { columns: columns('Name Holder Age'), cells: (one, now) => [one.metadata.name, text(at(one, 'spec', 'holderIdentity')), age(one, now)] },
  'controllerrevisions.apps': {
    columns: columns('Name Controller Revision Age'),
    cells: (one, now) => {
      const owner = one.metadata.ownerReferences?.find((each) => each.controller === true);
      const group = owner?.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
      return [one.metadata.name, owner ? `${owner.kind.toLowerCase()}${group}/${owner.name}` : '<none>', one.revision, age(one, now)];
    },
  },
  'poddisruptionbudgets.policy': {
    columns: columns('Name Min_Available Max_Unavailable Allowed_Disruptions Age'),
    cells: (one, now) => [one.metadata.name, String(at(one, 'spec', 'minAvailable') ?? 'N/A'), String(at(one, 'spec', 'maxUnavailable') ?? 'N/A'), at(one, 'status', 'disruptionsAllowed') ?? 0, age(one, now)],
  },
  'horizontalpodautoscalers.autoscaling': {
    columns: columns('Name Reference Targets MinPods MaxPods Replicas Age'),
    cells: (one, now) => {
      const target = fields(at(one, 'spec', 'scaleTargetRef'));
      return [one.metadata.name, `${text(target.kind)}/${text(target.name)}`, targetsOf(one), String(at(one, 'spec', 'minReplicas') ?? '<unset>'), at(one, 'spec', 'maxReplicas'), at(one, 'status', 'currentReplicas') ?? 0, age(one, now)];
    },
  },
  'storageclasses.storage.k8s.io': {
    columns: columns('Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age'),
    cells: (one, now) => [one.metadata.name, one.provisioner, one.reclaimPolicy, one.volumeBindingMode, one.allowVolumeExpansion === true, age(one, now)],
  },
  'priorityclasses.scheduling.k8s.io': {
    columns: columns('Name Value Global-Default Age PreemptionPolicy'),
    cells: (one, now) => [one.metadata.name, one.value, one.globalDefault === true, age(one, now), one.preemptionPolicy],
  },
};

/** What an autoscaler aims at; nobody measures here, so the present value is unknown. */
const targetOf = (metric: Fields): string => {
  const source = text(metric.type).replace(/^./, (first) => first.toLowerCase());
  const own = fields(metric[source]);
  const target = fields(own.target);
  const wanted = target.averageUtilization === undefined ? text(target.averageValue) || text(target.value) : `${String(target.averageUtilization)}%`;
  return source === 'resource' || source === 'containerResource' ? `${text(own.name)}: <unknown>/${wanted}` : `<unknown>/${wanted}`;
};

const targetsOf = (autoscaler: KubeObject): string => {
  const all = items(at(autoscaler, 'spec', 'metrics')).map(targetOf);
  if (all.length === 0) return '<none>';
  return all.length > 2 ? `${all.slice(0, 2).join(', ')} + ${all.length - 2} more...` : all.join(', ');
};

const bindingCells = (one: KubeObject, now: number): unknown[] => {
  const role = fields(one.roleRef);
  const named = (kind: string): string => items(one.subjects).filter((each) => each.kind === kind).map((each) => (kind === 'ServiceAccount' ? `${text(each.namespace)}/${text(each.name)}` : text(each.name))).join(', ');
  return [one.metadata.name, `${text(role.kind)}/${text(role.name)}`, age(one, now), named('User'), named('Group'), named('ServiceAccount')];
};

const bindingPrinter: Printer = { columns: columns('Name Role Age Users* Groups* ServiceAccounts*'), cells: bindingCells };
const webhookPrinter: Printer = { columns: columns('Name Webhooks Age'), cells: (one, now) => [one.metadata.name, items(one.webhooks).length, age(one, now)] };
const plainPrinter: Printer = { columns: columns('Name Created_At'), cells: (one) => [one.metadata.name, one.metadata.creationTimestamp] };

const printers: Readonly<Record<string, Printer>> = {
  pods: podPrinter,
  ...corePrinters,
  ...workloadPrinters,
  ...otherPrinters,
  'rolebindings.rbac.authorization.k8s.io': bindingPrinter,
  'clusterrolebindings.rbac.authorization.k8s.io': bindingPrinter,
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': webhookPrinter,
  'validatingwebhookconfigurations.admissionregistration.k8s.io': webhookPrinter,
};

const customColumn = (column: Fields): Column => ({
  name: text(column.name),
  type: text(column.type),
  format: text(column.format),
  description: text(column.description),
  priority: Number(column.priority ?? 0),
});

const customCell = (object: KubeObject, column: Fields, now: number): unknown => {
  const values = select(object, text(column.jsonPath));
  const value = values[0];
  if (value === undefined || value === null) return null;
  if (column.type === 'date') return since(value, now);
  if (column.type !== 'string') return value;
  return values.length > 1 ? values.map(String).join(',') : typeof value === 'object' ? JSON.stringify(value) : String(value);
};

const customPrinter = (kind: Kind): Printer => {
  const declared = items(fields(kind.custom).additionalPrinterColumns);
  const own = declared.length > 0 ? declared : [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }];
  return {
    columns: [...columns('Name'), ...own.map(customColumn)],
    cells: (object, now) => [object.metadata.name, ...own.map((column) => customCell(object, column, now))],
  };
};

/** How objects of this kind are printed; a kind without its own printer shows when it was made. */
export const printerOf = (kind: Kind): Printer => (kind.custom ? customPrinter(kind) : (printers[kind.key] ?? plainPrinter));
