// Webhook configurations: what the server fills in, and what it (or we) would rather refuse than not do.
import { forbiddenField, required, unsupported, type Cause } from '../../status.js';
import { at, defaults, fields, items, number, strings, text, type Fields } from '../json.js';
import type { Rule } from './rule.js';

const fill = (webhook: Fields, mutating: boolean): void => {
  defaults(webhook, { failurePolicy: 'Fail', matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {}, timeoutSeconds: 10 });
  if (mutating) defaults(webhook, { reinvocationPolicy: 'Never' });
  const service = at(webhook, 'clientConfig', 'service');
  if (service !== undefined) defaults(fields(service), { port: 443 });
  for (const rule of items(webhook.rules)) defaults(rule, { scope: '*' });
};

const checkOne = (webhook: Fields, trail: string): Cause[] => {
  const causes: Cause[] = [];
  const client = fields(webhook.clientConfig);
  const seconds = number(webhook.timeoutSeconds, 10);
  if (text(webhook.name) === '') causes.push(required(`${trail}.name`));
  if (!['None', 'NoneOnDryRun'].includes(text(webhook.sideEffects))) causes.push(unsupported(`${trail}.sideEffects`, text(webhook.sideEffects), ['None', 'NoneOnDryRun']));
  if (!strings(webhook.admissionReviewVersions).includes('v1')) causes.push(unsupported(`${trail}.admissionReviewVersions`, strings(webhook.admissionReviewVersions), ['v1']));
  if ((client.url === undefined) === (client.service === undefined)) causes.push(required(`${trail}.clientConfig`, 'exactly one of url or service is required'));
  if (seconds < 1 || seconds > 30) causes.push({ reason: 'FieldValueInvalid', message: `Invalid value: ${seconds}: the timeout value must be between 1 and 30 seconds`, field: `${trail}.timeoutSeconds` });
  if (items(webhook.matchConditions).length > 0) causes.push(forbiddenField(`${trail}.matchConditions`, 'this cluster evaluates no CEL expressions'));
  return causes;
};

const ruleFor = (mutating: boolean): Rule => ({
  defaults: (draft) => items(draft.webhooks).forEach((webhook) => fill(webhook, mutating)),
  validate: (draft) => items(draft.webhooks).flatMap((webhook, index) => checkOne(webhook, `webhooks[${index}]`)),
});

export const mutatingWebhookRule = ruleFor(true);
export const validatingWebhookRule = ruleFor(false);
