// What the DNS responder says to one question, pure: addresses of load balancers, and the right kind of no for the rest.

/** Numbers of RFC 1035 4.1.1. */
export const rcodes = { NOERROR: 0, FORMERR: 1, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

const types = { A: 1, ANY: 255 } as const;
const classes = { IN: 1, ANY: 255 } as const;

export type Question = { name: string; type: number; class: number };

/** `zone` is set where the answer is ours to give: its SOA goes with every answer that has no addresses. */
export type Answer = { rcode: number; addresses: readonly string[]; zone?: string };

/** The addresses that a name leads a client to now; an empty list for a name that exists and leads nowhere; undefined for no such name. */
export type Lookup = (name: string, client?: string) => readonly string[] | undefined;

// https://docs.aws.amazon.com/general/latest/gr/elb.html: names of Network Load Balancers end in `elb.REGION.amazonaws.com`.
const zonePattern = /(?:^|\.)(elb\.[a-z0-9-]+\.amazonaws\.com)\.?$/i;

/** The domain of a load balancer's name, or undefined for a name that is none of ours. */
export const zoneOf = (name: string): string | undefined => zonePattern.exec(name)?.[1]?.toLowerCase();

/** A refusal sends a resolver to its next server; only names under `elb.REGION.amazonaws.com` are answered. */
export const answerTo = (question: Question, lookup: Lookup, client?: string): Answer => {
  const zone = zoneOf(question.name);
  if (zone === undefined || (question.class !== classes.IN && question.class !== classes.ANY)) return { rcode: rcodes.REFUSED, addresses: [] };
  const found = lookup(question.name, client);
  const isZone = question.name.toLowerCase().replace(/\.$/, '') === zone;
  if (found === undefined && !isZone) return { rcode: rcodes.NXDOMAIN, addresses: [], zone };
  // RFC 8482 allows any one record as the answer to ANY.
  const asked = question.type === types.A || question.type === types.ANY;
  return { rcode: rcodes.NOERROR, addresses: asked ? (found ?? []) : [], zone };
};

/** The same list begun at another place: who takes the first address goes to another zone each time. */
export const rotate = <T>(list: readonly T[], by: number): T[] => {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
};
