// `matchConditions` of webhooks: expressions about the request, all of which must hold for the webhook to be asked. Models apiserver's admission/plugin/webhook/matchconditions.
import { complaintOf, failureOf, newEnvironment } from '../cel/environment.js';
import { untyped } from '../crd/rules/types.js';
import { items, text, type Fields } from '../json.js';
import { duplicate, invalidValue, required, type Cause } from '../../status.js';

type Ask = (context: Fields) => unknown;

export type Conditions = {
  /** Throws what stands in the way when no condition says no and one cannot be evaluated. */
  hold(webhook: Fields, request: Fields): boolean;
};

const environmentOf = () => {
  const environment = newEnvironment();
  for (const name of ['object', 'oldObject', 'request']) environment.registerVariable(name, 'dyn');
  return environment;
};

type Environment = ReturnType<typeof environmentOf>;

const expressionOf = (condition: Fields): string => text(condition.expression);

const complaint = (environment: Environment, expression: string): string | undefined => {
  const { valid, type, error } = environment.check(expression);
  if (!valid) return complaintOf(expression, error);
  return type === 'bool' || type === 'dyn' ? undefined : 'must evaluate to bool';
};

/** What is wrong with the conditions of one webhook. */
export const conditionCauses = (webhook: Fields, trail: string): Cause[] => {
  const conditions = items(webhook.matchConditions);
  if (conditions.length === 0) return [];
  const environment = environmentOf();
  const seen = new Set<string>();
  return conditions.flatMap((condition, index) => {
    const at = `${trail}.matchConditions[${index}]`;
    const [name, expression] = [text(condition.name), expressionOf(condition)];
    const why = expression.trim() === '' ? undefined : complaint(environment, expression);
    const causes: Cause[] = [
      ...(expression.trim() === '' ? [required(`${at}.expression`)] : why === undefined ? [] : [invalidValue(`${at}.expression`, expression, why)]),
      ...(name === '' ? [required(`${at}.name`)] : seen.has(name) ? [duplicate(`${at}.name`, name)] : []),
    ];
    seen.add(name);
    return causes;
  });
};

const askOne = (ask: Ask, expression: string, context: Fields): boolean | Error => {
  try {
    const answer = ask(context);
    return typeof answer === 'boolean' ? answer : new Error(`cel expression '${expression}' does not evaluate to bool`);
  } catch (error) {
    return new Error(`expression '${expression}' resulted in error: ${failureOf(error)}`);
  }
};

/** Keeps what it compiled for as long as the webhook's configuration is stored as it is. */
export const createConditions = (): Conditions => {
  const known = new WeakMap<Fields, readonly Ask[]>();
  const compiled = (webhook: Fields): readonly Ask[] => {
    const environment = environmentOf();
    const asks = items(webhook.matchConditions).map((condition) => environment.parse(expressionOf(condition)) as Ask);
    known.set(webhook, asks);
    return asks;
  };
  return {
    hold: (webhook, request) => {
      const conditions = items(webhook.matchConditions);
      if (conditions.length === 0) return true;
      const context = untyped({ object: request.object, oldObject: request.oldObject, request }) as Fields;
      const answers = (known.get(webhook) ?? compiled(webhook)).map((ask, index) => askOne(ask, expressionOf(conditions[index] ?? {}), context));
      if (answers.includes(false)) return false;
      const failed = answers.find((answer) => answer instanceof Error);
      if (failed) throw failed;
      return true;
    },
  };
};
