// Which admission webhooks a request concerns: the stored configurations, read in the server's order; pure but for the store.
import type { KubeObject } from '../../types.js';
import { fields, items, strings, text, type Fields } from '../json.js';
import type { Kind } from '../kinds.js';
import { labelSelector } from '../selectors.js';
import type { Store } from '../store.js';
import { selectorText } from '../tables/workloads.js';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** What the webhooks are asked about, but for the objects. */
export type Subject = { kind: Kind; operation: Operation; namespace: string | undefined; name: string; subresource: string | undefined };

export const mutatingKey = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';
export const validatingKey = 'validatingwebhookconfigurations.admissionregistration.k8s.io';

const has = (allowed: unknown, value: string): boolean => strings(allowed).some((one) => one === '*' || one === value);

const hasResource = (allowed: unknown, { kind, subresource }: Pick<Subject, 'kind' | 'subresource'>): boolean => {
  const plain = subresource === undefined;
  return strings(allowed).some((one) => {
    if (one === '*/*') return true;
    if (plain) return one === '*' || one === kind.plural;
    return [`${kind.plural}/${subresource}`, `${kind.plural}/*`, `*/${subresource}`].includes(one);
  });
};

const inScope = (scope: unknown, kind: Kind): boolean => scope === undefined || scope === '*' || scope === (kind.namespaced ? 'Namespaced' : 'Cluster');

const fits = (rule: Fields, subject: Pick<Subject, 'kind' | 'operation' | 'subresource'>): boolean =>
  has(rule.operations, subject.operation) &&
  has(rule.apiGroups, subject.kind.group) &&
  has(rule.apiVersions, subject.kind.version) &&
  hasResource(rule.resources, subject) &&
  inScope(rule.scope, subject.kind);

const labelsOf = (object: Fields | undefined): Record<string, string> => fields(fields(object?.metadata).labels) as Record<string, string>;

const selects = (selector: unknown, labels: Record<string, string>): boolean => {
  const words = selectorText(selector);
  return words === '<none>' || words === '' || labelSelector(words)(labels);
};

/** Objects without a namespace are never held back by a namespaceSelector; a Namespace answers with its own labels. */
const inNamespace = (store: Store, webhook: Fields, subject: Subject, object: Fields | undefined): boolean => {
  if (subject.kind.key === 'namespaces') return selects(webhook.namespaceSelector, labelsOf(object));
  if (!subject.kind.namespaced) return true;
  return selects(webhook.namespaceSelector, labelsOf(store.get('namespaces', undefined, subject.namespace ?? '')));
};

/** Whether this webhook is to be asked. */
export const concerns = (store: Store, webhook: Fields, subject: Subject, object: Fields | undefined, old: KubeObject | undefined): boolean =>
  items(webhook.rules).some((rule) => fits(rule, subject)) &&
  inNamespace(store, webhook, subject, object ?? old) &&
  [object, old].some((one) => one !== undefined && selects(webhook.objectSelector, labelsOf(one)));

/** Every webhook of one sort: by the configurations' names, then as written. The configurations themselves are never asked about. */
export const webhooksOf = (store: Store, key: typeof mutatingKey | typeof validatingKey, kind: Kind): Fields[] =>
  kind.key === mutatingKey || kind.key === validatingKey ? [] : store.list(key).flatMap((configuration) => items(configuration.webhooks));

/** Whether anybody at all could be asked about this write. */
export const anyWebhook = (store: Store, subject: Pick<Subject, 'kind' | 'operation' | 'subresource'>): boolean =>
  [mutatingKey, validatingKey].some((key) =>
    webhooksOf(store, key as typeof mutatingKey, subject.kind).some((webhook) => items(webhook.rules).some((rule) => fits(rule, subject))),
  );

/** The webhook's name, as refusals show it. */
export const nameOf = (webhook: Fields): string => text(webhook.name);
