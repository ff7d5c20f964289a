// Which lookups the tables answer without a walk over all rows, and the rows with those lookups kept up to date.
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TableName, Tables } from './types.js';

/** Every target group that a list of actions forwards to, in order, each once. */
export const forwardedGroups = (actions: readonly Action[]): string[] => {
  const arns = actions.flatMap((action) => [
    ...(action.ForwardConfig?.TargetGroups ?? []).map((tuple) => tuple.TargetGroupArn),
    action.TargetGroupArn,
  ]);
  return [...new Set(arns.filter((arn) => arn !== undefined))];
};

type Lookups = { [T in TableName]: Record<string, (record: Tables[T]) => readonly string[]> };

const lookups = {
  loadBalancers: {
    LoadBalancerName: (record: Tables['loadBalancers']) => [record.LoadBalancerName],
    slot: (record: Tables['loadBalancers']) => [String(record.slot)],
    AllocationId: (record: Tables['loadBalancers']) => record.AvailabilityZones.flatMap((zone) => zone.AllocationId ?? []),
    PrivateIPv4Address: (record: Tables['loadBalancers']) => record.AvailabilityZones.flatMap((zone) => zone.PrivateIPv4Address ?? []),
  },
  listeners: {
    LoadBalancerArn: (record: Tables['listeners']) => [record.LoadBalancerArn],
    TargetGroupArn: (record: Tables['listeners']) => forwardedGroups(record.DefaultActions),
    CertificateArn: (record: Tables['listeners']) => [...new Set(record.Certificates ?? [])],
  },
  targetGroups: { TargetGroupName: (record: Tables['targetGroups']) => [record.TargetGroupName] },
  targets: { TargetGroupArn: (record: Tables['targets']) => [record.TargetGroupArn] },
  securityGroups: { GroupName: (record: Tables['securityGroups']) => [record.GroupName] },
  certificates: {},
  addresses: { PublicIp: (record: Tables['addresses']) => [record.PublicIp] },
  ec2Tags: {},
} satisfies Lookups;

export type LookupName<T extends TableName> = keyof (typeof lookups)[T] & string;

/** The values under which a record is found by one lookup. */
export const lookupValues = (table: TableName, lookup: string, record: unknown): readonly string[] => {
  const all = lookups[table] as Record<string, (record: unknown) => readonly string[]>;
  return all[lookup]?.(record) ?? [];
};

/** A table's rows in order of insertion, with the keys of each lookup value in that order too. */
export type IndexedRows = {
  rows: Map<string, unknown>;
  keysOf(lookup: string, value: string): Iterable<string>;
  set(key: string, record: unknown): void;
  delete(key: string): void;
};

/** The keys under each value of each lookup, in order of insertion. */
const createIndex = () => {
  const index = new Map<string, Set<string>>();
  const at = (lookup: string, value: string): string => `${lookup}\n${value}`;
  return {
    keysOf: (lookup: string, value: string): Iterable<string> => index.get(at(lookup, value)) ?? [],
    add: (key: string, lookup: string, value: string): void => {
      const keys = index.get(at(lookup, value));
      if (keys) keys.add(key);
      else index.set(at(lookup, value), new Set([key]));
    },
    remove: (key: string, lookup: string, value: string): void => {
      const keys = index.get(at(lookup, value));
      keys?.delete(key);
      if (keys?.size === 0) index.delete(at(lookup, value));
    },
  };
};

/** Takes `rows` over: from then on they are changed through the answer only. */
export const indexRows = (table: TableName, rows: Map<string, unknown>): IndexedRows => {
  const names = Object.keys(lookups[table]);
  const { keysOf, add, remove } = createIndex();
  const replace = (key: string, before: unknown, after: unknown): void => {
    for (const name of names) {
      const old = before === undefined ? [] : lookupValues(table, name, before);
      const fresh = after === undefined ? [] : lookupValues(table, name, after);
      for (const value of old) if (!fresh.includes(value)) remove(key, name, value);
      for (const value of fresh) add(key, name, value);
    }
  };
  for (const [key, record] of rows) replace(key, undefined, record);
  return {
    rows,
    keysOf,
    set: (key, record) => {
      replace(key, rows.get(key), record);
      rows.set(key, record);
    },
    delete: (key) => {
      replace(key, rows.get(key), undefined);
      rows.delete(key);
    },
  };
};
