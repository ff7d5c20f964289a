// The order of checks: every check of the list refuses by itself, and of two faults in one request the earlier one answers.
import test from 'ava';
import { beforeAll, checks, type CheckOf } from '../../../emulator/api/elbv2/checks.js';
import { isModelled, modelled, type ModelledName, type OperationName } from '../../../emulator/api/elbv2/modelled.js';
import { account, createWorld, refusal, region, type World } from './fixture.js';
import { courses, type Fault, type Made, type Members } from './faults.js';

const scope = { account, region };

const setUp = async (op: ModelledName): Promise<{ made: Made; input: Members }> => {
  const quotas = {};
  const made: Made = { world: await createWorld({ quotas }), quotas };
  return { made, input: await courses[op].input(made) };
};

const membersOf = (fault: Fault, made: Made, input: Members): Members => fault.input?.(made, input) ?? {};

/** Both faults at once; what edits comes after what replaces, and the earlier fault last, so that the later one cannot undo it. */
const withFaults = async (op: ModelledName, faults: readonly Fault[]): Promise<string> => {
  const { made, input } = await setUp(op);
  const order = [...faults].reverse().sort((a, b) => Number(a.edits ?? false) - Number(b.edits ?? false));
  for (const fault of order) await fault.world?.(made);
  let spoilt = input;
  for (const fault of order) spoilt = { ...spoilt, ...membersOf(fault, made, spoilt) };
  for (const fault of faults) Object.assign(made.quotas, fault.quotas);
  return refusal(made.world.dispatch.call(scope, op, spoilt));
};

/** The members that a fault replaces. */
const replacedBy = async (op: ModelledName, fault: Fault): Promise<string[]> => {
  if (fault.edits || !fault.input) return [];
  const { made, input } = await setUp(op);
  await fault.world?.(made);
  return Object.keys(membersOf(fault, made, input));
};

for (const op of Object.keys(checks) as ModelledName[]) {
  const names = checks[op] as readonly CheckOf<typeof op>[];
  const faults = courses[op].faults as Record<string, Fault>;
  const faultOf = (name: string): Fault => faults[name] as Fault;

  test(`${op}: ${names.join(', ')}`, async (t) => {
    t.is(await withFaults(op, []), 'no refusal');
    const replaced = new Map<string, string[]>();
    for (const name of names) {
      t.regex(await withFaults(op, [faultOf(name)]), faultOf(name).says, name);
      replaced.set(name, await replacedBy(op, faultOf(name)));
    }
    // Two faults go into one request when they are not about the same member.
    const areApart = (a: string, b: string): boolean =>
      faultOf(a).apart?.includes(b) || faultOf(b).apart?.includes(a) || (replaced.get(a) ?? []).some((member) => replaced.get(b)?.includes(member)) || false;
    for (const [at, earlier] of names.entries()) {
      for (const later of names.slice(at + 1)) {
        if (areApart(earlier, later)) continue;
        t.regex(await withFaults(op, [faultOf(earlier), faultOf(later)]), faultOf(earlier).says, `'${earlier}' before '${later}'`);
      }
    }
  });
}

test('before all operations: whether there is one, whether it is done here, whether its members are well formed', async (t) => {
  t.deepEqual(beforeAll, ['operation', 'modelled', 'members']);
  const world: World = await createWorld();
  const malformed = { LoadBalancerArn: 1, Name: 1, ListenerArn: 1, TargetGroupArn: 1 };
  const no = (name: string) => refusal(world.dispatch.call(scope, name, malformed));
  t.regex(await no('DescribeNothing'), /^InvalidAction: /);
  const refused = (Object.keys(modelled) as OperationName[]).filter((name) => !isModelled(name));
  for (const name of refused) t.regex(await no(name), /^UnsupportedOperation: /, name);
  const asked = ['CreateListener', 'DeleteLoadBalancer', 'CreateLoadBalancer', 'CreateTargetGroup', 'SetSubnets', 'RegisterTargets', 'DeleteListener'];
  for (const name of asked) t.regex(await no(name), /^ValidationError: \d validation errors? detected: /, name);
});
