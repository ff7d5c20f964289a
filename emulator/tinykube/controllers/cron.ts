// Cron schedules of five fields, as CronJobs have them: read, and asked for the next time; pure.

export type Schedule = { minutes: readonly number[]; hours: readonly number[]; days: readonly number[]; months: readonly number[]; weekdays: readonly number[]; anyDay: boolean; anyWeekday: boolean };

type Field = { name: keyof Schedule; from: number; to: number; words?: readonly string[] };

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields: readonly Field[] = [
  { name: 'minutes', from: 0, to: 59 },
  { name: 'hours', from: 0, to: 23 },
  { name: 'days', from: 1, to: 31 },
  { name: 'months', from: 1, to: 12, words: months },
  { name: 'weekdays', from: 0, to: 6, words: weekdays },
];

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
};

const isAny = (text: string): boolean => text === '*' || text === '?' || text.startsWith('*/');

const numberOf = (text: string, { from, words }: Field): number => {
  const word = words?.indexOf(text.toLowerCase()) ?? -1;
  return word >= 0 ? word + from : /^\d+$/.test(text) ? Number(text) : NaN;
};

/** The values of one part of a field: `*`, `5`, `1-5`, each with `/step`; undefined for what is none of these. */
const valuesOf = (part: string, field: Field): number[] | undefined => {
  const [range = '', every] = part.split('/');
  const [low = '', high] = range.split('-');
  const any = range === '*' || range === '?';
  const first = any ? field.from : numberOf(low, field);
  const last = any || (high === undefined && every !== undefined) ? field.to : numberOf(high ?? low, field);
  const step = every === undefined ? 1 : Number(every);
  if (!(first >= field.from && last <= field.to && first <= last && step >= 1)) return undefined;
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
};

/** Reads a schedule; a text is why it cannot be read. */
export const parseSchedule = (text: string): Schedule | string => {
  const words = (macros[text.trim()] ?? text).trim().split(/\s+/);
  if (words.length !== fields.length) return `expected exactly 5 fields, found ${words.length}: [${words.join(' ')}]`;
  const parsed: Partial<Record<keyof Schedule, readonly number[] | boolean>> = { anyDay: isAny(words[2] ?? ''), anyWeekday: isAny(words[4] ?? '') };
  for (const [index, field] of fields.entries()) {
    const values = (words[index] ?? '').split(',').map((part) => valuesOf(part, field));
    if (values.includes(undefined)) return `failed to parse ${field.name} from ${words[index] ?? ''}`;
    parsed[field.name] = [...new Set(values.flatMap((one) => one ?? []))].sort((a, b) => a - b);
  }
  return parsed as Schedule;
};

const minute = 60_000;
const day = 24 * 60 * minute;
// The 29th of February may be eight years away.
const furthest = 8 * 366;

/** Where both days of the month and of the week are given, one of them is enough: so it is in every cron. */
const dayMatches = (schedule: Schedule, at: Date): boolean => {
  const inMonth = schedule.days.includes(at.getUTCDate());
  const inWeek = schedule.weekdays.includes(at.getUTCDay());
  return schedule.months.includes(at.getUTCMonth() + 1) && (schedule.anyDay || schedule.anyWeekday ? inMonth && inWeek : inMonth || inWeek);
};

/** Ms by which the clocks of a zone are ahead of UTC at a time. Throws for a zone that nobody knows. */
const offsetOf = (zone: string, ms: number): number => {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(ms);
  const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - Math.floor(ms / 1000) * 1000;
};

/** The first time after `ms`, in ms; undefined for a schedule that never comes. */
export const nextTime = (schedule: Schedule, ms: number, zone = 'UTC'): number | undefined => {
  const start = Math.floor((ms + offsetOf(zone, ms)) / minute) * minute + minute;
  const firstDay = Math.floor(start / day) * day;
  for (let ahead = 0; ahead < furthest; ahead += 1) {
    const midnight = firstDay + ahead * day;
    if (!dayMatches(schedule, new Date(midnight))) continue;
    const times = schedule.hours.flatMap((hour) => schedule.minutes.map((past) => midnight + (hour * 60 + past) * minute));
    const found = times.find((time) => time >= start);
    if (found !== undefined) return found - offsetOf(zone, found - offsetOf(zone, found));
  }
  return undefined;
};
