// A child process for crash.test.ts: writes as fast as it can and prints each number once its write is said to be on disk.
import { systemClock } from '../../emulator/clock.js';
import { silentLog } from '../../emulator/log.js';
import { createStore } from '../../emulator/state/store.js';

// Compacts all the time, so that some of the kills fall into a compaction.
const clock = { ...systemClock, after: (ms: number, fn: () => void) => systemClock.after(Math.min(ms, 2), fn) };
const store = await createStore({ directory: process.argv[2] ?? '', clock, log: silentLog, compactAt: 4096 });
const partition = store.partition('1', 'r');
const write = async (lane: number): Promise<void> => {
  for (let number = 0; ; number++) {
    await partition.update((tx) => {
      tx.put('ec2Tags', `${lane}`, { tags: { number: String(number) } });
      tx.put('ec2Tags', `${lane} again`, { tags: { number: String(number) } });
    });
    process.stdout.write(`${lane} ${number}\n`);
  }
};
await Promise.all([0, 1, 2].map(write));
