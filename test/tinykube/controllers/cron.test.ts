// Cron schedules: when they come, and what is none.
import test from 'ava';
import { nextTime, parseSchedule } from '../../../emulator/tinykube/controllers/cron.js';

const next = (schedule: string, after: string, zone?: string): string | undefined => {
  const parsed = parseSchedule(schedule);
  if (typeof parsed === 'string') throw new Error(parsed);
  const found = nextTime(parsed, Date.parse(after), zone);
  return found === undefined ? undefined : new Date(found).toISOString().slice(0, 16);
};

for (const [schedule, after, expected, zone] of [
  ['* * * * *', '2026-01-01T00:00:30Z', '2026-01-01T00:01'],
  ['*/15 * * * *', '2026-01-01T00:45:00Z', '2026-01-01T01:00'],
  ['30 2 * * *', '2026-01-01T02:30:00Z', '2026-01-02T02:30'],
  ['0 9-17/4 * * mon-fri', '2026-01-02T14:00:00Z', '2026-01-02T17:00'],
  ['0 9 * * MON', '2026-01-02T14:00:00Z', '2026-01-05T09:00'],
  ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00'],
  ['0 0 13 * 5', '2026-01-03T00:00:00Z', '2026-01-09T00:00'],
  ['5,35 * * * *', '2026-01-01T00:05:00Z', '2026-01-01T00:35'],
  ['@hourly', '2026-01-01T00:00:00Z', '2026-01-01T01:00'],
  ['0 0 31 2 *', '2026-01-01T00:00:00Z', undefined],
  ['0 9 * * *', '2026-01-01T00:00:00Z', '2026-01-02T00:00', 'Asia/Seoul'],
  ['0 9 * * *', '2026-07-01T00:00:00Z', '2026-07-01T07:00', 'Europe/Berlin'],
] as const) {
  test(`${schedule} after ${after}${zone ? ` in ${zone}` : ''} is ${expected ?? 'never'}`, (t) => t.is(next(schedule, after, zone), expected));
}

for (const wrong of ['', 'nonsense', '* * * *', '60 * * * *', '* * 0 * *', '5-1 * * * *', '*/0 * * * *', '* * * jan-xyz *']) {
  test(`"${wrong}" is no schedule`, (t) => t.is(typeof parseSchedule(wrong), 'string'));
}
