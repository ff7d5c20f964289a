// EC2 as a service of the one door, and the same operations for callers in this process.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../clock.js';
import type { Store } from '../../state/types.js';
import type { VpcView } from '../../state/vpc.js';
import { AwsFault } from '../../wire/fault.js';
import type { QueryTree } from '../../wire/query.js';
import { splitAtRequestId, withPlainQuotes, type Rendered } from '../../wire/xml.js';
import type { Scope, Service, ServiceRequest } from '../service.js';
import type { Ec2Api } from './client.js';
import type { Ec2Context } from './context.js';
import { decode } from './decode.js';
import { operations, type Operation } from './operations.js';
import { page, type Paging } from './paging.js';
import { listOf, named, render, structure, text } from './shape.js';

export const ec2Version = '2016-11-15';
const xmlns = `http://ec2.amazonaws.com/doc/${ec2Version}/`;

export type Ec2Options = {
  store: Pick<Store, 'partition' | 'partitions'>;
  /** The cluster's network; other regions have none. */
  vpc: VpcView;
  clusterName: string;
  clock: Pick<Clock, 'now'>;
  /** Overrides of limits by name: `elastic-ips`. */
  quotas?: Record<string, number>;
  /** The second octet of the loopback block of load balancer addresses; 43 when left out. */
  octet?: number;
  /** 17 hexadecimal digits for a new security group; random when left out. */
  newId?: () => string;
};

export type Ec2 = {
  /** To be registered as `ec2`. */
  service: Service;
  /** The controller's way in; no XML in between, the same checks behind it. */
  client(scope: Scope): Ec2Api;
};

const table: Readonly<Record<string, Operation>> = operations;

const errorList = listOf(structure({ Code: ['Code', text], Message: ['Message', text] }), 'Error');
const errorShape = structure({ Errors: ['Errors', errorList], RequestID: ['RequestID', text] }, [], 'Response');

const renderFault = ({ code, message, status }: AwsFault): Rendered =>
  splitAtRequestId(withPlainQuotes(render(errorShape, { Errors: [{ Code: code, Message: message }], RequestID: '' })), 'RequestID', status);

// Presigned requests carry their signature among the parameters.
const isEnvelope = (name: string): boolean => /^(Action|Version|X-Amz-.*)$/i.test(name);

const withoutEnvelope = (tree: QueryTree): QueryTree => Object.fromEntries(Object.entries(tree).filter(([name]) => !isEnvelope(name)));

const run = async (context: Ec2Context, { action, tree }: ServiceRequest): Promise<Rendered> => {
  const operation = table[action] as Operation;
  const { DryRun, MaxResults, NextToken, ...input } = decode(operation.input, withoutEnvelope(tree)) as Paging & { DryRun?: boolean };
  if (DryRun) throw new AwsFault('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  const value = await operation.run(context, input as never);
  const paged = operation.pages === undefined ? value : page(value, operation.pages, { MaxResults, NextToken });
  return splitAtRequestId(render(named(operation.output, `${action}Response`), { RequestId: '', ...paged }, xmlns), 'requestId', 200);
};

const clientOf = (context: Ec2Context): Ec2Api => {
  const entries = Object.entries(table).map(([name, operation]) => [name, async (input: object) => operation.run(context, input as never)]);
  return Object.fromEntries(entries) as Ec2Api;
};

const noVpc = (region: string): VpcView => ({ VpcId: '', CidrBlock: '', Ipv6CidrBlock: '', region, subnets: [], instances: () => [], zoneOf: () => undefined });

/** EC2 for every account and region: the cluster's network as a view, security groups and tags from the store. */
export const createEc2 = ({ store, vpc, clusterName, clock, newId, quotas = {}, octet = 43 }: Ec2Options): Ec2 => {
  const launched = clock.now();
  const contextOf = ({ account, region }: Scope): Ec2Context => ({
    vpc: region === vpc.region ? vpc : noVpc(region), partition: store.partition(account, region), clusterName, launched, newId: newId ?? (() => `0${randomBytes(8).toString('hex')}`),
    quota: (name) => (Object.hasOwn(quotas, name) ? quotas[name] : undefined), octet,
    addresses: () => [...store.partitions()].flatMap(({ read }) => [...read.list('addresses')]),
  });
  return {
    service: {
      version: ec2Version,
      actions: new Set(Object.keys(table)),
      answer: (request) => run(contextOf(request.scope), request),
      renderFault,
    },
    client: (scope) => clientOf(contextOf(scope)),
  };
};
