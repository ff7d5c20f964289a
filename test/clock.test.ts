import test from 'ava';
import { manualClock, systemClock } from '../emulator/clock.js';

test('timers run in order of time, those of one moment in order of creation', async (t) => {
  const clock = manualClock(0);
  const seen: string[] = [];
  clock.after(20, () => seen.push('late'));
  clock.after(10, () => {
    seen.push('first');
    clock.after(5, () => seen.push(`nested at ${clock.now()}`));
  });
  clock.after(10, () => seen.push('second'));
  await clock.advance(30);
  t.deepEqual(seen, ['first', 'second', 'nested at 15', 'late']);
  t.is(clock.now(), 30);
});

test('a cancelled timer never runs', async (t) => {
  const clock = manualClock();
  clock.after(1, () => t.fail()).cancel();
  await clock.advance(10);
  t.is(clock.pending(), 0);
});

test('sleep ends with its signal and leaves no timer', async (t) => {
  const clock = manualClock();
  const controller = new AbortController();
  const slept = clock.sleep(1000, controller.signal);
  controller.abort(new Error('enough'));
  await t.throwsAsync(slept, { message: 'enough' });
  t.is(clock.pending(), 0);
});

test('the system clock accepts delays that setTimeout would overflow on', (t) => {
  const timer = systemClock.after(2 ** 40, () => t.fail());
  timer.cancel();
  t.pass();
});
