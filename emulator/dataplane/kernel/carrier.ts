// The `kernel` engine: keeps the rules in the kernel in step with plan and health, and reads there what was counted.
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import { createTurns } from '../../turns.js';
import { indexPlan, nodeKey, type Indexed } from '../apply.js';
import type { KernelCarrier } from '../carrier.js';
import { targetKey } from '../health.js';
import type { HealthView, Route } from '../types.js';
import type { Table } from './changes.js';
import { createClasses, type Classes } from './classes.js';
import type { Commands } from './commands.js';
import { forgetAll, forgetFlows } from './conntrack.js';
import { readFacts } from './facts.js';
import { createNumbers } from './numbers.js';
import { createObserver } from './observer.js';
import { createCompiler } from './parts.js';
import { createPlaces } from './places.js';
import { put } from './put.js';
import { createRefusals, poolsOf } from './refusals.js';
import { createRules } from './rules.js';

export type KernelOptions = { commands: Commands; table: Table; route: Route; clock: Clock; log: Log };

/** So many ways that nobody uses any more may be remembered before somebody looks. */
const mostForgotten = 1000;

/** Ends flows of targets, when its turn comes. */
const createCuts = (commands: Commands, classes: Classes) => {
  const cuts = new Set<string>();
  return {
    add: (key: string): void => void cuts.add(key),
    carryOut: async (): Promise<void> => {
      if (cuts.size === 0) return;
      const due = new Set(cuts);
      cuts.clear();
      for (const one of classes.all()) if (due.has(targetKey(one.poolId, one.targetId))) await forgetFlows(commands, one);
    },
  };
};

/** Rules of the newest plan, without what the kernel has refused. `refused` is called when that has become more. */
const createBringing = ({ table, commands, route, log }: KernelOptions, health: HealthView, refused: () => void) => {
  const classes = createClasses(table.owner);
  const numbers = createNumbers();
  const rules = createRules({ commands, table, log });
  const refusals = createRefusals();
  const compiler = createCompiler({ health, route, classOf: classes.of, nodeId: numbers.of });
  const bring = async (index: Indexed): Promise<void> => {
    if (refusals.givenUp()) return;
    const listeners = [...index.listeners.values()].filter((one) => refusals.of(one, poolsOf(one, index)) === undefined);
    if (listeners.length === 0 && !rules.stands()) return;
    const { links } = readFacts();
    const outcome = await put({ rules, compile: (some) => compiler(some, index, links), log }, listeners);
    refusals.add(outcome.refused, index);
    if (outcome.lost !== undefined) refusals.giveUp(outcome.lost);
    if (outcome.lost !== undefined || outcome.refused.size > 0) refused();
  };
  return { bring, classes, numbers, rules, refusals };
};

/** No table until there is a listener to carry. `refused` is called when user space has to carry what the kernel does not take. */
export const createKernelCarrier = (options: KernelOptions, health: HealthView, refused: () => void): KernelCarrier => {
  const { commands, table, clock } = options;
  const { bring, classes, numbers, rules, refusals } = createBringing(options, health, refused);
  const cuts = createCuts(commands, classes);
  const places = createPlaces();
  let index: Indexed = indexPlan({ pools: [], listeners: [] });
  const observer = createObserver({ commands, table, clock, rules, classes, index: () => index, planned: places.all });
  const turns = createTurns(async () => {
    if (numbers.size() > places.all().length) numbers.retain(places.all().map(nodeKey));
    await bring(index);
    // Behind the rules: a datagram that comes in between must not go to the old target again.
    await cuts.carryOut();
    if (classes.size() > rules.ways() + mostForgotten) await observer.look();
  });
  const unsubscribe = health.onChange(() => void turns.request());

  return {
    take: (next, { listeners }) => {
      index = next;
      observer.meet(places.change(listeners));
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
    boundAddress: places.addressOf,
    bound: () => places.all().map(({ listenerId, zone, transport, address, port }) => ({ listenerId, zone, transport, address, wanted: port, port })),
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
