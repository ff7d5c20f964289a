// Pages of a list: at most PageSize members, and an opaque marker for the rest.
import { unseen } from './texts.js';

export type PageInput = { Marker?: string | undefined; PageSize?: number | undefined };

const defaultPageSize = 400;

// The marker holds the place and the key there, so that a page goes on rightly when earlier members are gone.
const encodeMarker = (offset: number, key: string): string => Buffer.from(`${offset} ${key}`).toString('base64url');

const decodeMarker = (marker: string): { offset: number; key: string } => {
  const match = /^(\d{1,9}) (.+)$/.exec(Buffer.from(marker, 'base64url').toString());
  if (!match) throw unseen.markerInvalid(marker);
  return { offset: Number(match[1]), key: match[2] ?? '' };
};

const startOf = <T>(items: readonly T[], keyOf: (item: T) => string, marker: string): number => {
  const { offset, key } = decodeMarker(marker);
  const last = items[offset - 1];
  if (last !== undefined && keyOf(last) === key) return offset;
  const found = items.findIndex((item) => keyOf(item) === key);
  return found < 0 ? offset : found + 1;
};

type Asked = readonly string[] | undefined;

/** The members of one page; `NextMarker` is absent on the last. Who asks for some by ARN or by name gets them all. */
export const pageOf = <T>(items: readonly T[], keyOf: (item: T) => string, { Marker, PageSize }: PageInput, ...asked: Asked[]): { items: readonly T[]; NextMarker?: string } => {
  if (asked.some((one) => one?.length)) return { items };
  const start = Marker ? startOf(items, keyOf, Marker) : 0;
  const end = start + (PageSize ?? defaultPageSize);
  const last = items[end - 1];
  if (end >= items.length || last === undefined) return { items: items.slice(start) };
  return { items: items.slice(start, end), NextMarker: encodeMarker(end, keyOf(last)) };
};
