// Killed after any AWS call, its answer lost: the next controller reaches the same end, and nothing leaks.
import { walk, type Mishap } from './converge.js';

const kill: Mishap = {
  name: 'killed, the answer lost',
  restarts: true,
  tap: (_real, n, happened) => {
    let calls = 0;
    let dead = false;
    return {
      before: () => {
        calls += 1;
        return dead ? new Error('no longer alive') : undefined;
      },
      after: () => {
        if (dead || calls < n) return dead ? new Error('no longer alive') : undefined;
        dead = true;
        happened();
        return new Error('connection reset by peer');
      },
    };
  },
};

walk(kill);
