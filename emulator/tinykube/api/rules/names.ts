// Names, labels and generated suffixes, with the server's own complaints.
import { randomInt } from 'node:crypto';
import { invalidValue, required, type Cause } from '../../status.js';
import type { Kind } from '../kinds.js';
import { fields, text, type Fields } from '../json.js';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const qualifiedName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

type NameForm = { pattern: RegExp; longest: number; complaint: string };

const forms = {
  subdomain: {
    pattern: subdomain,
    longest: 253,
    complaint:
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  },
  label: {
    pattern: label,
    longest: 63,
    complaint:
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  },
  label1035: {
    pattern: label1035,
    longest: 63,
    complaint:
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
} satisfies Record<string, NameForm>;

const complain = (form: NameForm, field: string, value: string): Cause[] => {
  if (value.length > form.longest) return [invalidValue(field, value, `must be no more than ${form.longest} characters`)];
  return form.pattern.test(value) ? [] : [invalidValue(field, value, form.complaint)];
};

const pathSegment = (field: string, value: string): Cause[] => (/[/%]/.test(value) ? [invalidValue(field, value, "may not contain '/'")] : []);

/** A DNS label, as port and container names are. */
export const checkLabelName = (field: string, value: string): Cause[] => complain(forms.label, field, value);

/** metadata.name by the rule of its kind. */
export const checkName = (kind: Kind, name: string): Cause[] => {
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  if (kind.group === 'rbac.authorization.k8s.io') return pathSegment('metadata.name', name);
  if (kind.key === 'services') return complain(forms.label1035, 'metadata.name', name);
  if (kind.key === 'namespaces') return complain(forms.label, 'metadata.name', name);
  return complain(forms.subdomain, 'metadata.name', name);
};

/** Keys and values of labels below `field`. */
export const checkLabels = (field: string, labels: unknown): Cause[] =>
  Object.entries(fields(labels)).flatMap(([key, value]) => [
    ...(qualifiedName.test(key)
      ? []
      : [invalidValue(field, key, "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")]),
    ...(labelValue.test(text(value)) && text(value).length <= 63
      ? []
      : [invalidValue(field, value, "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")]),
  ]);

// Kubernetes' own alphabet: no vowels and nothing that looks like another character.
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters as generateName appends them. */
export const suffix = (): string => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');

/** Sets metadata.name from generateName when there is none. */
export const generateName = (metadata: Fields): void => {
  const prefix = text(metadata.generateName);
  if (text(metadata.name) === '' && prefix !== '') metadata.name = `${prefix.slice(0, 58)}${suffix()}`;
};
