// The `x-kubernetes-validations` of one schema: read once, checked against its types, ready to be asked.
import type { Environment } from '@marcbachmann/cel-js';
import { complaintOf, loadCel, newEnvironment, type Cel } from '../../cel/environment.js';
import { invalidValue, required, unsupported, type Cause } from '../../../status.js';
import { fields, isFields, items, text, type Fields } from '../../json.js';
import { asRoot, typeNames, type TypeNames } from './types.js';

type Ask = (context: { self: unknown; oldSelf?: unknown }) => unknown;

export type Rule = { source: Fields; ask: Ask; message: Ask | undefined; transition: boolean };

export type RuleSet = {
  cel: Cel;
  /** The rules of a node of the schema; undefined when neither it nor anything below has one. */
  of(schema: Fields): readonly Rule[] | undefined;
  /** What is wrong with them, by their places in the schema. */
  causes: readonly Cause[];
};

const key = 'x-kubernetes-validations';
const reasons = ['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate'];

type Inner = { schema: Fields; trail: string; correlatable: boolean };

const isCorrelatableList = (schema: Fields): boolean => schema['x-kubernetes-list-type'] === 'map';

/** The schemas right below one, with their places in the definition. */
const below = ({ schema, trail, correlatable }: Inner): Inner[] => {
  const whole = correlatable && schema['x-kubernetes-map-type'] !== 'atomic';
  return [
    ...Object.entries(fields(schema.properties)).map(([name, one]) => ({ schema: fields(one), trail: `${trail}.properties[${name}]`, correlatable: whole })),
    ...(isFields(schema.items) ? [{ schema: schema.items, trail: `${trail}.items`, correlatable: correlatable && isCorrelatableList(schema) }] : []),
    ...(isFields(schema.additionalProperties) ? [{ schema: schema.additionalProperties, trail: `${trail}.additionalProperties`, correlatable: whole }] : []),
  ];
};

const usesOldSelf = (expression: string): boolean => /\boldSelf\b/.test(expression.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "''"));

/** Where a relative `fieldPath` leads, as a trail; undefined when the schema has no such field. */
export const fieldTrail = (path: string, schema: Fields): string | undefined => {
  let [here, trail]: [Fields | undefined, string] = [schema, ''];
  for (const [, plain, quoted] of path.matchAll(/\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/g)) {
    const name: string = plain ?? quoted ?? '';
    const property: unknown = fields(here?.properties)[name];
    const additional: unknown = here?.additionalProperties;
    if (!isFields(property) && !isFields(additional)) return undefined;
    trail += isFields(property) ? `.${name}` : `[${name}]`;
    here = isFields(property) ? property : fields(additional);
  }
  return /^(?:\.[^.[\]]+|\['(?:[^'\\]|\\.)*'\])+$/.test(path) ? trail : undefined;
};

type Typed = { environment: Environment; names: TypeNames };

/** Complaints of the type checker about one expression. */
const checkTypes = ({ environment, names }: Typed, self: Fields, expression: string, wanted: string, optional: boolean): string | undefined => {
  const type = names.of(self);
  const own = environment.clone().registerVariable('self', type).registerVariable('oldSelf', optional ? `optional<${type}>` : type);
  const { valid, type: found, error } = own.check(expression);
  if (!valid) return complaintOf(expression, error);
  if (found === wanted || found === 'dyn') return undefined;
  return wanted === 'bool' ? 'cel expression must evaluate to a bool' : 'messageExpression must evaluate to a string';
};

const checkRule = (typed: Typed, { schema, correlatable }: Inner, self: Fields, rule: Fields, at: string): Cause[] => {
  const [expression, message, reason, path] = [text(rule.rule), text(rule.messageExpression), rule.reason, text(rule.fieldPath)];
  if (expression.trim() === '') return [required(`${at}.rule`, 'rule is not specified')];
  const optional = rule.optionalOldSelf === true;
  const causes: Cause[] = [];
  const complain = (field: string, value: unknown, why: string | undefined): void => {
    if (why !== undefined) causes.push(invalidValue(`${at}.${field}`, value, why));
  };
  if (usesOldSelf(expression) && !correlatable) complain('rule', expression, `oldSelf cannot be used on the uncorrelatable portion of the schema within ${at.replace(/\.x-kubernetes-validations\[\d+\]$/, '')}`);
  complain('rule', expression, checkTypes(typed, self, expression, 'bool', optional));
  if (message !== '') complain('messageExpression', message, checkTypes(typed, self, message, 'string', optional));
  if (text(rule.message).includes('\n')) complain('message', rule.message, 'message must not contain line breaks');
  if (reason !== undefined && !reasons.includes(text(reason))) causes.push(unsupported(`${at}.reason`, reason, reasons));
  if (path !== '' && fieldTrail(path, schema) === undefined) complain('fieldPath', path, 'fieldPath must be a valid path: does not refer to a valid field');
  return causes;
};

type Untyped = { plain: Environment; optional: Environment };

/** At work the values say their types themselves; only that `oldSelf` is optional has to be told. */
const untypedEnvironments = (): Untyped => {
  const bare = newEnvironment().registerVariable('self', 'dyn');
  return { plain: bare.clone().registerVariable('oldSelf', 'dyn'), optional: bare.clone().registerVariable('oldSelf', 'optional') };
};

const compiled = ({ plain, optional }: Untyped, source: Fields): Rule => {
  const [expression, message] = [text(source.rule), text(source.messageExpression)];
  const parse = (one: string): Ask => (source.optionalOldSelf === true ? optional : plain).parse(one) as Ask;
  return { source, ask: parse(expression), message: message === '' ? undefined : parse(message), transition: usesOldSelf(expression) };
};

/** Whether a schema has rules anywhere. */
export const hasRules = (schema: Fields): boolean => items(schema[key]).length > 0 || items(schema.allOf).some(hasRules) || below({ schema, trail: '', correlatable: true }).some((inner) => hasRules(inner.schema));

/** Reads all rules of a schema whose root is a resource. `trail` is its place in the definition. */
export const compileRules = (root: Fields, trail: string): RuleSet => {
  const known = new Map<Fields, readonly Rule[]>();
  const causes: Cause[] = [];
  const environment = newEnvironment();
  const typed = { environment, names: typeNames(environment) };
  const untyped = untypedEnvironments();
  // All types are known before the first environment is cloned, which closes the parent.
  const self = asRoot(root);
  typed.names.of(self);
  const visit = (inner: Inner, own: Fields, spine: Fields): void => {
    const { schema } = inner;
    if (!hasRules(schema)) return;
    const rules = items(schema[key]);
    const found = rules.flatMap((rule, index) => checkRule(typed, { ...inner, schema: spine }, own, rule, `${inner.trail}.${key}[${index}]`));
    causes.push(...found);
    known.set(schema, found.length > 0 ? [] : rules.map((rule) => compiled(untyped, rule)));
    items(schema.allOf).forEach((one, index) => visit({ ...inner, schema: one, trail: `${inner.trail}.allOf[${index}]` }, own, spine));
    for (const next of below(inner)) visit(next, next.schema, next.schema);
  };
  visit({ schema: root, trail, correlatable: true }, self, root);
  return { cel: loadCel(), of: (schema) => known.get(schema), causes };
};
