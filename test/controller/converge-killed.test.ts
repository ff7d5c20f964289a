// Killed after any AWS call, its answer lost: the next controller reaches the same end, and nothing leaks.
import { walk, type Mishap } from './converge.js';

// Dying after a read leaves what dying after the write before it left, save for writes to Kubernetes in between: every
// fourth read stands for them. EVERY_CALL=1 walks through all.
const readsBetween = process.env['EVERY_CALL'] ? 1 : 4;

const kill: Mishap = {
  name: 'killed, the answer lost',
  restarts: true,
  tap: (_real, n, happened) => {
    let calls = 0;
    let reads = 0;
    let dead = false;
    return {
      before: (op) => {
        if (!op.startsWith('Describe') || (reads += 1) % readsBetween === 0) calls += 1;
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
