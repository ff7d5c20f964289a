// Commands of a run: starts and ends it, says what it is, and passes things on to it.
import { Option, type Command } from 'commander';
import { controllerFlag, examples, number, quota, type Add } from './words.js';

const addUp: Add = (program) => {
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
    .action(async (options: object) => (await import('../up.js')).up({ ...program.opts(), ...options }));
};

const addDown: Add = (program) => {
  program
    .command('down')
    .description('stop nlbox and remove all it made')
    .option('--keep', 'keep the state for the next `up`')
    .addHelpText('after', examples('npx nlbox down', 'npx nlbox down --keep'))
    .action(async (options: object) => (await import('../down.js')).down({ ...program.opts(), ...options }));
};

const addStatus: Add = (program) => {
  program
    .command('status')
    .description('show what runs, what is reachable, and the traffic of each load balancer')
    .option('--json', 'for programs')
    .addHelpText('after', examples('npx nlbox status', "npx nlbox status --json | jq '.loadBalancers[].targets'"))
    .action(async (options: object) => (await import('../status.js')).status({ ...program.opts(), ...options }));
};

const addEnv: Add = (program) => {
  program
    .command('env')
    .description('print the lines that point aws, kubectl and curl of a shell at nlbox')
    .option('--json', 'for programs')
    .option('--unset', 'print the lines that take it back')
    .addHelpText('after', examples('eval "$(npx nlbox env)"', 'eval "$(npx nlbox env --unset)"', 'npx nlbox env --json'))
    .action(async (options: object) => (await import('../env.js')).env({ ...program.opts(), ...options }));
};

const addDoctor: Add = (program) => {
  program
    .command('doctor')
    .description('find what stands in the way on this machine, each with its remedy')
    .option('--json', 'for programs')
    .option('--dns-port <port>', 'also check what the DNS responder on this port needs', number)
    .addHelpText('after', examples('npx nlbox doctor', "npx nlbox doctor --json | jq '.[] | select(.level != \"ok\")'"))
    .action(async (options: object) => (await import('../doctor.js')).doctor({ ...program.opts(), ...options }));
};

const addWait: Add = (program) => {
  program
    .command('wait')
    .description('wait until nlbox is ready, or load balancers are active or their targets healthy')
    .addOption(new Option('--for <what>', 'what to wait for').choices(['ready', 'active', 'healthy']).default('ready'))
    .option('--load-balancer <name>', 'only this one, by the name of the load balancer, its beginning (k8s-ui-uinlb), or its DNS name')
    .option('--timeout <seconds>', 'give up with status 1 after this long (default: 120)', number)
    .addHelpText('after', examples('npx nlbox wait', 'npx nlbox wait --for healthy --load-balancer k8s-ui-uinlb --timeout 60'))
    .action(async (options: object) => (await import('../wait.js')).wait({ ...program.opts(), ...options }));
};

const addLogs: Add = (program) => {
  program
    .command('logs')
    .description('print the log of the run')
    .option('-f, --follow', 'go on as it grows')
    .option('-n, --lines <count>', 'only the last ones', number)
    .option('--json', 'as it was written, for programs')
    .addHelpText('after', examples('npx nlbox logs -n 20', 'npx nlbox logs --follow', "npx nlbox logs --json | jq 'select(.level >= 40)'"))
    .action(async (options: object) => (await import('../logs.js')).logs({ ...program.opts(), ...options }));
};

const addAws: Add = (program) => {
  program
    .command('aws')
    .argument('[arguments...]', 'what aws is to be told')
    .allowUnknownOption()
    .description('run your own aws against the running nlbox, whatever this shell is set to')
    .addHelpText('after', examples('npx nlbox aws elbv2 describe-load-balancers', "npx nlbox aws ec2 describe-subnets --query 'Subnets[].SubnetId'"))
    .action((_: string[], __: object, command: Command) => command.help());
};

const addBundle: Add = (program) => {
  program
    .command('bundle')
    .argument('[file]', 'where to write it', 'nlbox-bundle.tar.gz')
    .description('pack state, status, events, history and logs into one archive, without credentials')
    .addHelpText('after', examples('npx nlbox bundle', 'npx nlbox bundle /tmp/what-happened.tar.gz'))
    .action(async (file: string, options: object) => (await import('../bundle.js')).bundle(file, { ...program.opts(), ...options }));
};

/** Adds up, down, status, env, doctor, wait, logs, aws and bundle. */
export const addRunCommands: Add = (program) => [addUp, addDown, addStatus, addEnv, addDoctor, addWait, addLogs, addAws, addBundle].forEach((add) => add(program));
