// EC2's paging, pure: MaxResults items from the place that NextToken names.
import { AwsFault } from '../../wire/fault.js';

export type Paging = { MaxResults?: number | undefined; NextToken?: string | undefined };

const offsetOf = (token: string | undefined): number => {
  if (token === undefined || token === '') return 0;
  const offset = Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isSafeInteger(offset) || offset <= 0) throw new AwsFault('InvalidNextToken', `The token '${token}' is invalid`);
  return offset;
};

/** `answer` with its list cut to one page, and the token of the next one if there is more. */
export const page = (answer: object, list: string, { MaxResults, NextToken }: Paging): object => {
  const offset = offsetOf(NextToken);
  if (MaxResults === undefined && offset === 0) return answer;
  if (MaxResults !== undefined && (MaxResults < 5 || MaxResults > 1000))
    throw new AwsFault('InvalidParameterValue', `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`);
  const all = (answer as Record<string, unknown[]>)[list] ?? [];
  const end = offset + (MaxResults ?? all.length);
  const rest = end < all.length ? { NextToken: Buffer.from(String(end)).toString('base64url') } : {};
  return { ...answer, [list]: all.slice(offset, end), ...rest };
};
