// What a crash leaves: 200 processes killed in a storm of writes, the journal cut at 200 random bytes, and flipped at 200 others.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { manualClock } from '../../emulator/clock.js';
import { silentLog } from '../../emulator/log.js';
import { createStore } from '../../emulator/state/store.js';

const directoryFor = (t: ExecutionContext): string => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'nlbox-crash-'));
  t.teardown(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
};
const open = (directory: string) => createStore({ directory, clock: manualClock(), log: silentLog });

/** A journal of batches of two, half of it flushed in groups; `sizes[n]` is its length when write n was acknowledged. */
const journalOf = async (t: ExecutionContext): Promise<{ bytes: Buffer; sizes: number[] }> => {
  const directory = directoryFor(t);
  const file = path.join(directory, 'state.journal');
  const store = await open(directory);
  const partition = store.partition('1', 'r');
  const sizes: number[] = [];
  const write = (number: number): Promise<void> => partition.update((tx) => {
    const record = { tags: { number: String(number), text: 'é漢\n'.repeat(number % 7) } };
    tx.put('ec2Tags', `${number}`, record);
    tx.put('ec2Tags', `${number} again`, record);
  }).then(() => void (sizes[number] = fs.statSync(file).size));
  for (let number = 0; number < 60; number++) await write(number);
  for (let number = 60; number < 300; number += 6) await Promise.all([0, 1, 2, 3, 4, 5].map((more) => write(number + more)));
  await store.close();
  return { bytes: fs.readFileSync(file), sizes };
};

/** The numbers that are there after a start from these bytes; a half batch fails the test. */
const survivors = async (t: ExecutionContext, directory: string, bytes: Buffer): Promise<{ numbers: Set<number>; said: readonly string[] }> => {
  for (const name of fs.readdirSync(directory)) fs.rmSync(path.join(directory, name));
  fs.writeFileSync(path.join(directory, 'state.journal'), bytes);
  const store = await open(directory);
  const { read } = store.partition('1', 'r');
  const numbers = new Set<number>();
  for (const { tags } of read.list('ec2Tags')) numbers.add(Number(tags['number']));
  for (const number of numbers) t.deepEqual(read.get('ec2Tags', `${number}`), read.get('ec2Tags', `${number} again`), `half of ${number}`);
  const said = store.recovered;
  await store.partition('1', 'r').update((tx) => tx.put('ec2Tags', 'after', { tags: {} }));
  await store.close();
  return { numbers, said };
};

test('cut anywhere, what was acknowledged before is there', async (t) => {
  const { bytes, sizes } = await journalOf(t);
  const directory = directoryFor(t);
  for (let round = 0; round < 200; round++) {
    const cut = Math.floor(Math.random() * (bytes.length + 1));
    const { numbers, said } = await survivors(t, directory, bytes.subarray(0, cut));
    const lost = sizes.flatMap((size, number) => (size <= cut && !numbers.has(number) ? [number] : []));
    t.deepEqual(lost, [], `cut at ${cut} of ${bytes.length}`);
    // A cut between two records is no damage.
    t.is(said.length, cut === 0 || bytes[cut - 1] === 10 ? 0 : 1, `cut at ${cut}`);
  }
});

test('with one byte flipped, only the batch that it is in is lost, the file is kept aside, and that is said', async (t) => {
  const { bytes, sizes } = await journalOf(t);
  const directory = directoryFor(t);
  for (let round = 0; round < 200; round++) {
    const at = Math.floor(Math.random() * bytes.length);
    const harmed = Buffer.from(bytes);
    harmed[at] = (harmed[at] ?? 0) ^ (1 << (round % 8));
    const { numbers, said } = await survivors(t, directory, harmed);
    // The line of the byte, and the next one when it was the line's end.
    const start = bytes.lastIndexOf(10, at - 1) + 1;
    const end = bytes.indexOf(10, at + 1) + 1 || bytes.length;
    const lost = sizes.flatMap((size, number) => (!numbers.has(number) ? [{ number, size }] : []));
    t.deepEqual(lost.filter(({ size }) => size <= start || size > end), [], `flipped at ${at}`);
    t.is(said.length, 1, `flipped at ${at}`);
    t.true(fs.readdirSync(directory).some((name) => name.includes('.damaged-')));
  }
});

/** Runs the storm until it has acknowledged `enough` writes, kills it, and answers the last acknowledged number of each lane. */
const storm = (directory: string, enough: number): Promise<Map<string, number>> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('storm.js', import.meta.url)), directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let killed = false;
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (!killed && text.split('\n').length > enough) killed = child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', () => resolve(new Map(text.split('\n').slice(0, -1).map((line) => line.split(' ')).map(([lane = '', number]) => [lane, Number(number)]))));
  });

/** So many kills one after the other in one directory, each over what the one before has left. */
const killAgainAndAgain = async (t: ExecutionContext, rounds: number): Promise<void> => {
  const directory = directoryFor(t);
  for (let round = 0; round < rounds; round++) {
    const acknowledged = await storm(directory, 1 + Math.floor(Math.random() * 200));
    const store = await open(directory);
    const { read } = store.partition('1', 'r');
    for (const [lane, number] of acknowledged) {
      const stored = Number(read.get('ec2Tags', lane)?.tags['number']);
      t.true(stored >= number, `round ${round}: lane ${lane} has ${stored}, ${number} was acknowledged`);
      t.is(read.get('ec2Tags', `${lane} again`)?.tags['number'], String(stored));
    }
    await store.close();
  }
};

test('kill -9 at 200 random moments of a storm of writes: what was acknowledged is there, and no batch is half there', async (t) => {
  t.timeout(240_000);
  await Promise.all([50, 50, 50, 50].map((rounds) => killAgainAndAgain(t, rounds)));
});
