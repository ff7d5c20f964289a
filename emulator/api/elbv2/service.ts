// The ELBv2 service: one way from a checked input to an output, for callers in process and for the wire.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.js';
import type { TimingProfile } from '../../config.js';
import type { HealthView } from '../../dataplane/types.js';
import type { IndexedStore } from '../../state/store.js';
import type { VpcView } from '../../state/vpc.js';
import { decodeInput } from '../../wire/decode.js';
import { renderFault, renderResult, type Rendered } from '../../wire/xml.js';
import { bornGroupIds } from '../ec2/context.js';
import type { Scope, Service, ServiceRequest } from '../service.js';
import { admitted, elbv2Version } from './admission.js';
import type { Elbv2Api } from './client.js';
import type { Context } from './context.js';
import { createQuota } from './limits.js';
import { createKeeper, freshLifetime, type Lifetime } from './kept.js';
import { isModelled, modelled, type ModelledName } from './modelled.js';
import { operationOf, schemasOf } from './operations.js';
import { createPlaces } from './places.js';

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

const namespace = `http://elasticloadbalancing.amazonaws.com/doc/${elbv2Version}/`;

const createRunner = (options: Elbv2Options) => {
  const { store, vpc, health, clock, timing, octet, newId = () => randomBytes(8).toString('hex') } = options;
  const quota = createQuota(options.quotas);
  const withPlaces = createPlaces(store);
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
    return withPlaces((places) => partition.update((tx) => operation.run({ ...contextOf(scope, lifetime), read: tx, tx, newId, octet, places }, input)));
  };
};

/** Builds the service. Nothing runs until it is asked. */
export const createElbv2 = (options: Elbv2Options): Elbv2 => {
  const run = createRunner(options);
  const keeper = createKeeper(options);
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
      version: elbv2Version,
      actions: new Set(Object.keys(modelled)),
      answer,
      kept: keeper.find,
      renderFault: (fault) => renderFault(namespace, fault),
    },
    call,
    api,
  };
};
