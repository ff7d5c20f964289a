// What is checked of any call before its operation runs: that there is such an operation, that it is done here, and that its members are well formed.
import { refuse, type Complaint } from '../../wire/complaints.js';
import { AwsFault } from '../../wire/fault.js';
import { validateInput } from '../../wire/validate.js';
import { once, type Checks } from './checked.js';
import { beforeAll } from './checks.js';
import { elbv2Constraints } from './constraints.js';
import { notModelled } from './faults.js';
import { isModelled, isOperation, type ModelledName, type OperationName } from './modelled.js';
import { schemasOf } from './operations.js';

export const elbv2Version = '2015-12-01';

const checkOperation = (action: string): OperationName => {
  if (!isOperation(action)) throw new AwsFault('InvalidAction', `Could not find operation ${action} for version ${elbv2Version}`);
  return action;
};

const checkModelled = (name: OperationName): ModelledName => {
  if (!isModelled(name)) throw notModelled(`the operation ${name}`);
  return name;
};

/** Throws everything that is wrong with an input, in one fault. */
const checkMembers = (name: ModelledName, input: object, before: readonly Complaint[]): void => {
  const found = validateInput(schemasOf(name).input, input, elbv2Constraints);
  // A value that could not be read is missing afterwards: one complaint about a member is enough.
  const paths = before.map((one) => / at '([^']*)' failed/.exec(one)?.[1]);
  refuse([...before, ...found.filter((one) => !paths.includes(/ at '([^']*)' failed/.exec(one)?.[1]))]);
};

type Decoded = { input: object; complaints: readonly Complaint[] };

/** What is checked of any call, in the order of the list; the operation and its input when nothing is wrong. */
export const admitted = (action: string, decode: (name: ModelledName) => Decoded): { name: ModelledName; input: object } => {
  const operation = once(() => checkOperation(action));
  const name = once(() => checkModelled(operation()));
  const decoded = once(() => decode(name()));
  const all: Checks<(typeof beforeAll)[number]> = { operation, modelled: name, members: () => checkMembers(name(), decoded().input, decoded().complaints) };
  for (const check of beforeAll) all[check]();
  return { name: name(), input: decoded().input };
};
