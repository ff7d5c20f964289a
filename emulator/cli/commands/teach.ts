// Commands of the workshop: its files, its pages, and faults on purpose.
import { Option } from 'commander';
import { examples, number, type Add } from './words.js';

const addWorkshop: Add = (program) => {
  const workshop = program.command('workshop').description('the EKS workshop, offline');
  workshop
    .command('init')
    .description('write the manifests of the load balancer chapter to ~/environment/eks-workshop')
    .option('--target <dir>', 'where to write them instead')
    .addHelpText('after', examples('npx nlbox workshop init', 'npx nlbox workshop init --target ./eks-workshop'))
    .action(async (options: object) => (await import('../workshop.js')).workshopInit(options));
};

const addRehearse: Add = (program) => {
  program
    .command('rehearse')
    .argument('<path...>', 'pages of ours (ip-mode), Markdown files in the workshop grammar, or directories of them')
    .description('run the commands of pages and compare what they print with what the pages show')
    .addOption(new Option('--lang <language>', 'language of our own pages').choices(['en', 'ko']).default('en'))
    .option('--strict', "behave as the workshop's own runner, its bugs included: no pipefail, no comparison")
    .option('-g, --glob <pattern>', 'run only directories whose path below PATH fits')
    .option('--hook-timeout <seconds>', 'for suite hooks', number)
    .option('-t, --timeout <seconds>', 'for a whole page (with --strict 800)', number)
    .option('-b, --bail', 'stop after the first page that fails')
    .addOption(new Option('--timing <profile>', 'of the nlbox that is started for this').choices(['instant', 'fast', 'aws']))
    .option('-v, --verbose', 'show what the commands print, while they do')
    .option('--json', 'print the report for programs')
    .option('--junit <file>', 'write the report as JUnit XML, too')
    .addHelpText('after', examples('npx nlbox rehearse ip-mode', 'npx nlbox rehearse ip-mode --lang ko', 'npx nlbox rehearse eks-workshop-v2/website/docs/fundamentals/exposing/loadbalancer --junit report.xml'))
    .action(async (paths: string[], options: object) => (await import('../rehearse.js')).rehearsePages(paths, { ...program.opts(), ...(options as { lang: 'en' | 'ko' }) }));
};

const addFault: Add = (program) => {
  program
    .command('fault')
    .argument('<what>', 'break-probe, kill-pod, stop-node, wrong-cidr, no-controller or wrong-port; or list; or hint with a name')
    .argument('[name]', 'with hint: the fault to have a hint for')
    .description('break something on purpose, for an exercise, and take it back')
    .option('--undo', 'take the fault back')
    .option('--service <namespace/name>', 'what to break (default: the only Service of type LoadBalancer)')
    .addHelpText('after', examples('npx nlbox fault list', 'npx nlbox fault break-probe', 'npx nlbox fault hint break-probe', 'npx nlbox fault break-probe --undo'))
    .action(async (what: string, name: string | undefined, options: object) => (await import('../fault.js')).fault(what, name, { ...program.opts(), ...options }));
};

/** Adds workshop, rehearse and fault. */
export const addTeachCommands: Add = (program) => [addWorkshop, addRehearse, addFault].forEach((add) => add(program));
