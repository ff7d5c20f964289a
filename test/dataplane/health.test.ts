// Health as a state machine over any run of probes, the board that publishes it, and HTTP matchers.
import test from 'ava';
import fc from 'fast-check';
import { createHealthBoard, observe, unprobed, type HealthState, type Thresholds } from '../../emulator/dataplane/health.js';
import { matches } from '../../emulator/dataplane/matcher.js';

const someThresholds: fc.Arbitrary<Thresholds> = fc.record({
  healthyThreshold: fc.integer({ min: 2, max: 5 }), unhealthyThreshold: fc.integer({ min: 2, max: 5 }), firstPasses: fc.integer({ min: 1, max: 5 }),
});

const run = (results: boolean[], thresholds: Thresholds): HealthState[] => {
  const states = [unprobed(0)];
  results.forEach((ok, i) => states.push(observe(states.at(-1) as HealthState, thresholds, { at: i + 1, ok, saw: '' })));
  return states;
};

const allOf = (results: boolean[], count: number, ok: boolean): boolean =>
  results.length >= count && results.slice(-count).every((each) => each === ok);

test('healthy after enough passes in a row, unhealthy after enough failures, otherwise as before', (t) => {
  fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 60 }), someThresholds, (results, thresholds) => {
    const states = run(results, thresholds);
    return results.every((_, i) => {
      const before = states[i] as HealthState;
      const after = states[i + 1] as HealthState;
      const seen = results.slice(0, i + 1);
      const wasHealthy = states.slice(0, i + 1).some(({ status }) => status === 'healthy');
      if (allOf(seen, wasHealthy ? thresholds.healthyThreshold : thresholds.firstPasses, true)) return after.status === 'healthy';
      if (allOf(seen, thresholds.unhealthyThreshold, false)) return after.status === 'unhealthy';
      return after.status === before.status;
    });
  }));
  t.pass();
});

test('`since` is the moment of the last change, the history the newest 20', (t) => {
  fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 60 }), someThresholds, (results, thresholds) => {
    const states = run(results, thresholds);
    const last = states.at(-1) as HealthState;
    const changed = states.findLastIndex((state, i) => i > 0 && state.status !== states[i - 1]?.status);
    const newest = last.history.map(({ at }) => at);
    const expected = results.map((_, i) => i + 1).slice(-20);
    return last.since === Math.max(changed, 0) && JSON.stringify(newest) === JSON.stringify(expected);
  }));
  t.pass();
});

test('one pass is enough for a new target when firstPasses says so, not for one that failed', (t) => {
  const thresholds = { healthyThreshold: 3, unhealthyThreshold: 2, firstPasses: 1 };
  t.deepEqual(run([true, false, false, true, true, true], thresholds).map(({ status }) => status),
    ['unknown', 'healthy', 'healthy', 'unhealthy', 'unhealthy', 'unhealthy', 'healthy']);
});

test('the board tells of changes of status only, and its revision grows with them', (t) => {
  const board = createHealthBoard();
  const told: string[] = [];
  const stop = board.view.onChange((poolId, id) => told.push(`${poolId} ${id} ${board.view.of(poolId, id)?.status}`));
  const thresholds = { healthyThreshold: 2, unhealthyThreshold: 2, firstPasses: 1 };
  const record = (ok: boolean, at: number): void => board.record('p', 't', thresholds, { at, ok, saw: '' });
  record(true, 0);
  t.is(board.view.of('p', 't'), undefined, 'nobody watches it');
  board.reset('p', 't', 0);
  for (const [at, ok] of [true, true, false, false, false].entries()) record(ok, at);
  t.deepEqual(told, ['p t unknown', 'p t healthy', 'p t unhealthy']);
  t.is(board.view.revision(), 3);
  board.drop('p', 't');
  t.is(board.view.of('p', 't'), undefined);
  t.is(board.view.revision(), 4);
  stop();
  board.reset('p', 't', 0);
  t.is(told.length, 3);
});

test('matchers name codes, lists and ranges', (t) => {
  const passing = (matcher: string): number[] => [200, 202, 301, 399, 404].filter((status) => matches(matcher, status));
  t.deepEqual(passing('200'), [200]);
  t.deepEqual(passing('200,202'), [200, 202]);
  t.deepEqual(passing('200-399'), [200, 202, 301, 399]);
  t.deepEqual(passing('200, 300-301'), [200, 301]);
});
