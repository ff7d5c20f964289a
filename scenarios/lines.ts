// Compares answers that are lines: `kubectl describe`, HTTP heads, and plain text. Pure.
import type { Difference } from './difference.js';
import { normalise } from './rules.js';

const squeezed = (line: string): string => line.trim().replace(/\s+/g, ' ');

const linesOf = (text: string): string[] => text.split('\n').map(squeezed).filter((line) => line !== '');

/** A line of the sample that stands for any number of lines. */
const isEllipsis = (line: string): boolean => line === '...' || line === '…' || line === '[...]';

/** Whether a sample leaves lines out. */
export const hasEllipsis = (sample: string): boolean => linesOf(sample).some(isEllipsis);

const keyOf = (line: string): string => line.split(':')[0] ?? '';

const missing = (line: string, candidates: readonly string[]): Difference => {
  const near = candidates.find((other) => other !== line && keyOf(other) === keyOf(line));
  return { where: keyOf(line), sample: line, actual: near ?? 'no such line' };
};

/** `kubectl describe`: each line of the sample is there; which others are there depends on kubectl's version. */
export const compareDescribe = (sample: string, actual: string): Difference[] => {
  const left = linesOf(actual);
  return linesOf(sample).filter((line) => !isEllipsis(line)).flatMap((line) => {
    const at = left.findIndex((other) => normalise(other) === normalise(line));
    if (at < 0) return [missing(line, left)];
    left.splice(at, 1);
    return [];
  });
};

const statusOf = (head: readonly string[]): string => head[0]?.split(' ').slice(0, 2).join(' ') ?? '';

const mediaTypeOf = (head: readonly string[]): string | undefined =>
  head.find((line) => /^content-type:/i.test(line))?.slice('content-type:'.length).split(';')[0]?.trim();

/** An HTTP head: the status, and the media type if the sample has one; other headers depend on the server. */
export const compareHead = (sample: string, actual: string): Difference[] => {
  const [expected, given] = [linesOf(sample), linesOf(actual)];
  const differences: Difference[] = [];
  if (statusOf(expected) !== statusOf(given)) {
    differences.push({ where: 'status', sample: statusOf(expected), actual: statusOf(given) || 'no output' });
  }
  const wanted = mediaTypeOf(expected);
  if (wanted !== undefined && wanted !== mediaTypeOf(given)) {
    differences.push({ where: 'Content-Type', sample: wanted, actual: mediaTypeOf(given) ?? 'no such header' });
  }
  return differences;
};

/** Plain text: the same lines in the same order; `...` in the sample stands for any lines. */
export const compareText = (sample: string, actual: string): Difference[] => {
  const given = linesOf(actual);
  let [at, loose] = [0, false];
  for (const line of linesOf(sample)) {
    if (isEllipsis(line)) {
      loose = true;
      continue;
    }
    const fits = (other: string): boolean => normalise(other) === normalise(line);
    const found = loose ? given.findIndex((other, index) => index >= at && fits(other)) : at;
    const other = given[found];
    if (other === undefined || !fits(other)) {
      return [{ where: `line ${at + 1}`, sample: line, actual: given[at] ?? 'no more lines' }];
    }
    [at, loose] = [found + 1, false];
  }
  const extra = loose ? undefined : given[at];
  return extra === undefined ? [] : [{ where: `line ${at + 1}`, sample: 'no more lines', actual: extra }];
};
