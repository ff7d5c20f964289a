import test from 'ava';
import { manualClock } from '../../emulator/clock.js';
import { silentLog } from '../../emulator/log.js';
import { createQueue, type Outcome } from '../../emulator/loop/queue.js';

const setUp = (work: (key: string, signal: AbortSignal) => Promise<Outcome>, workers = 1) => {
  const clock = manualClock();
  return { clock, queue: createQueue({ name: 'test', work, workers, clock, log: silentLog }) };
};

test('events that come together make one pass; one during a pass makes one more', async (t) => {
  const passes: string[] = [];
  let finish: () => void = () => {};
  const { clock, queue } = setUp(async (key) => {
    passes.push(key);
    if (passes.length === 1) await new Promise<void>((resolve) => (finish = resolve));
    return 'done';
  });
  queue.add('a');
  queue.add('a');
  await clock.advance(0);
  queue.add('a');
  queue.add('a');
  finish();
  await clock.advance(0);
  t.deepEqual(passes, ['a', 'a']);
  t.is(queue.size(), 0);
});

test('a key is never worked on twice at once, others are, up to the number of workers', async (t) => {
  const running = new Map<string, number>();
  let most = 0;
  const waiting: (() => void)[] = [];
  const { clock, queue } = setUp(async (key) => {
    t.falsy(running.get(key));
    running.set(key, 1);
    most = Math.max(most, running.size);
    await new Promise<void>((resolve) => waiting.push(resolve));
    running.delete(key);
    return 'done';
  }, 2);
  for (const key of ['a', 'b', 'c', 'a']) queue.add(key);
  for (let round = 0; round < 4; round += 1) {
    await clock.advance(0);
    waiting.shift()?.();
  }
  await clock.advance(0);
  t.is(most, 2);
  t.is(queue.size(), 0);
});

test('failures back off 5 ms * 2^n up to 1000 s, and a success forgets them', async (t) => {
  const at: number[] = [];
  let outcome: Outcome = 'retry';
  const { clock, queue } = setUp(async () => {
    at.push(clock.now());
    return outcome;
  });
  queue.add('a');
  await clock.advance(5 + 10 + 20 + 40);
  t.deepEqual(at.map((time) => time - (at[0] ?? 0)), [0, 5, 15, 35, 75]);
  await clock.advance(10_000_000);
  const [last = 0, before = 0] = [...at].reverse();
  t.is(last - before, 1_000_000);
  outcome = 'done';
  await clock.advance(1_000_000);
  at.length = 0;
  outcome = 'retry';
  queue.add('a');
  await clock.advance(5);
  t.is((at[1] ?? 0) - (at[0] ?? 0), 5);
});

test('a throw and a panic count as retry; after() waits so long; stop gives up', async (t) => {
  const outcomes: (() => Outcome)[] = [
    () => { throw new Error('refused'); },
    () => (undefined as unknown as { x: { y: Outcome } }).x.y,
    () => ({ after: 1000 }),
    () => 'stop',
  ];
  const at: number[] = [];
  const { clock, queue } = setUp(async () => {
    at.push(clock.now());
    return (outcomes.shift() ?? (() => 'done'))();
  });
  queue.add('a');
  await clock.advance(5000);
  t.deepEqual(at.map((time) => time - (at[0] ?? 0)), [0, 5, 15, 1015]);
  t.is(clock.pending(), 0);
});

test('a change does not wait for the back-off', async (t) => {
  let passes = 0;
  const { clock, queue } = setUp(async () => (++passes < 10 ? 'retry' : 'done'));
  queue.add('a');
  await clock.advance(5 * (2 ** 8));
  const before = passes;
  queue.add('a');
  await clock.advance(0);
  t.is(passes, before + 1);
});

test('stop aborts the signal, waits for running passes and leaves no timer', async (t) => {
  let aborted = false;
  const { clock, queue } = setUp(async (key, signal) => {
    if (key === 'failing') return 'retry';
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    aborted = true;
    return 'done';
  }, 2);
  queue.add('failing');
  queue.add('long');
  queue.addAfter('later', 100);
  await clock.advance(0);
  await queue.stop();
  t.true(aborted);
  t.is(clock.pending(), 0);
  queue.add('x');
  t.is(queue.size(), 0);
});
