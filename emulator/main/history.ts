// What happened lately, in memory and bounded: AWS calls that change something, and changes of targets' health. For `nlbox timeline`.
import type { Clock } from '../clock.js';
import type { HealthView } from '../dataplane/types.js';
import { messageOf } from '../errors.js';

export type CallRecord = {
  at: number;
  /** Over HTTP, or by the built-in controller. */
  via: 'http' | 'controller';
  action: string;
  /** AWS's code, and its message. */
  error?: string;
  /** ARNs and group ids that question or answer name. */
  resources: string[];
  /** The stack whose tag the call carries, `namespace/name`. */
  stack?: string;
};

export type HealthRecord = { at: number; TargetGroupArn: string; target: string; status: string; saw?: string };

export type HistoryRecords = { calls: readonly CallRecord[]; health: readonly HealthRecord[] };

export type History = {
  records(): HistoryRecords;
  /** The same API, its changing calls written down. */
  noting<A extends object>(api: A): A;
  /** The same answering of HTTP requests, changing calls written down. */
  notingHttp<R extends { body: string }, S extends { status: number; body: string | Buffer }>(answer: (request: R) => S | Promise<S>): (request: R) => Promise<S>;
  /** Writes down each change of a target's health from now on; the answer ends it. */
  follow(health: HealthView): () => void;
};

const longest = 2_000;
const stackTag = 'service.k8s.aws/stack';

const isRead = (action: string): boolean => /^(Describe|List|Get)/.test(action);

// A piece cut out of a text keeps the whole text in memory, and requests may be large.
const own = (piece: string): string => Buffer.from(piece).toString();

const resourcesIn = (text: string): string[] => [...new Set(text.match(/arn:aws[\w-]*:elasticloadbalancing:[\w:/.-]+|\bsg-[0-9a-f]{8,}\b/g) ?? [])].map(own);

type Pair = { Key?: string; Value?: string };

/** The value of the stack tag, however deep the tags are. */
const stackIn = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  const { Key, Value } = value as Pair;
  if (Key === stackTag) return Value;
  for (const inner of Object.values(value)) {
    const found = stackIn(inner);
    if (found !== undefined) return found;
  }
  return undefined;
};

const stackOfForm = (form: URLSearchParams): string | undefined => {
  for (const [name, value] of form) if (value === stackTag && name.endsWith('.Key')) return own(form.get(name.replace(/Key$/, 'Value')) ?? '');
  return undefined;
};

const withStack = (stack: string | undefined): { stack?: string } => (stack === undefined ? {} : { stack });

const createRing = <T>(): { push(item: T): void; items: T[] } => {
  const items: T[] = [];
  return {
    items,
    push: (item) => {
      items.push(item);
      if (items.length > longest) items.splice(0, longest / 10);
    },
  };
};

const faultOf = (error: unknown): string => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? `${code}: ${messageOf(error)}` : messageOf(error);
};

const faultIn = (xml: string): string => {
  const tag = (name: string): string => own(new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '');
  return `${tag('Code')}: ${tag('Message')}`;
};

type Note = (record: CallRecord) => void;

const notingApi = (clock: Clock, note: Note): History['noting'] => (api) =>
  new Proxy(api, {
    get: (target, action: string) => {
      const call = (target as Record<string, unknown>)[action];
      if (typeof call !== 'function' || isRead(action)) return call;
      return async (input: unknown): Promise<unknown> => {
        const record = { at: clock.now(), via: 'controller' as const, action, ...withStack(stackIn(input)) };
        try {
          const output: unknown = await (call as (input: unknown) => Promise<unknown>).call(target, input);
          note({ ...record, resources: resourcesIn(JSON.stringify([input, output])) });
          return output;
        } catch (error) {
          note({ ...record, error: faultOf(error), resources: resourcesIn(JSON.stringify(input)) });
          throw error;
        }
      };
    },
  });

const notingRequests = (clock: Clock, note: Note): History['notingHttp'] => (answer) => async (request) => {
  const action = /(?:^|&)Action=(\w+)/.exec(request.body)?.[1];
  if (action === undefined || isRead(action)) return answer(request);
  const at = clock.now();
  const answered = await answer(request);
  const form = new URLSearchParams(request.body);
  const text = answered.body.toString();
  const fault = answered.status >= 400 ? { error: faultIn(text) } : {};
  note({ at, via: 'http', action: own(action), ...withStack(stackOfForm(form)), ...fault, resources: resourcesIn(`${[...form.values()].join(' ')} ${text}`) });
  return answered;
};

const following = (note: (record: HealthRecord) => void): History['follow'] => (view) =>
  view.onChange((TargetGroupArn, targetId) => {
    const now = view.of(TargetGroupArn, targetId);
    if (!now) return;
    const saw = now.history.at(-1)?.saw;
    note({ at: now.since, TargetGroupArn, target: targetId.replace('|', ':'), status: now.status, ...(saw === undefined ? {} : { saw }) });
  });

/** Starts empty with each run. */
export const createHistory = (clock: Clock): History => {
  const calls = createRing<CallRecord>();
  const health = createRing<HealthRecord>();
  return {
    records: () => ({ calls: calls.items, health: health.items }),
    noting: notingApi(clock, calls.push),
    notingHttp: notingRequests(clock, calls.push),
    follow: following(health.push),
  };
};
