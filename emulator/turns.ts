// One thing at a time; whatever is requested while the work runs is one run more, not one each.

export type Turns = {
  /** Resolves when a run that began after this call is over. */
  request(): Promise<void>;
  /** Runs something else in between. */
  alone(what: () => Promise<void>): Promise<void>;
  /** Nothing runs. */
  settled(): Promise<void>;
};

/** `run` is the work. */
export const createTurns = (run: () => Promise<void>): Turns => {
  let dirty = false;
  let running: Promise<void> | undefined;
  let line: Promise<void> = Promise.resolve();
  const alone = (what: () => Promise<void>): Promise<void> => {
    const done = line.then(what);
    line = done.catch(() => {});
    return done;
  };
  const work = async (): Promise<void> => {
    while (dirty) {
      dirty = false;
      await alone(run);
    }
    running = undefined;
  };
  return {
    request: () => {
      dirty = true;
      return (running ??= Promise.resolve().then(work));
    },
    alone,
    settled: async () => {
      await running;
      await line;
    },
  };
};
