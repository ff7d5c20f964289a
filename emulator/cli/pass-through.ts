// Which command lines are not ours to parse: those of `nlbox aws …`.

const isHelp = (args: readonly string[]): boolean => args.length === 0 || (args.length === 1 && (args[0] === '--help' || args[0] === '-h'));

/** The arguments after `aws`, untouched, when that is the command: they are not ours to parse. */
export const awsArguments = (argv: readonly string[]): { args: string[]; stateDir?: string } | undefined => {
  if (argv[0] === 'aws') return isHelp(argv.slice(1)) ? undefined : { args: argv.slice(1) };
  const [flag, stateDir, command, ...args] = argv;
  return flag === '--state-dir' && stateDir !== undefined && command === 'aws' && !isHelp(args) ? { args, stateDir } : undefined;
};
