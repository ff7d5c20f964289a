// What a rehearsal leaves behind in the account and the cluster: taken stock of by the same public tools as the pages use.
import type { Shell } from './shell.js';

const questions = {
  'load balancers': `aws elbv2 describe-load-balancers --output json --query 'LoadBalancers[].LoadBalancerName'`,
  'target groups': `aws elbv2 describe-target-groups --output json --query 'TargetGroups[].TargetGroupName'`,
  'security groups': `aws ec2 describe-security-groups --output json --query 'SecurityGroups[].GroupId'`,
  TargetGroupBindings: `kubectl get targetgroupbindings.elbv2.k8s.aws -A -o json | jq '[.items[].metadata | "\\(.namespace)/\\(.name)"]'`,
  'Services with finalizers': `kubectl get services -A -o json | jq '[.items[].metadata | select((.finalizers // []) | length > 0) | "\\(.namespace)/\\(.name)"]'`,
} as const;

export type Kept = keyof typeof questions;

/** Names of what is there, by kind. A kind that could not be asked for is in `unknown`. */
export type Stock = { found: Readonly<Record<Kept, readonly string[]>>; unknown: readonly Kept[] };

const kinds = Object.keys(questions) as Kept[];

const build = (namesOf: (kind: Kept) => readonly string[]): Stock['found'] =>
  Object.fromEntries(kinds.map((kind) => [kind, namesOf(kind)])) as Stock['found'];

const namesIn = (text: string): string[] | undefined => {
  try {
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) ? names.map(String) : undefined;
  } catch {
    return undefined;
  }
};

/** Asks for all kinds at once. */
export const takeStock = async (shell: Shell): Promise<Stock> => {
  const answers = await Promise.all(
    kinds.map(async (kind) => {
      const { stdout, exitCode } = await shell.run({ script: questions[kind], timeout: 60, carry: false });
      return [kind, exitCode === 0 ? namesIn(stdout) : undefined] as const;
    }),
  );
  const found = new Map(answers);
  return { found: build((kind) => found.get(kind) ?? []), unknown: kinds.filter((kind) => found.get(kind) === undefined) };
};

/** What is there now and was not there before. */
export const leftBehind = (before: Stock, now: Stock): Stock => ({
  found: build((kind) => now.found[kind].filter((name) => !before.found[kind].includes(name))),
  unknown: kinds.filter((kind) => before.unknown.includes(kind) || now.unknown.includes(kind)),
});

export const isEmpty = ({ found }: Stock): boolean => kinds.every((kind) => found[kind].length === 0);

/** A line for each kind of which something is left, or could not be asked for. */
export const leakLines = ({ found, unknown }: Stock): string[] => [
  ...kinds.filter((kind) => found[kind].length > 0).map((kind) => `Left behind: ${kind}: ${found[kind].join(', ')}`),
  ...unknown.map((kind) => `Not known whether ${kind} were left behind: the question failed`),
];
