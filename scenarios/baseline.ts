// How long the workshop's own pages took on real AWS, to stand beside ours. Pure: facts and a look-up.

/** Seconds, as the workshop recorded them in website/test-durations.json. */
const recorded: Readonly<Record<string, number>> = {
  'exposing/loadbalancer/index.md': 151.223,
  'exposing/loadbalancer/introduction.md': 36.596,
  'exposing/loadbalancer/adding-lb.md': 186.861,
  'exposing/loadbalancer/ip-mode.md': 83.515,
};

/** The recorded milliseconds of a page, by the end of its path; undefined where none is known. */
export const recordedOf = (file: string): number | undefined => {
  const key = Object.keys(recorded).find((name) => file.split('\\').join('/').endsWith(`/${name}`));
  return key === undefined ? undefined : Math.round((recorded[key] ?? 0) * 1000);
};
