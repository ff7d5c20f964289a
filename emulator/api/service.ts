// What dispatch needs to know of a service (elbv2, ec2, sts …): how to run an action and how to write its answers.
import type { AwsFault } from '../wire/fault.js';
import type { QueryTree } from '../wire/query.js';
import type { Rendered } from '../wire/xml.js';

/** Whose state a request is about. */
export type Scope = { account: string; region: string };

export type ServiceRequest = {
  scope: Scope;
  action: string;
  /** Parsed form body (with the parameters of the query string when the body has none). */
  tree: QueryTree;
  /** The text that `tree` was parsed from: the key under which an answer may be kept. */
  body: string;
};

export type Service = {
  /** The protocol version that requests carry, `2015-12-01`. It must be unique among the registered services. */
  version: string;
  /** Every action that the service has, done or not: routes a request that says neither scope nor version. */
  actions: ReadonlySet<string>;
  /** Runs one action. A refusal is thrown as AwsFault. */
  answer(request: ServiceRequest): Rendered | Promise<Rendered>;
  /** A kept answer for exactly this text, if it is still true; asked before the text is parsed. */
  kept?(scope: Scope, body: string): Rendered | undefined;
  renderFault(fault: AwsFault): Rendered;
};

/** A whole HTTP answer, as services write it that speak other protocols than Query. */
export type Answer = { status: number; headers: Record<string, string>; body: string };

/** A service whose requests are told by method and path. */
export type RestService = {
  /** Its name in the credential scope. */
  name: string;
  /** Refusals are thrown as AwsFault; `path` is decoded into its parts. */
  answer(scope: Scope, method: string, path: readonly string[], query: URLSearchParams): object;
};
