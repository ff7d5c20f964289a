// Images that hold a shell and little else: their stand-in knows echo, sleep, true, false and exit, and ends with 0 after anything else.
import type { Timer } from '../../clock.js';
import type { ContainerContext, Image, RunningContainer } from './types.js';

const names = ['busybox', 'alpine', 'bash', 'ubuntu', 'debian', 'amazonlinux', 'curl', 'aws-cli', 'kubectl', 'hello-world', 'eks-pod-identity-agent'];

/** The steps of a command line: what `sh -c` is given, cut at `;`, `&&` and line ends, or the command itself. */
export const stepsOf = (command: readonly string[]): string[][] => {
  const script = command.indexOf('-c') >= 0 ? (command[command.indexOf('-c') + 1] ?? '') : undefined;
  const lines = script === undefined ? [command.join(' ')] : script.split(/;|&&|\n/);
  return lines.map((line) => line.trim().split(/\s+/).filter((word) => word !== '')).filter((words) => words.length > 0);
};

const endless = (script: string): boolean => /\bsleep (infinity|inf)\b|\btail -f\b|\bwhile\b/.test(script);

const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/s, '$2');

type Step = { wait: number } | { exit: number } | 'next';

const take = ([program = '', ...args]: readonly string[], context: ContainerContext): Step => {
  const first = Number.parseFloat(args[0] ?? '0') || 0;
  switch (program.split('/').at(-1)) {
    case 'echo': context.log(unquoted(args.join(' '))); return 'next';
    case 'sleep': return { wait: first * ({ m: 60, h: 3600 }[args[0]?.at(-1) ?? ''] ?? 1) * 1000 };
    case 'exit': return { exit: first };
    case 'false': return { exit: 1 };
    case 'true': return 'next';
    default: context.log(`(stand-in: "${[program, ...args].join(' ')}" was not run; annotation nlbox.dev/run: local runs it as a process)`); return 'next';
  }
};

const run = (context: ContainerContext): RunningContainer => {
  const command = [...context.command, ...context.args];
  const steps = stepsOf(command);
  let timer: Timer | undefined;
  let finish = (_exitCode: number): void => {};
  const exited = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const go = (): void => {
    for (let words = steps.shift(); words; words = steps.shift()) {
      const step = take(words, context);
      if (step === 'next') continue;
      if ('exit' in step) return finish(step.exit);
      timer = context.clock.after(step.wait, go);
      return;
    }
    finish(0);
  };
  if (!endless(command.join(' '))) go();
  const end = (exitCode: number): void => {
    timer?.cancel();
    finish(exitCode);
  };
  return { exited, stop: async () => end(143), kill: () => end(137) };
};

export const shellImages: readonly Image[] = names.map((name) => ({ name, start: async (context) => run(context) }));
