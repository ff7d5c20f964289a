// Ends what containers run as processes when nlbox itself ends without a chance to: `kill -9` must leave nothing running.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

export type Guard = {
  /** From now on until it ends by itself, this process and its group end with nlbox. */
  watch(child: ChildProcess): void;
};

// It is told of process groups on its standard input; the end of that is the end of nlbox.
const watchdog = `all=" "
while read -r change group; do
  case $change in
    +) all="$all$group " ;;
    -) all="\${all%% $group *} \${all#* $group }" ;;
  esac
done
for group in $all; do kill -9 "-$group"; done`;

const start = (): ChildProcess => {
  // In a session of its own: Ctrl-C in nlbox's terminal is not for it.
  const child = spawn('/bin/sh', ['-c', watchdog], { cwd: '/', env: {}, detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  child.unref();
  (child.stdin as Socket).unref();
  return child;
};

/** Nothing runs until there is something to watch. */
export const createGuard = (): Guard => {
  let dog: ChildProcess | undefined;
  return {
    watch: (child) => {
      if (child.pid === undefined) return;
      dog ??= start();
      dog.stdin?.write(`+ ${child.pid}\n`);
      child.once('exit', () => dog?.stdin?.write(`- ${child.pid}\n`));
    },
  };
};
