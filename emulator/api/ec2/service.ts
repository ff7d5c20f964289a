// EC2 as a service: one request in, one XML document out; and the same operations for callers in this process.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.js';
import { messageOf } from '../../errors.js';
import type { Log } from '../../log.js';
import type { Partition } from '../../state/types.js';
import type { VpcView } from '../../state/vpc.js';
import { AwsFault } from '../../wire/fault.js';
import type { Ec2Api } from './client.js';
import type { Ec2Context } from './context.js';
import { decode, type ParamTree } from './decode.js';
import { operations, type Operation } from './operations.js';
import { page, type Paging } from './paging.js';
import { listOf, named, render, structure, text } from './shape.js';

export const ec2Version = '2016-11-15';
const xmlns = 'http://ec2.amazonaws.com/doc/2016-11-15/';

export type ServiceRequest = {
  /** The request's parameters as a tree, `Action` and `Version` among them. */
  params: ParamTree;
  region: string;
  account: string;
  requestId: string;
};
export type ServiceAnswer = { status: number; body: string };

export type Ec2Options = {
  partition(account: string, region: string): Partition;
  vpc(region: string): VpcView;
  clusterName: string;
  clock: Pick<Clock, 'now'>;
  log: Log;
  newId?: () => string;
};

export type Ec2 = {
  answer(request: ServiceRequest): Promise<ServiceAnswer>;
  /** The controller's way in; no XML in between, the same checks behind it. */
  client(account: string, region: string): Ec2Api;
};

const errorList = listOf(structure({ Code: ['Code', text], Message: ['Message', text] }), 'Error');
const errorShape = structure({ Errors: ['Errors', errorList], RequestID: ['RequestID', text] }, [], 'Response');

const errorAnswer = (fault: AwsFault, requestId: string): ServiceAnswer => ({
  status: fault.status,
  body: render(errorShape, { Errors: [{ Code: fault.code, Message: fault.message }], RequestID: requestId }),
});

// Presigned requests carry their signature among the parameters.
const isEnvelope = (name: string): boolean => /^(Action|Version|X-Amz-.*)$/i.test(name);

const operationOf = (params: ParamTree): [string, Operation] => {
  const { Action } = params;
  if (typeof Action !== 'string' || Action === '') throw new AwsFault('MissingAction', 'The request must contain the parameter Action');
  const table: Record<string, Operation> = operations;
  const operation = Object.hasOwn(table, Action) ? table[Action] : undefined;
  if (!operation)
    throw new AwsFault('InvalidAction', `The action ${Action} is not valid for this web service. This emulator's EC2 knows: ${Object.keys(table).sort().join(', ')}.`);
  return [Action, operation];
};

const run = async (context: Ec2Context, { params, requestId }: ServiceRequest): Promise<ServiceAnswer> => {
  const [name, operation] = operationOf(params);
  const given = Object.fromEntries(Object.entries(params).filter(([key]) => !isEnvelope(key)));
  const { DryRun, MaxResults, NextToken, ...input } = decode(operation.input, given) as Paging & { DryRun?: boolean };
  if (DryRun) throw new AwsFault('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  const value = await operation.run(context, input as never);
  const paged = operation.pages === undefined ? value : page(value, operation.pages, { MaxResults, NextToken });
  return { status: 200, body: render(named(operation.output, `${name}Response`), { RequestId: requestId, ...paged }, xmlns) };
};

const clientOf = (context: Ec2Context): Ec2Api => {
  const entries = Object.entries(operations as Record<string, Operation>).map(([name, operation]) => [
    name,
    async (input: object) => operation.run(context, input as never),
  ]);
  return Object.fromEntries(entries) as Ec2Api;
};

/** EC2 for every account and region: the cluster's network as a view, security groups and tags from the store. */
export const createEc2 = (options: Ec2Options): Ec2 => {
  const launched = options.clock.now();
  const newId = options.newId ?? (() => `0${randomBytes(8).toString('hex')}`);
  const contextOf = (account: string, region: string): Ec2Context => ({
    vpc: options.vpc(region), partition: options.partition(account, region), clusterName: options.clusterName, launched, newId,
  });
  const failed = (error: unknown, requestId: string): ServiceAnswer => {
    if (error instanceof AwsFault) return errorAnswer(error, requestId);
    options.log.error({ requestId, error: error instanceof Error ? error.stack : messageOf(error) }, 'an EC2 operation failed');
    return errorAnswer(new AwsFault('InternalError', 'An internal error has occurred', 500), requestId);
  };
  return {
    answer: (request) =>
      run(contextOf(request.account, request.region), request).catch((error: unknown) => failed(error, request.requestId)),
    client: (account, region) => clientOf(contextOf(account, region)),
  };
};
