// Webhook configurations: what the server fills in, and what it (or we) would rather refuse than not do.
import { invalidValue, required, unsupported, type Cause } from '../../status.js';
import { reviewVersions } from '../admission/call.js';
import { conditionCauses } from '../admission/conditions.js';
import { at, defaults, fields, items, number, strings, text, type Fields } from '../json.js';
import type { Rule } from './rule.js';

const fill = (webhook: Fields, mutating: boolean): void => {
  defaults(webhook, { failurePolicy: 'Fail', matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {}, timeoutSeconds: 10 });
  if (mutating) defaults(webhook, { reinvocationPolicy: 'Never' });
  const service = at(webhook, 'clientConfig', 'service');
  if (service !== undefined) defaults(fields(service), { port: 443 });
  for (const rule of items(webhook.rules)) defaults(rule, { scope: '*' });
};

const versionCauses = (versions: readonly string[], trail: string): Cause[] => {
  const allowed = reviewVersions.join(', ');
  if (versions.length === 0) return [required(trail, `must specify one of ${allowed}`)];
  return versions.some((one) => reviewVersions.includes(one)) ? [] : [invalidValue(trail, versions, `must include at least one of ${allowed}`)];
};

const checkOne = (webhook: Fields, trail: string): Cause[] => {
  const causes: Cause[] = [];
  const client = fields(webhook.clientConfig);
  const seconds = number(webhook.timeoutSeconds, 10);
  if (text(webhook.name) === '') causes.push(required(`${trail}.name`));
  if (!['None', 'NoneOnDryRun'].includes(text(webhook.sideEffects))) causes.push(unsupported(`${trail}.sideEffects`, text(webhook.sideEffects), ['None', 'NoneOnDryRun']));
  causes.push(...versionCauses(strings(webhook.admissionReviewVersions), `${trail}.admissionReviewVersions`));
  if ((client.url === undefined) === (client.service === undefined)) causes.push(required(`${trail}.clientConfig`, 'exactly one of url or service is required'));
  if (seconds < 1 || seconds > 30) causes.push({ reason: 'FieldValueInvalid', message: `Invalid value: ${seconds}: the timeout value must be between 1 and 30 seconds`, field: `${trail}.timeoutSeconds` });
  causes.push(...conditionCauses(webhook, trail));
  return causes;
};

const ruleFor = (mutating: boolean): Rule => ({
  defaults: (draft) => items(draft.webhooks).forEach((webhook) => fill(webhook, mutating)),
  validate: (draft) => items(draft.webhooks).flatMap((webhook, index) => checkOne(webhook, `webhooks[${index}]`)),
});

export const mutatingWebhookRule = ruleFor(true);
export const validatingWebhookRule = ruleFor(false);
