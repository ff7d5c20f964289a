// Any operation with any parameters ends in an answer or in a refusal, never in a failure of ours, and the state stays whole.
import test from 'ava';
import fc from 'fast-check';
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticStructureSchema } from '@smithy/types';
import { isModelled, modelled, type ModelledName } from '../../emulator/api/elbv2/modelled.js';
import { schemasOf } from '../../emulator/api/elbv2/operations.js';
import { fuzzSeed, seedLine } from '../support/seed.js';
import { account, createListener, createLoadBalancer, createTargetGroup, createWorld, publicSubnets, region, type World } from './elbv2/fixture.js';

/** Every parameter that a request can have, lists with two members. */
const parametersOf = (schema: NormalizedSchema, path: string, depth = 0): string[] => {
  if (depth > 6) return [];
  if (schema.isListSchema()) return [path, ...['1', '2'].flatMap((index) => parametersOf(schema.getValueSchema(), `${path}.member.${index}`, depth + 1))];
  if (!schema.isStructSchema()) return [path];
  return [...schema.structIterator()].flatMap(([name, member]) => parametersOf(member, path === '' ? name : `${path}.${name}`, depth + 1));
};

/** Parameters without which the front end refuses at once: given in every request. */
const requiredOf = (schema: NormalizedSchema): string[] => {
  const count = (schema.getSchema() as StaticStructureSchema)[6] ?? 0;
  return [...schema.structIterator()].slice(0, count).flatMap(([name, member]) => {
    if (!member.isListSchema()) return [name];
    const item = member.getValueSchema();
    return item.isStructSchema() ? Object.keys(item.getMemberSchemas()).slice(0, 2).map((key) => `${name}.member.1.${key}`) : [`${name}.member.1`];
  });
};

const anything = [
  '', 'null', '$NAME', 'x', '0', '1', '80', '-1', '65536', '1e3', 'true', 'false', 'TCP', 'UDP', 'HTTP', 'forward', 'network', 'internal', 'ip', 'instance', 'ipv4',
  '10.42.0.1', '10.9.0.1', 'all', 'us-west-2a', '__proto__', 'constructor', '/', '200-399', 'sg-0', 'off', '{LoadBalancer}', '{TargetGroup}', '{Listener}',
];

/** What would be right for a parameter, by its name; `{…}` stands for a resource that is there when the request is sent. */
const fitting = (name: string, parameter: string, { vpc, nodes }: World, subnets: string[]): string[] => {
  const last = parameter.split('.').filter((part) => !/^(member|\d+)$/.test(part)).pop() ?? '';
  const key = name.includes('LoadBalancer') ? 'deletion_protection.enabled' : name.includes('Listener') ? 'tcp.idle_timeout.seconds' : 'stickiness.enabled';
  const known: Record<string, string[]> = {
    LoadBalancerArn: ['{LoadBalancer}'], LoadBalancerArns: ['{LoadBalancer}'], TargetGroupArn: ['{TargetGroup}', '{Nodes}'], TargetGroupArns: ['{TargetGroup}'],
    ListenerArn: ['{Listener}'], ListenerArns: ['{Listener}'], ResourceArns: ['{LoadBalancer}', '{TargetGroup}', '{Listener}'], Name: ['one', 'two'], Names: ['my-nlb', 'one'],
    Type: [name === 'CreateLoadBalancer' ? 'network' : 'forward'], Protocol: ['TCP'], Port: ['80', '81'], VpcId: [vpc.VpcId], Subnets: subnets, SubnetId: subnets,
    Id: ['10.42.0.1', '10.42.40.1', nodes[0]?.InstanceId ?? ''], TargetType: ['ip', 'instance'], Key: [key, 'a', 'b'], Value: ['true', 'false', '100'], IpAddressType: ['ipv4'],
    AvailabilityZone: ['us-west-2a', 'all'], HealthCheckProtocol: ['TCP', 'HTTP'], Weight: ['1', '10'], TagKeys: ['a'], PageSize: ['1', '400'],
  };
  return known[last] ?? anything;
};

test('no request makes us fail', async (t) => {
  const seed = fuzzSeed();
  t.log(seedLine(seed));
  const world = await createWorld({ quotas: { 'network-load-balancers': 20, 'target-groups': 20, 'targets-per-target-group': 20 } });
  const subnets = publicSubnets(world);
  const { read } = world.store.partition(account, region);
  const there: Record<string, string> = {};
  let made = 0;
  const makeSureOfResources = async (): Promise<void> => {
    if (!read.get('loadBalancers', there['{LoadBalancer}'] ?? '')) there['{LoadBalancer}'] = await createLoadBalancer(world, `lb-${++made}`);
    if (!read.get('targetGroups', there['{TargetGroup}'] ?? '')) there['{TargetGroup}'] = await createTargetGroup(world);
    if (!read.get('targetGroups', there['{Nodes}'] ?? '')) there['{Nodes}'] = await createTargetGroup(world, 'nodes', 'instance');
    if (read.get('listeners', there['{Listener}'] ?? '')) return;
    const [used] = read.by('listeners', 'TargetGroupArn', there['{TargetGroup}'] ?? '');
    there['{Listener}'] = used?.ListenerArn ?? (await createListener(world, there['{LoadBalancer}'] ?? '', there['{TargetGroup}'] ?? '', 1000 + ++made));
  };

  const names = (Object.keys(modelled) as (keyof typeof modelled)[]).filter(isModelled);
  const request = fc.constantFrom<ModelledName>(...names).chain((name) => {
    const schema = NormalizedSchema.of(schemasOf(name).input);
    const more = fc.uniqueArray(fc.constantFrom(...parametersOf(schema, '')), { maxLength: 5 });
    const pair = (parameter: string) => fc
      .oneof({ weight: 8, arbitrary: fc.constantFrom(...fitting(name, parameter, world, subnets)) }, { weight: 1, arbitrary: fc.constantFrom(...anything) })
      .map((value) => ({ parameter, value }));
    return more.chain((extra) => fc.tuple(fc.constant(name), fc.tuple(...[...new Set([...requiredOf(schema), ...extra])].map(pair))));
  });
  const succeeded = new Set<string>();
  await fc.assert(
    fc.asyncProperty(request, async ([name, pairs]) => {
      await makeSureOfResources();
      const parameters = pairs.map(({ parameter, value }) => `${parameter}=${encodeURIComponent(there[value] ?? value)}`);
      const { status, text } = await world.post([`Action=${name}`, 'Version=2015-12-01', ...parameters].join('&'));
      if (status === 200) succeeded.add(name);
      return status === 200 || (status === 400 && text.startsWith('<ErrorResponse '));
    }),
    { numRuns: 2500, seed },
  );
  // Most operations must have got past the front end for this to mean something.
  t.true(succeeded.size > names.length * 0.7, `only these ever succeeded: ${[...succeeded].join(' ')}`);
  for (const one of read.list('listeners')) t.truthy(read.get('loadBalancers', one.LoadBalancerArn));
  for (const one of read.list('targets')) t.truthy(read.get('targetGroups', one.TargetGroupArn));
  for (const one of read.list('targetGroups')) t.is(one.InUseSince !== undefined, read.by('listeners', 'TargetGroupArn', one.TargetGroupArn).length > 0);
});
