// What the data plane has promised, as ratios of figures that one run has measured; pure.

/** By forwarder, then by figure. */
export type Measured = Record<string, Record<string, number>>;

/** In the order of the table. */
export const figures = {
  one: 'one stream, MB/s',
  eight: 'eight streams, MB/s',
  fresh: 'new connections/s',
  requests: 'requests/s, 32 kept',
  datagrams: 'datagrams/s',
  addedP50: 'added latency p50, ms',
  addedP99: 'added latency p99, ms',
  cpuGB: 'CPU s per GB',
  cpuFresh: 'CPU s per 10,000 new',
  memory: 'MiB per 1,000 connections',
} as const;

export type Figure = (typeof figures)[keyof typeof figures];

/** At least `least` times what `against` has, or at most `most` times where a smaller figure is the better one. */
type Budget = { engine: string; against: string; figure: Figure; least?: number; most?: number };

const { one, eight, fresh, requests, datagrams, addedP50, addedP99, cpuGB, memory } = figures;

const least = (engine: string, against: string, ratio: number, of: readonly Figure[]): Budget[] =>
  of.map((figure) => ({ engine, against, figure, least: ratio }));

const most = (engine: string, against: string, ratio: number, of: readonly Figure[]): Budget[] =>
  of.map((figure) => ({ engine, against, figure, most: ratio }));

/** An engine or peer that was not measured has none. */
export const budgets: readonly Budget[] = [
  ...least('user', 'nginx', 0.8, [one, eight]),
  ...least('user', 'nginx', 0.6, [fresh, requests, datagrams]),
  ...least('kernel', 'none', 0.9, [one, eight, requests]),
  // Not asked for: how much of what is missing there is the rule set's own.
  ...least('kernel', 'dnat', 0.95, [one, eight, fresh, requests, datagrams]),
  ...['nginx', 'haproxy'].flatMap((peer) => [
    ...least('kernel', peer, 1, [one, eight, fresh, requests, datagrams]),
    ...most('kernel', peer, 1, [addedP50, addedP99, cpuGB, memory]),
  ]),
];

const round = (value: number): string => (Number.isNaN(value) ? '-' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** One line for a budget whose both sides were measured. */
const verdict = ({ engine, against, figure, least: low, most: high }: Budget, measured: Measured): string | undefined => {
  const [ours, theirs] = [measured[engine]?.[figure] ?? Number.NaN, measured[against]?.[figure] ?? Number.NaN];
  if (Number.isNaN(ours) || Number.isNaN(theirs)) return undefined;
  const ratio = ours / theirs;
  const met = low === undefined ? ours <= theirs * (high ?? Infinity) : ratio >= low;
  return `${`${engine} / ${against}, ${figure}`.padEnd(46)} ${round(ratio)} (budget: at ${low === undefined ? `most ${high}` : `least ${low}`}, ${met ? 'met' : 'MISSED'})`;
};

const line = (cells: readonly string[]): string => cells.map((cell, at) => (at === 0 ? cell.padEnd(26) : cell.padStart(11))).join('');

/** All figures side by side, then each budget and whether it was met. */
export const report = (measured: Measured): string[] => {
  const names = Object.keys(measured);
  const rows = Object.values(figures).map((figure) => line([figure, ...names.map((name) => round(measured[name]?.[figure] ?? Number.NaN))]));
  return [line(['', ...names]), ...rows, '', ...budgets.flatMap((budget) => verdict(budget, measured) ?? [])];
};
