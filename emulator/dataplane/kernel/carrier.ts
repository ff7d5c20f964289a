// The `kernel` engine: keeps the rules in the kernel in step with plan and health, and reads there what was counted.
import type { Clock } from '../../clock.js';
import type { Log } from '../../log.js';
import { indexPlan, nodeKey, nodesOf, type Indexed } from '../apply.js';
import type { Carrier } from '../carrier.js';
import { targetKey } from '../health.js';
import type { NodeSpec } from '../place.js';
import type { HealthView, Route } from '../types.js';
import type { Table } from './changes.js';
import { createClasses } from './classes.js';
import type { Commands } from './commands.js';
import { forgetAll, forgetFlows, listFlows } from './conntrack.js';
import { countersFrom, type Observed } from './counts.js';
import { createRules } from './rules.js';
import { readFacts } from './facts.js';
import { parseCounts } from './read.js';
import { rulesetOf } from './ruleset.js';
import { createSightings } from './sightings.js';

export type KernelOptions = { commands: Commands; table: Table; route: Route; clock: Clock; log: Log };

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

/** No table until there is a listener to carry. */
export const createKernelCarrier = (options: KernelOptions, health: HealthView): Carrier => {
  const { commands, table, route, clock, log } = options;
  const classes = createClasses(table.owner);
  const numbers = createNumbers();
  const sightings = createSightings(clock);
  const rules = createRules({ commands, table, log });
  const known = new Map<string, NodeSpec>();
  const cuts = new Set<string>();
  let index: Indexed = indexPlan({ pools: [], listeners: [] });
  let observed: Observed = { counts: new Map(), flows: [] };
  let specs: NodeSpec[] = [];
  let running: Promise<void> | undefined;
  let dirty = false;

  const sync = async (): Promise<void> => {
    numbers.retain(new Set(specs.map(nodeKey)));
    if (specs.length === 0 && !rules.stands()) return;
    await rules.change(rulesetOf({ specs, index, health, route, classOf: classes.of, nodeId: numbers.of, links: readFacts().links }));
    // Behind the rules: a datagram that comes in between must not go to the old target again.
    const due = new Set(cuts);
    cuts.clear();
    for (const one of classes.all()) if (due.has(targetKey(one.poolId, one.targetId))) await forgetFlows(commands, one);
  };
  const work = async (): Promise<void> => {
    while (dirty) {
      dirty = false;
      await sync();
    }
    running = undefined;
  };
  // Whatever comes while nft runs is one change more, not one each.
  const request = (): Promise<void> => {
    dirty = true;
    return (running ??= Promise.resolve().then(work));
  };
  const unsubscribe = health.onChange(() => void request());

  return {
    take: (next) => {
      index = next;
      specs = [...next.listeners.values()].flatMap((listener) => [...nodesOf(listener).values()]);
      for (const spec of specs) known.set(`${spec.address}|${spec.transport}|${spec.port}`, spec);
    },
    reconcile: request,
    cut: (key) => {
      cuts.add(key);
      void request();
    },
    boundAddress: ({ listenerId, address, port }) => specs.find((spec) => spec.listenerId === listenerId && spec.address === address && spec.port === port)?.address,
    bound: () => specs.map(({ listenerId, zone, transport, address, port }) => ({ listenerId, zone, transport, address, wanted: port, port, ...rules.problem() })),
    counters: () => countersFrom(observed, classes.find, known),
    trace: sightings.list,
    refresh: async () => {
      if (!rules.stands()) return;
      observed = { counts: parseCounts(await rules.counts()), flows: await listFlows(commands, table.owner) };
      sightings.look(observed, classes.find, known);
    },
    close: async () => {
      unsubscribe();
      await running;
      if (!rules.stands()) return;
      await rules.remove();
      await forgetAll(commands, table.owner, [...known.values()].map(({ address }) => address));
    },
  };
};
