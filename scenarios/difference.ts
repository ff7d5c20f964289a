// What a comparison finds, and how values are written in it. Pure.

/** One place where an answer is not what the page shows. */
export type Difference = {
  /** Where in the output: a JSON path, a row and column, or a key. */
  where: string;
  /** What the page's sample has there, in words. */
  sample: string;
  actual: string;
};

const longest = 200;

/** A value as it is shown to a reader. */
export const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
};
