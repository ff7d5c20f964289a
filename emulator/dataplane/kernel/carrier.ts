// The `kernel` engine: keeps the rules in the kernel in step with plan and health, and reads there what was counted.
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import { indexPlan, nodeKey, nodesOf, type Indexed } from '../apply.js';
import type { KernelCarrier } from '../carrier.js';
import { targetKey } from '../health.js';
import type { NodeSpec } from '../place.js';
import type { HealthView, Listener, Route } from '../types.js';
import type { Table } from './changes.js';
import { createClasses } from './classes.js';
import type { Commands } from './commands.js';
import { forgetAll, forgetFlows } from './conntrack.js';
import { findCulprits } from './culprits.js';
import { readFacts } from './facts.js';
import { createObserver } from './observer.js';
import { createRefusals, poolsOf } from './refusals.js';
import { createRules, type Rules } from './rules.js';
import { rulesetOf, type Ruleset } from './ruleset.js';

export type KernelOptions = { commands: Commands; table: Table; route: Route; clock: Clock; log: Log };

/** So many ways that nobody uses any more may be remembered before somebody looks. */
const mostForgotten = 1000;

const createNumbers = () => {
  const numbers = new Map<string, number>();
  let last = 0;
  return {
    of: (key: string): number => {
      const number = numbers.get(key) ?? (last += 1);
      numbers.set(key, number);
      return number;
    },
    retain: (keeps: ReadonlySet<string>): void => {
      for (const key of numbers.keys()) if (!keeps.has(key)) numbers.delete(key);
    },
  };
};

// One thing at a time; whatever is requested while `run` runs is one run more, not one each.
const createTurns = (run: () => Promise<void>) => {
  let dirty = false;
  let running: Promise<void> | undefined;
  let line: Promise<void> = Promise.resolve();
  const alone = (what: () => Promise<void>): Promise<void> => {
    const done = line.then(what);
    line = done.catch(() => {});
    return done;
  };
  const work = async (): Promise<void> => {
    while (dirty) {
      dirty = false;
      await alone(run);
    }
    running = undefined;
  };
  return {
    request: (): Promise<void> => {
      dirty = true;
      return (running ??= Promise.resolve().then(work));
    },
    alone,
    settled: async (): Promise<void> => {
      await running;
      await line;
    },
  };
};

const specsOf = (listeners: Iterable<Listener>): NodeSpec[] => [...listeners].flatMap((listener) => [...nodesOf(listener).values()]);

type PutOptions = { rules: Rules; compile: (listeners: readonly Listener[]) => Ruleset; log: Log };

/** Puts the rules of all listeners in force that the kernel takes; answers what it refused, or why it takes none. */
const put = async ({ rules, compile, log }: PutOptions, listeners: readonly Listener[]): Promise<{ refused: Map<Listener, string>; lost?: string }> => {
  const problem = await rules.change(compile(listeners));
  if (problem === undefined) return { refused: new Map() };
  log.error({ problem }, 'the kernel refused the rules');
  const refused = await findCulprits(listeners, (some) => rules.rehearse(compile(some)));
  const rest = listeners.filter((one) => !refused.has(one));
  if (rest.length > 0 && (await rules.change(compile(rest))) === undefined) return { refused };
  const left = rules.stands() ? await rules.remove() : undefined;
  const stays = left === undefined ? '' : `, and the old ones, which cannot be removed (${left}), still catch what they caught`;
  return { refused: new Map(), lost: `the kernel takes no rules any more (${problem})${stays}; a restart tries again` };
};

/** No table until there is a listener to carry. `refused` is called when user space has to carry what the kernel does not take. */
export const createKernelCarrier = (options: KernelOptions, health: HealthView, refused: () => void): KernelCarrier => {
  const { commands, table, route, clock, log } = options;
  const classes = createClasses(table.owner);
  const numbers = createNumbers();
  const rules = createRules({ commands, table, log });
  const refusals = createRefusals();
  const cuts = new Set<string>();
  let index: Indexed = indexPlan({ pools: [], listeners: [] });
  let specs: NodeSpec[] = [];
  const observer = createObserver({ commands, table, clock, rules, classes, index: () => index, planned: () => specs });

  const compile = (listeners: readonly Listener[]): Ruleset =>
    rulesetOf({ specs: specsOf(listeners), index, health, route, classOf: classes.of, nodeId: numbers.of, links: readFacts().links });
  const bringRules = async (): Promise<void> => {
    if (refusals.givenUp()) return;
    const listeners = [...index.listeners.values()].filter((one) => refusals.of(one, poolsOf(one, index)) === undefined);
    if (listeners.length === 0 && !rules.stands()) return;
    const outcome = await put({ rules, compile, log }, listeners);
    refusals.add(outcome.refused, index);
    if (outcome.lost !== undefined) refusals.giveUp(outcome.lost);
    if (outcome.lost !== undefined || outcome.refused.size > 0) refused();
  };
  const sync = async (): Promise<void> => {
    numbers.retain(new Set(specs.map(nodeKey)));
    await bringRules();
    // Behind the rules: a datagram that comes in between must not go to the old target again.
    const due = new Set(cuts);
    cuts.clear();
    for (const one of classes.all()) if (due.has(targetKey(one.poolId, one.targetId))) await forgetFlows(commands, one);
    if (classes.size() > rules.marks().size + mostForgotten) await observer.look();
  };
  const turns = createTurns(sync);
  const unsubscribe = health.onChange(() => void turns.request());

  return {
    take: (next) => {
      index = next;
      specs = specsOf(next.listeners.values());
      observer.meet(specs);
    },
    reconcile: turns.request,
    cut: (key) => {
      cuts.add(key);
      void turns.request();
    },
    refusals: (plan) => {
      refusals.retain(plan);
      return refusals.of;
    },
    problems: () => [...refusals.words(), ...observer.problems()],
    boundAddress: ({ listenerId, address, port }) => specs.find((spec) => spec.listenerId === listenerId && spec.address === address && spec.port === port)?.address,
    bound: () => specs.map(({ listenerId, zone, transport, address, port }) => ({ listenerId, zone, transport, address, wanted: port, port })),
    counters: observer.counters,
    trace: observer.trace,
    refresh: () => turns.alone(async () => void (rules.stands() && (await observer.look()))),
    close: async () => {
      unsubscribe();
      await turns.settled();
      if (!rules.stands()) return;
      await rules.remove();
      await forgetAll(commands, table.owner, observer.addresses());
    },
  };
};
