// The command line: parses, calls, prints. Each command has a file of its own, loaded only when it runs.
import { Command } from 'commander';
import { messageOf, UserError } from '../errors.js';
import { version } from '../version.js';
import { addLookCommands } from './commands/look.js';
import { addRunCommands } from './commands/run.js';
import { addTeachCommands } from './commands/teach.js';
import { examples } from './commands/words.js';
import { awsArguments } from './pass-through.js';

const fail = (error: unknown): void => {
  const hint = error instanceof UserError ? error.hint : undefined;
  process.stderr.write(`nlbox: ${messageOf(error)}\n${hint === undefined ? '' : `  ${hint}\n`}`);
  if (!(error instanceof UserError) && error instanceof Error && process.env['DEBUG']) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
};

const program = new Command('nlbox')
  .description('An AWS Network Load Balancer and the AWS Load Balancer Controller on your machine, offline.')
  .version(version())
  .configureHelp({ showGlobalOptions: true })
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? 0 : 2);
  })
  .option('--state-dir <dir>', 'where state, kubeconfig and log live (default: $XDG_STATE_HOME/nlbox)')
  .addHelpText('after', examples('npx nlbox up', 'eval "$(npx nlbox env)"', 'npx nlbox workshop init', 'npx nlbox rehearse ip-mode', 'npx nlbox down'));

addRunCommands(program);
addLookCommands(program);
addTeachCommands(program);
program.command('relay', { hidden: true }).description('carry connections into the network of this container').action(async () => (await import('./relay.js')).relay());

const passed = awsArguments(process.argv.slice(2));

// Not awaited here: a bundle of scripts has no top-level await.
void (passed ? import('./aws.js').then(({ aws }) => aws(passed.args, passed)) : program.parseAsync()).catch(fail);
