// Looks at what the kernel counted and which flows it has, and lets it forget what nobody uses any more.
import type { Clock } from '../../clock.js';
import type { Indexed } from '../apply.js';
import type { NodeSpec } from '../place.js';
import type { Dataplane } from '../types.js';
import type { Table } from './changes.js';
import type { Classes } from './classes.js';
import type { Commands } from './commands.js';
import { listFlows } from './conntrack.js';
import type { Observed } from './counts.js';
import { createLedger, elementsOf, goneFrom, parted, type Gone } from './ledger.js';
import { parseCounts } from './read.js';
import type { Rules } from './rules.js';
import { createSightings } from './sightings.js';

export type ObserverOptions = {
  commands: Commands;
  table: Table;
  clock: Clock;
  rules: Rules;
  classes: Classes;
  index: () => Indexed;
  /** The nodes of the plan. */
  planned: () => readonly NodeSpec[];
};

const nameOf = ({ address, transport, port }: NodeSpec): string => `${address}|${transport}|${port}`;

/** Has seen nothing yet. */
export const createObserver = ({ commands, table, clock, rules, classes, index, planned }: ObserverOptions) => {
  const sightings = createSightings(clock);
  const nodes = new Map<string, NodeSpec>();
  const ledger = createLedger(classes.find, nodes);
  let observed: Observed = { counts: new Map(), flows: [] };
  let problems: string[] = [];

  const forget = async (gone: Gone): Promise<void> => {
    const { gone: counts, rest } = parted(observed.counts, gone);
    if ((await rules.forget(elementsOf(counts))) !== undefined) return;
    ledger.add(counts, index());
    observed = { ...observed, counts: rest };
    classes.forget(gone.marks);
    for (const name of gone.nodes) nodes.delete(name);
  };
  const look = async (): Promise<void> => {
    const marks = rules.marks();
    // Flows first: what has none now, and no rule leads to, is counted no more.
    const flows = await listFlows(commands, table.owner);
    const counts = await rules.counts();
    problems = [
      ...(flows ? [] : ['conntrack cannot list the flows of this kernel: active flows and the trace are those of the last look']),
      ...(counts === undefined ? ['nft cannot list what the kernel counted: counters are those of the last look'] : []),
    ];
    observed = { counts: counts === undefined ? observed.counts : parseCounts(counts), flows: flows ?? observed.flows };
    sightings.look(observed, classes.find, nodes);
    if (flows && counts !== undefined) await forget(goneFrom(classes.all(), marks, nodes, new Set(planned().map(nameOf)), flows));
  };
  return {
    look,
    /** Remembers nodes, so that what was counted for them finds its place. */
    meet: (specs: readonly NodeSpec[]): void => {
      for (const spec of specs) nodes.set(nameOf(spec), spec);
    },
    counters: (): ReturnType<Dataplane['counters']> => ledger.with(observed),
    trace: sightings.list,
    problems: (): string[] => problems,
    addresses: (): string[] => [...nodes.values()].map(({ address }) => address),
  };
};
