// The ELBv2 service: one way from a checked input to an output, for callers in process and for the wire, with kept answers for reads.
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../clock.js';
import type { TimingProfile } from '../../config.js';
import type { HealthView } from '../../dataplane/types.js';
import type { IndexedStore } from '../../state/store.js';
import type { VpcView } from '../../state/vpc.js';
import { refuse, type Complaint } from '../../wire/complaints.js';
import { decodeInput } from '../../wire/decode.js';
import { AwsFault } from '../../wire/fault.js';
import { validateInput } from '../../wire/validate.js';
import { renderFault, renderResult, type Rendered } from '../../wire/xml.js';
import { bornGroupIds } from '../ec2/context.js';
import type { Scope, Service, ServiceRequest } from '../service.js';
import type { Elbv2Api } from './client.js';
import { elbv2Constraints } from './constraints.js';
import { once, type Checks } from './checked.js';
import { beforeAll } from './checks.js';
import type { Context } from './context.js';
import { notModelled } from './faults.js';
import { createQuota } from './limits.js';
import { isModelled, isOperation, modelled, type ModelledName, type OperationName } from './modelled.js';
import { operationOf, schemasOf } from './operations.js';

export type Elbv2Options = {
  store: IndexedStore;
  vpc: VpcView;
  /** Names one of the security groups that the VPC has from the start. */
  clusterName?: string;
  health: HealthView;
  clock: Clock;
  timing: TimingProfile;
  /** Overrides of account limits by their DescribeAccountLimits name. */
  quotas: Record<string, number>;
  /** Second octet of the loopback block of load balancer addresses. */
  octet: number;
  /** 16 hex digits for each new ARN; random when left out. */
  newId?: () => string;
};

export type Elbv2 = {
  service: Service;
  call(scope: Scope, operation: string, input: object): Promise<object>;
  /** The API of one account and region, in process. */
  api(scope: Scope): Elbv2Api;
};

const version = '2015-12-01';
const namespace = `http://elasticloadbalancing.amazonaws.com/doc/${version}/`;
const keptBytes = 32 * 1024 * 1024;

/** Up to when, and on what, an answer depends. */
type Lifetime = { until: number; volatile: boolean };
type Kept = { rendered: Rendered; store: number; health: number; until: number };

const checkOperation = (action: string): OperationName => {
  if (!isOperation(action)) throw new AwsFault('InvalidAction', `Could not find operation ${action} for version ${version}`);
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
const admitted = (action: string, decode: (name: ModelledName) => Decoded): { name: ModelledName; input: object } => {
  const operation = once(() => checkOperation(action));
  const name = once(() => checkModelled(operation()));
  const decoded = once(() => decode(name()));
  const all: Checks<(typeof beforeAll)[number]> = { operation, modelled: name, members: () => checkMembers(name(), decoded().input, decoded().complaints) };
  for (const check of beforeAll) all[check]();
  return { name: name(), input: decoded().input };
};

const createRunner = (options: Elbv2Options) => {
  const { store, vpc, health, clock, timing, octet, newId = () => randomBytes(8).toString('hex') } = options;
  const quota = createQuota(options.quotas);
  const bornGroups = bornGroupIds(vpc.VpcId, options.clusterName ?? '');
  const contextOf = (scope: Scope, lifetime: Lifetime): Omit<Context, 'read'> => {
    const now = clock.now();
    return {
      scope,
      vpc: vpc.region === scope.region ? vpc : undefined,
      bornGroups,
      health,
      timing,
      now,
      quota,
      reached: (moment) => {
        if (now >= moment) return true;
        lifetime.until = Math.min(lifetime.until, moment);
        return false;
      },
      volatile: () => {
        lifetime.volatile = true;
      },
    };
  };
  return (scope: Scope, name: ModelledName, input: object, lifetime: Lifetime): object | Promise<object> => {
    const operation = operationOf(name);
    const partition = store.partition(scope.account, scope.region);
    if (operation.kind === 'read') return operation.run({ ...contextOf(scope, lifetime), read: partition.read }, input);
    return partition.update((tx) => operation.run({ ...contextOf(scope, lifetime), read: tx, tx, newId, octet }, input));
  };
};

const createKeeper = ({ store, health, clock }: Elbv2Options) => {
  const cache = new LRUCache<string, Kept>({ maxSize: keptBytes, sizeCalculation: ({ rendered }, key) => rendered.head.length + rendered.tail.length + key.length });
  const keyOf = ({ account, region }: Scope, body: string): string => `${account} ${region} ${body}`;
  return {
    find: (scope: Scope, body: string): Rendered | undefined => {
      const kept = cache.get(keyOf(scope, body));
      if (!kept || kept.store !== store.revision() || kept.health !== health.revision() || clock.now() >= kept.until) return undefined;
      return kept.rendered;
    },
    keep: (scope: Scope, body: string, rendered: Rendered, { until, volatile }: Lifetime): void => {
      if (!volatile) cache.set(keyOf(scope, body), { rendered, store: store.revision(), health: health.revision(), until });
    },
  };
};

/** Builds the service. Nothing runs until it is asked. */
export const createElbv2 = (options: Elbv2Options): Elbv2 => {
  const run = createRunner(options);
  const keeper = createKeeper(options);
  const freshLifetime = (): Lifetime => ({ until: Infinity, volatile: false });

  const answer = ({ scope, action, tree, body }: ServiceRequest): Rendered | Promise<Rendered> => {
    const { name, input } = admitted(action, (known) => decodeInput(schemasOf(known).input, tree));
    const lifetime = freshLifetime();
    const output = run(scope, name, input, lifetime);
    const render = (value: object): Rendered => renderResult(namespace, name, schemasOf(name).output, value);
    if (output instanceof Promise) return output.then(render);
    const rendered = render(output);
    keeper.keep(scope, body, rendered, lifetime);
    return rendered;
  };
  const call = async (scope: Scope, operation: string, input: object): Promise<object> => {
    const { name } = admitted(operation, () => ({ input, complaints: [] }));
    return run(scope, name, input, freshLifetime());
  };
  const api = (scope: Scope): Elbv2Api => {
    const names = (Object.keys(modelled) as (keyof typeof modelled)[]).filter(isModelled);
    return Object.fromEntries(names.map((name) => [name, (input: object) => call(scope, name, input)])) as unknown as Elbv2Api;
  };
  return {
    service: {
      version,
      actions: new Set(Object.keys(modelled)),
      answer,
      kept: keeper.find,
      renderFault: (fault) => renderFault(namespace, fault),
    },
    call,
    api,
  };
};
