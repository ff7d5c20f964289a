// Client routing policies: whose zone an address is in, and how often a client of the front address enters its own.
import test from 'ava';
import { ownEntrance, zoneFinder } from '../../emulator/dataplane/affinity.js';
import { indexPlan } from '../../emulator/dataplane/apply.js';
import { createChooser } from '../../emulator/dataplane/chooser.js';
import type { ListenerNode } from '../../emulator/dataplane/listener.js';
import type { DataplanePlan, TargetHealth } from '../../emulator/dataplane/types.js';
import { listener, pool, target } from './support.js';

const clientZones = [{ cidr: '10.42.40.7/32', zone: 'c' }, { cidr: '10.42.0.0/19', zone: 'a' }, { cidr: '10.42.32.0/19', zone: 'b' }];

test('an address is in the zone of the first range that holds it', (t) => {
  const zoneOf = zoneFinder(clientZones);
  t.deepEqual(['10.42.3.4', '10.42.40.6', '10.42.40.7', '10.43.0.1', '127.0.0.1', '::1', 'nobody'].map(zoneOf), ['a', 'b', 'c', undefined, undefined, undefined, undefined]);
});

test('the own entrance is taken below the affinity, and only where it is one', (t) => {
  const entrances = [{ zone: 'a' }, { zone: 'b' }];
  t.deepEqual(ownEntrance(entrances, 'b', 0.85, 0.84), { zone: 'b' });
  t.is(ownEntrance(entrances, 'b', 0.85, 0.85), undefined);
  t.is(ownEntrance(entrances, 'c', 1, 0), undefined);
  t.is(ownEntrance(entrances, undefined, 1, 0), undefined);
  t.is(ownEntrance(entrances, 'b', 0, 0), undefined);
});

const zones = ['a', 'b', 'c'];
const front = '127.99.0.8';

/** Zones by which 3,000 connections from `source` come in, counted. */
const entered = (source: string, zoneAffinity: number, sick: string[] = []): Record<string, number> => {
  const plan: DataplanePlan = {
    clientZones,
    pools: [pool(zones.map((zone) => target(zone, 80, { zone })))],
    listeners: [listener({ front, zoneAffinity, addresses: zones.map((zone, at) => ({ zone, address: `127.99.0.${at + 1}` })) })],
  };
  const health = { of: (_: string, id: string): TargetHealth => ({ status: sick.includes(id) ? 'unhealthy' : 'healthy', since: 0, history: [] }), revision: () => 1, onChange: () => () => {} };
  const node = { spec: { listenerId: 'listener', transport: 'tcp', zone: '*', address: front, port: 80 }, address: () => front } as unknown as ListenerNode;
  const [counts, index] = [{} as Record<string, number>, indexPlan(plan)];
  let turn = 0;
  const choose = createChooser(health, () => ((turn += 1) * 0.6180339887) % 1);
  for (let at = 0; at < 3000; at += 1) {
    const chosen = choose(node, index, { address: source, port: 20_000 + at });
    const zone = typeof chosen === 'object' ? chosen.zone : 'none';
    counts[zone] = (counts[zone] ?? 0) + 1;
  }
  return counts;
};

test('with full affinity a client enters its own zone while DNS has it, then any', (t) => {
  t.deepEqual(entered('10.42.33.1', 1), { b: 3000 });
  t.deepEqual(Object.keys(entered('10.42.33.1', 1, ['b'])).sort(), ['a', 'c']);
  t.deepEqual(Object.keys(entered('127.0.0.1', 1)).sort(), zones);
  t.deepEqual(Object.keys(entered('10.42.33.1', 0)).sort(), zones);
});

test('with partial affinity 85 of 100 enter their own zone, and the rest any', (t) => {
  const { a = 0, b = 0, c = 0 } = entered('10.42.33.1', 0.85);
  // 0.85 + 0.15 / 3 of 3,000 is 2,700.
  t.true(b > 2600 && b < 2800, String(b));
  t.true(a > 80 && c > 80, `${a} ${c}`);
});
