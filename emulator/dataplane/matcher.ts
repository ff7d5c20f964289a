// Which HTTP status codes pass a health check: `200`, `200,202`, `200-399`.

const covers = (part: string, status: number): boolean => {
  const [low, high] = part.split('-').map(Number);
  return low !== undefined && status >= low && status <= (high ?? low);
};

/** Whether `status` is one that the matcher names. */
export const matches = (matcher: string, status: number): boolean => matcher.split(',').some((part) => covers(part.trim(), status));
