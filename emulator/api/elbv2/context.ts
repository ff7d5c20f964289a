// What an operation is given: its scope, the state, the network, observed health, time and limits.
import type { TimingProfile } from '../../config.js';
import type { HealthView } from '../../dataplane/types.js';
import type { IndexedReader, IndexedTransaction } from '../../state/transaction.js';
import type { VpcView } from '../../state/vpc.js';
import type { Scope } from '../service.js';
import type { Elbv2Api } from './client.js';
import type { Places } from './places.js';

export type Context = {
  scope: Scope;
  read: IndexedReader;
  /** undefined in a region that has no network here. */
  vpc: VpcView | undefined;
  /** Ids of the security groups that the VPC has from the start; no record stands for them until somebody changes them. */
  bornGroups: readonly string[];
  health: HealthView;
  timing: TimingProfile;
  now: number;
  /** A limit by its name in DescribeAccountLimits. */
  quota(name: string): number;
  /** Whether a moment is past. Ask time-dependent questions with it only: an answer is kept until the next such moment. */
  reached(moment: number): boolean;
  /** The answer depends on something without a revision (the cluster's nodes), so it is not kept. */
  volatile(): void;
};

export type WriteContext = Context & {
  tx: IndexedTransaction;
  /** 16 hex digits for a new ARN. */
  newId(): string;
  /** The second octet of the loopback block that load balancer addresses are taken from. */
  octet: number;
  places: Places;
};

/** An SDK input after validation: what the schema requires is there, at any depth. */
export type Checked<T> = T extends Date
  ? T
  : T extends readonly (infer U)[]
    ? Checked<U>[]
    : T extends object
      ? { [K in keyof T]: {} extends Pick<T, K> ? Checked<T[K]> : Checked<NonNullable<T[K]>> }
      : T;

export type Input<Op extends keyof Elbv2Api> = Checked<Parameters<Elbv2Api[Op]>[0]>;
export type Output<Op extends keyof Elbv2Api> = Awaited<ReturnType<Elbv2Api[Op]>>;
