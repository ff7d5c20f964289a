// Images that hold a shell and little else: their stand-in knows a few commands, loops that go on for ever, and ends with 0 after anything else.
import type { Timer } from '../../clock.js';
import { fetchUrl } from './fetch.js';
import { processImage } from './process.js';
import type { ContainerContext, Image, RunningContainer } from './types.js';

const names = ['busybox', 'alpine', 'bash', 'ubuntu', 'debian', 'amazonlinux', 'aws-cli', 'kubectl', 'hello-world', 'eks-pod-identity-agent'];

const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/s, '$2');

const scriptOf = (command: readonly string[]): string => (command.includes('-c') ? (command[command.indexOf('-c') + 1] ?? '') : command.join(' '));

/** The steps of a command line: what `sh -c` is given, cut at `;`, `&&` and line ends, or the command itself. */
export const stepsOf = (command: readonly string[]): string[][] => {
  const lines = command.includes('-c') ? scriptOf(command).split(/;|&&|\n/) : [scriptOf(command)];
  return lines.map((line) => line.trim().split(/\s+/).filter((word) => word !== '')).filter((words) => words.length > 0);
};

export type Script = { steps: string[][]; loops: boolean };

const waits = (script: string): boolean => /\bsleep (infinity|inf)\b|\btail -f\b/.test(script);

/** What a command does: `while true; do …; done` goes on for ever if it sleeps in between; other loops just wait. */
export const scriptFor = (command: readonly string[]): Script | 'waits' => {
  const whole = scriptOf(command);
  if (waits(whole)) return 'waits';
  const [, body] = /^\s*while\s+(?:true|:|\[ 1 \])\s*(?:;|\n)\s*do\s+([\s\S]*?)(?:;|\n)\s*done\s*;?\s*$/.exec(whole) ?? [];
  if (body !== undefined && /\bsleep [1-9]/.test(body)) return { steps: stepsOf(['-c', body]), loops: true };
  return /\bwhile\b/.test(whole) ? 'waits' : { steps: stepsOf(command), loops: false };
};

type Step = { wait: number } | { exit: number } | { pending: Promise<number> } | 'next';

/** `curl URL` and `wget -O- URL`: the body is printed, the exit code is curl's. Options are taken as said, headers and methods are not. */
const fetchStep = async (context: ContainerContext, args: readonly string[]): Promise<number> => {
  const address = args.map(unquoted).find((arg) => /^https?:\/\/|^[a-z0-9]/i.test(arg) && (arg.includes('.') || arg.includes('/') || arg.includes(':') || !arg.startsWith('-')));
  const fetched = await fetchUrl(context, address ?? '');
  if ('problem' in fetched) {
    context.log(`curl: (${fetched.exitCode}) ${fetched.problem}`);
    return fetched.exitCode;
  }
  for (const line of fetched.body.replace(/\n$/, '').split('\n')) context.log(line);
  return fetched.status >= 400 && args.some((arg) => /^-[a-zA-Z]*f|^--fail/.test(arg)) ? 22 : 0;
};

const take = ([program = '', ...args]: readonly string[], context: ContainerContext): Step => {
  const first = Number.parseFloat(args[0] ?? '0') || 0;
  switch (program.split('/').at(-1)) {
    case 'echo': context.log(unquoted(args.join(' '))); return 'next';
    case 'sleep': return { wait: first * ({ m: 60, h: 3600 }[args[0]?.at(-1) ?? ''] ?? 1) * 1000 };
    case 'exit': return { exit: first };
    case 'false': return { exit: 1 };
    case 'true': return 'next';
    case 'curl': case 'wget': return { pending: fetchStep(context, args) };
    default: context.log(`(stand-in: "${[program, ...args].join(' ')}" was not run; annotation nlbox.dev/run: local runs it as a process)`); return 'next';
  }
};

// A loop that never waits would keep the whole emulator, whose thread it is: it takes a turn each second.
const restless = 1000;

const run = (context: ContainerContext, command: readonly string[]): RunningContainer => {
  const script = scriptFor(command);
  let timer: Timer | undefined;
  let over = false;
  let code = 0;
  let finish = (_exitCode: number): void => {};
  const exited = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const pause = (ms: number) => new Promise<void>((resolve) => { timer = context.clock.after(ms, resolve); });
  /** One pass; false when the script is over with it. */
  const pass = async (steps: Script['steps']): Promise<boolean> => {
    let rested = false;
    for (const words of steps) {
      const step = take(words, context);
      if (step === 'next') code = 0;
      else if ('exit' in step) {
        finish(step.exit);
        return false;
      } else if ('pending' in step) code = await step.pending;
      else await pause(step.wait);
      rested ||= step !== 'next' && !('wait' in step && step.wait === 0);
      if (over) return false;
    }
    if ((script as Script).loops && !rested) await pause(restless);
    return !over;
  };
  const go = async (): Promise<void> => {
    const { steps, loops } = script as Script;
    while (await pass(steps)) if (!loops) return finish(code);
  };
  if (script !== 'waits') void go();
  const end = (exitCode: number): void => {
    over = true;
    timer?.cancel();
    finish(exitCode);
  };
  return { exited, stop: async () => end(143), kill: () => end(137) };
};

const known = new Set(['echo', 'sleep', 'exit', 'false', 'true', 'curl', 'wget']);

/** A container that somebody talks to (`kubectl run -i`) runs what is not known here as `kubectl exec` would. */
const start = async (context: ContainerContext, shell: string): Promise<RunningContainer> => {
  const command = [...context.command, ...context.args];
  const script = scriptFor(command);
  if (!context.stdin || script === 'waits') return run(context, command);
  if (command.length === 0) return processImage.start({ ...context, command: [shell] });
  const isKnown = script.steps.every(([program = '']) => known.has(program.split('/').at(-1) ?? ''));
  return isKnown ? run(context, command) : processImage.start(context);
};

const isCommand = ({ command, args }: ContainerContext): boolean => command.length > 0 || ['curl', 'sh', '/bin/sh'].includes(args[0] ?? '');

export const shellImages: readonly Image[] = [
  ...names.map((name): Image => ({ name, start: (context) => start(context, name === 'bash' ? 'bash' : 'sh') })),
  // Its entry point runs what it is given, curl when that begins with no program.
  { name: 'curl', start: (context) => start(isCommand(context) ? context : { ...context, args: ['curl', ...context.args] }, 'sh') },
];
