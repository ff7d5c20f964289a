// Commands that look into what runs, and change its nodes.
import { UserError } from '../../errors.js';
import { examples, type Add } from './words.js';

const addExplain: Add = (program) => {
  const explain = program.command('explain').description('why something is Pending, unhealthy or unreachable, and the next step');
  explain
    .command('svc')
    .alias('service')
    .argument('<namespace/name>', 'the Service')
    .description('owner, annotations, load balancer, targets with their last probe, name and source ranges of a Service')
    .option('--from <address>', 'the address that connections come from (default: 127.0.0.1)')
    .option('--json', 'for programs')
    .addHelpText('after', examples('npx nlbox explain svc ui/ui-nlb', "npx nlbox explain svc ui/ui-nlb --json | jq '.findings'"))
    .action(async (key: string, options: object) => (await import('../explain.js')).explainService(key, { ...program.opts(), ...options }));
};

const addTimeline: Add = (program) => {
  program
    .command('timeline')
    .argument('<namespace/name>', 'the Service')
    .description('changes, events, AWS calls and target states of a Service, in the order of time')
    .option('--json', 'for programs')
    .addHelpText('after', examples('npx nlbox timeline ui/ui-nlb', 'npx nlbox timeline ui/ui-nlb --json'))
    .action(async (key: string, options: object) => (await import('../timeline.js')).timeline(key, { ...program.opts(), ...options }));
};

const addOrphans: Add = (program) => {
  program
    .command('orphans')
    .description('what is left in AWS and in the cluster of Services that are gone')
    .option('--remove', 'remove it')
    .option('--json', 'for programs')
    .addHelpText('after', examples('npx nlbox orphans', 'npx nlbox orphans --remove'))
    .action(async (options: object) => (await import('../orphans.js')).orphans({ ...program.opts(), ...options }));
};

const addNode: Add = (program) => {
  program
    .command('node')
    .argument('<action>', 'add, stop, start or rm')
    .argument('[name]', 'a node, as `kubectl get nodes` names it (or the part before the first dot)')
    .description('change the nodes of the embedded cluster while it runs, and watch targets follow')
    .addHelpText('after', examples('npx nlbox node add', 'npx nlbox node stop ip-10-42-100-116', 'npx nlbox node start ip-10-42-100-116', 'npx nlbox node rm ip-10-42-100-116'))
    .action(async (action: string, name: string | undefined) => {
      if (!['add', 'stop', 'start', 'rm'].includes(action)) throw new UserError(`'${action}' is none of add, stop, start, rm`);
      await (await import('../node.js')).node(action as 'add' | 'stop' | 'start' | 'rm', name, program.opts());
    });
};

/** Adds explain, timeline, orphans and node. */
export const addLookCommands: Add = (program) => [addExplain, addTimeline, addOrphans, addNode].forEach((add) => add(program));
