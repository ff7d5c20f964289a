// The command line: parses, calls, prints. Each command has a file of its own, loaded only when it runs.
import { Command, InvalidArgumentError, Option } from 'commander';
import { messageOf, UserError } from '../errors.js';
import { version } from '../version.js';
import { awsArguments } from './pass-through.js';

const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}\n`;

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

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError(`'${text}' is not a whole number.`);
  return value;
};

const quota = (text: string, all: Record<string, number>): Record<string, number> => {
  const [name, value] = text.split('=');
  if (!name || !value) throw new InvalidArgumentError(`'${text}' is not NAME=NUMBER, as in --quota network-load-balancers=1000.`);
  return { ...all, [name]: number(value) };
};

const controllerFlag = (text: string, all: Record<string, string>): Record<string, string> => {
  const [, name, value] = /^(?:--)?([a-z-]+)=(.*)$/s.exec(text) ?? [];
  if (!name || value === undefined) throw new InvalidArgumentError(`'${text}' is not NAME=VALUE, as in --controller-flag default-target-type=ip.`);
  return { ...all, [name]: value };
};

program
  .command('up')
  .description('start Kubernetes, the ELBv2 endpoint, the controller and the data plane')
  .option('-d, --detach', 'return when everything is ready and keep running in the background')
  .option('--port <port>', 'port of the AWS endpoint on 127.0.0.1 (0: any free one)', number)
  .option('--kube-port <port>', 'port of the Kubernetes API on 127.0.0.1', number)
  .option('--region <region>', 'region of the cluster and of requests that name none')
  .option('--cluster-name <name>', 'name of the EKS-like cluster')
  .addOption(new Option('--timing <profile>', 'how long AWS things take').choices(['instant', 'fast', 'aws']))
  .addOption(new Option('--names <way>', 'how load balancer names reach you').choices(['auto', 'hosts', 'proxy']))
  .option('--dns-port <port>', 'also answer DNS for load balancer names on 127.0.0.1, UDP and TCP (0: do not)', number)
  .addOption(new Option('--cluster <kind>', 'where Kubernetes comes from').choices(['embedded', 'kind', 'kubeconfig', 'none']))
  .option('--name <name>', 'with --cluster kind: the cluster to make, or to use when it is there')
  .option('--context <context>', 'with --cluster kubeconfig: the context to use (default: the current one)')
  .addOption(new Option('--controller <which>', 'who reconciles Services').choices(['built-in', 'none']))
  .option('--controller-flag <name=value>', "a flag of the AWS Load Balancer Controller, for the built-in one (repeatable)", controllerFlag, {})
  .addOption(new Option('--engine <which>', 'what carries connections').choices(['auto', 'user', 'kernel']))
  .option('--loopback <n>', 'use 127.N.0.0/16 and 127.(N+1).0.0/16 for the VPC and the load balancers', number)
  .option('--pods-per-node <n>', 'pods that a node of the embedded cluster takes (default: 29, as an m5.large on EKS)', number)
  .option('--quota <name=number>', 'override an account limit (repeatable)', quota, {})
  .option('--throttle <n>', 'refuse AWS requests beyond N per second as throttled, to see what clients make of it', number)
  .option('--keep', 'keep the state when stopped, so that the next `up` goes on with it')
  .addHelpText('after', examples('npx nlbox up', 'npx nlbox up --detach --timing instant', 'npx nlbox up --cluster none --port 4599', 'npx nlbox up --cluster kind', 'npx nlbox up --cluster kubeconfig --context k3d-demo', 'npx nlbox up --quota network-load-balancers=1000', 'npx nlbox up --controller-flag default-target-type=ip --controller-flag enable-leader-election=true'))
  .action(async (options: object) => (await import('./up.js')).up({ ...program.opts(), ...options }));

program
  .command('down')
  .description('stop nlbox and remove all it made')
  .option('--keep', 'keep the state for the next `up`')
  .addHelpText('after', examples('npx nlbox down', 'npx nlbox down --keep'))
  .action(async (options: object) => (await import('./down.js')).down({ ...program.opts(), ...options }));

program
  .command('status')
  .description('show what runs, what is reachable, and the traffic of each load balancer')
  .option('--json', 'for programs')
  .addHelpText('after', examples('npx nlbox status', "npx nlbox status --json | jq '.loadBalancers[].targets'"))
  .action(async (options: object) => (await import('./status.js')).status({ ...program.opts(), ...options }));

program
  .command('env')
  .description('print the lines that point aws, kubectl and curl of a shell at nlbox')
  .option('--json', 'for programs')
  .option('--unset', 'print the lines that take it back')
  .addHelpText('after', examples('eval "$(npx nlbox env)"', 'eval "$(npx nlbox env --unset)"', 'npx nlbox env --json'))
  .action(async (options: object) => (await import('./env.js')).env({ ...program.opts(), ...options }));

program
  .command('doctor')
  .description('find what stands in the way on this machine, each with its remedy')
  .option('--json', 'for programs')
  .option('--dns-port <port>', 'also check what the DNS responder on this port needs', number)
  .addHelpText('after', examples('npx nlbox doctor', "npx nlbox doctor --json | jq '.[] | select(.level != \"ok\")'"))
  .action(async (options: object) => (await import('./doctor.js')).doctor({ ...program.opts(), ...options }));

program
  .command('wait')
  .description('wait until nlbox is ready, or load balancers are active or their targets healthy')
  .addOption(new Option('--for <what>', 'what to wait for').choices(['ready', 'active', 'healthy']).default('ready'))
  .option('--load-balancer <name>', 'only this one, by the name of the load balancer, its beginning (k8s-ui-uinlb), or its DNS name')
  .option('--timeout <seconds>', 'give up with status 1 after this long (default: 120)', number)
  .addHelpText('after', examples('npx nlbox wait', 'npx nlbox wait --for healthy --load-balancer k8s-ui-uinlb --timeout 60'))
  .action(async (options: object) => (await import('./wait.js')).wait({ ...program.opts(), ...options }));

program
  .command('logs')
  .description('print the log of the run')
  .option('-f, --follow', 'go on as it grows')
  .option('-n, --lines <count>', 'only the last ones', number)
  .option('--json', 'as it was written, for programs')
  .addHelpText('after', examples('npx nlbox logs -n 20', 'npx nlbox logs --follow', "npx nlbox logs --json | jq 'select(.level >= 40)'"))
  .action(async (options: object) => (await import('./logs.js')).logs({ ...program.opts(), ...options }));

program
  .command('aws')
  .argument('[arguments...]', 'what aws is to be told')
  .allowUnknownOption()
  .description('run your own aws against the running nlbox, whatever this shell is set to')
  .addHelpText('after', examples('npx nlbox aws elbv2 describe-load-balancers', "npx nlbox aws ec2 describe-subnets --query 'Subnets[].SubnetId'"))
  .action((_: string[], __: object, command: Command) => command.help());

program
  .command('bundle')
  .argument('[file]', 'where to write it', 'nlbox-bundle.tar.gz')
  .description('pack state, status, events, history and logs into one archive, without credentials')
  .addHelpText('after', examples('npx nlbox bundle', 'npx nlbox bundle /tmp/what-happened.tar.gz'))
  .action(async (file: string, options: object) => (await import('./bundle.js')).bundle(file, { ...program.opts(), ...options }));

const explain = program.command('explain').description('why something is Pending, unhealthy or unreachable, and the next step');
explain
  .command('svc')
  .alias('service')
  .argument('<namespace/name>', 'the Service')
  .description('owner, annotations, load balancer, targets with their last probe, name and source ranges of a Service')
  .option('--from <address>', 'the address that connections come from (default: 127.0.0.1)')
  .option('--json', 'for programs')
  .addHelpText('after', examples('npx nlbox explain svc ui/ui-nlb', "npx nlbox explain svc ui/ui-nlb --json | jq '.findings'"))
  .action(async (key: string, options: object) => (await import('./explain.js')).explainService(key, { ...program.opts(), ...options }));

program
  .command('timeline')
  .argument('<namespace/name>', 'the Service')
  .description('changes, events, AWS calls and target states of a Service, in the order of time')
  .option('--json', 'for programs')
  .addHelpText('after', examples('npx nlbox timeline ui/ui-nlb', 'npx nlbox timeline ui/ui-nlb --json'))
  .action(async (key: string, options: object) => (await import('./timeline.js')).timeline(key, { ...program.opts(), ...options }));

program
  .command('orphans')
  .description('what is left in AWS and in the cluster of Services that are gone')
  .option('--remove', 'remove it')
  .option('--json', 'for programs')
  .addHelpText('after', examples('npx nlbox orphans', 'npx nlbox orphans --remove'))
  .action(async (options: object) => (await import('./orphans.js')).orphans({ ...program.opts(), ...options }));

program
  .command('node')
  .argument('<action>', 'add, stop, start or rm')
  .argument('[name]', 'a node, as `kubectl get nodes` names it (or the part before the first dot)')
  .description('change the nodes of the embedded cluster while it runs, and watch targets follow')
  .addHelpText('after', examples('npx nlbox node add', 'npx nlbox node stop ip-10-42-100-116', 'npx nlbox node start ip-10-42-100-116', 'npx nlbox node rm ip-10-42-100-116'))
  .action(async (action: string, name: string | undefined) => {
    if (!['add', 'stop', 'start', 'rm'].includes(action)) throw new UserError(`'${action}' is none of add, stop, start, rm`);
    await (await import('./node.js')).node(action as 'add' | 'stop' | 'start' | 'rm', name, program.opts());
  });

const workshop = program.command('workshop').description('the EKS workshop, offline');
workshop
  .command('init')
  .description('write the manifests of the load balancer chapter to ~/environment/eks-workshop')
  .option('--target <dir>', 'where to write them instead')
  .addHelpText('after', examples('npx nlbox workshop init', 'npx nlbox workshop init --target ./eks-workshop'))
  .action(async (options: object) => (await import('./workshop.js')).workshopInit(options));

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
  .action(async (paths: string[], options: object) => (await import('./rehearse.js')).rehearsePages(paths, { ...program.opts(), ...(options as { lang: 'en' | 'ko' }) }));

program
  .command('fault')
  .argument('<what>', 'break-probe, kill-pod, stop-node, wrong-cidr, no-controller or wrong-port; or list; or hint with a name')
  .argument('[name]', 'with hint: the fault to have a hint for')
  .description('break something on purpose, for an exercise, and take it back')
  .option('--undo', 'take the fault back')
  .option('--service <namespace/name>', 'what to break (default: the only Service of type LoadBalancer)')
  .addHelpText('after', examples('npx nlbox fault list', 'npx nlbox fault break-probe', 'npx nlbox fault hint break-probe', 'npx nlbox fault break-probe --undo'))
  .action(async (what: string, name: string | undefined, options: object) => (await import('./fault.js')).fault(what, name, { ...program.opts(), ...options }));

program.command('relay', { hidden: true }).description('carry connections into the network of this container').action(async () => (await import('./relay.js')).relay());

const passed = awsArguments(process.argv.slice(2));
try {
  if (passed) await (await import('./aws.js')).aws(passed.args, passed);
  else await program.parseAsync();
} catch (error) {
  fail(error);
}
