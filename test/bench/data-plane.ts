// The data plane against no proxy, nginx stream and HAProxy in TCP mode, one process each: figures side by side, then the budgets.
import { report, type Figure, type Measured } from './data/budgets.js';
import { added, figuresOf } from './data/figures.js';
import { forwarders, startWorker } from './data/forwarders.js';
import { crowd } from './data/crowd.js';
import { minute } from './data/minute.js';
import { median } from './elb.js';
import { thousandth } from './thousandth.js';

const rounds = 3;

type Rounds = Record<string, Record<Figure, number>[]>;

const middle = (values: readonly Record<Figure, number>[]): Record<Figure, number> =>
  Object.fromEntries(Object.keys(values[0] ?? {}).map((figure) => [figure, median(values.map((each) => each[figure as Figure]))])) as Record<Figure, number>;

// In turns, so that what disturbs the machine for a while disturbs them all.
const measure = async (missing: Set<string>): Promise<Rounds> => {
  const target = await startWorker('target');
  const all: Rounds = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, start] of Object.entries(forwarders)) {
      const forwarder = await start(target.ports);
      if (forwarder) (all[name] ??= []).push(await figuresOf(forwarder, target.child.pid ?? 0).finally(forwarder.stop));
      else missing.add(name);
    }
  }
  target.child.kill();
  return all;
};

const summary = (all: Rounds): Measured => {
  const none = all['none'] ?? [];
  return Object.fromEntries(Object.entries(all).map(([name, values]) =>
    [name, middle(values.map((own, round) => (name === 'none' ? own : added(own, none[round] ?? own))))]));
};

/** Lines for the report. */
export const dataPlane = async (): Promise<string[]> => {
  const missing = new Set<string>();
  const all = await measure(missing);
  return [
    `medians of ${rounds} rounds; "added" is above no proxy, whose own column has the whole. New connections are counted after four seconds`,
    'of them: a Node process compiles while it runs. "dnat" is two bare rules. Clients and target are one Node process each and',
    'share the cores with the forwarder: with two cores they hold back the faster forwarders, so read CPU beside the rates.',
    ...report(summary(all)),
    ...[...missing].map((name) => `${name} is not installed (or its stream module is not): no comparison with it`),
    '',
    ...(await crowd()),
    ...(await minute()),
    '',
    ...(await thousandth()),
  ];
};
