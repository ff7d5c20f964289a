// How many healthy targets a group must have before its zone leaves DNS, or its unhealthy targets help out: pure.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health.html

/** A number of targets and a share of them in percent; each may be missing, and whichever asks for more counts. */
export type Enough = { count?: number; percentage?: number };

/** AWS's default: with none healthy there are too few. */
export const one: Enough = { count: 1 };

/** The number of healthy targets that is enough among `total`; 0: any number is. */
export const neededOf = ({ count = 0, percentage = 0 }: Enough, total: number): number => Math.max(count, Math.ceil((total * percentage) / 100));
