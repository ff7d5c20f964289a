// Kubernetes' quantities in CEL: `1Gi`, `500m`. They are doubles here, exact up to 2^53.
import type { Environment } from '@marcbachmann/cel-js';

class Quantity {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const units: Readonly<Record<string, number>> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

const read = (text: string): number | undefined => {
  const [, number, unit = ''] = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]{0,2})$/.exec(text) ?? [];
  const factor = units[unit];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
};

const parse = (text: string): Quantity => {
  const value = read(text);
  if (value === undefined) throw new Error("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  return new Quantity(value);
};

const asInteger = ({ value }: Quantity): bigint => {
  if (!Number.isSafeInteger(value)) throw new Error('cannot convert value to integer');
  return BigInt(value);
};

const compare = ({ value }: Quantity, other: Quantity): number => Math.sign(value - other.value);

/** quantity, isQuantity and their arithmetic. */
export const addQuantities = (environment: Environment): void => {
  const type = 'kubernetes.Quantity';
  environment.registerType(type, { ctor: Quantity, fields: {} });
  environment.registerFunction('isQuantity(string): bool', (text: string) => read(text) !== undefined);
  environment.registerFunction(`quantity(string): ${type}`, parse);
  environment.registerFunction(`${type}.isInteger(): bool`, ({ value }: Quantity) => Number.isSafeInteger(value));
  environment.registerFunction(`${type}.asInteger(): int`, asInteger);
  environment.registerFunction(`${type}.asApproximateFloat(): double`, ({ value }: Quantity) => value);
  environment.registerFunction(`${type}.sign(): int`, ({ value }: Quantity) => BigInt(Math.sign(value)));
  environment.registerFunction(`${type}.compareTo(${type}): int`, (one: Quantity, other: Quantity) => BigInt(compare(one, other)));
  environment.registerFunction(`${type}.isLessThan(${type}): bool`, (one: Quantity, other: Quantity) => compare(one, other) < 0);
  environment.registerFunction(`${type}.isGreaterThan(${type}): bool`, (one: Quantity, other: Quantity) => compare(one, other) > 0);
  environment.registerFunction(`${type}.add(${type}): ${type}`, (one: Quantity, other: Quantity) => new Quantity(one.value + other.value));
  environment.registerFunction(`${type}.add(int): ${type}`, (one: Quantity, other: bigint) => new Quantity(one.value + Number(other)));
  environment.registerFunction(`${type}.sub(${type}): ${type}`, (one: Quantity, other: Quantity) => new Quantity(one.value - other.value));
  environment.registerFunction(`${type}.sub(int): ${type}`, (one: Quantity, other: bigint) => new Quantity(one.value - Number(other)));
  environment.registerOperator(`${type} == ${type}`, (one: Quantity, other: Quantity) => one.value === other.value);
};
