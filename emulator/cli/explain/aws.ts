// What ELBv2 says of one Service, asked over HTTP with the SDK's own client as any user could.
import {
  DescribeListenersCommand, DescribeLoadBalancersCommand, DescribeTagsCommand, DescribeTargetGroupsCommand, DescribeTargetHealthCommand, ElasticLoadBalancingV2Client,
  type Listener, type LoadBalancer, type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Info } from '../../main.js';
import type { Facts, GroupFacts } from '../diagnose/facts.js';

export type AwsFacts = Pick<Facts, 'loadBalancer' | 'listeners' | 'groups'>;

const stackTag = 'service.k8s.aws/stack';
const perCall = 20;

const pages = async <T>(page: (Marker: string | undefined) => Promise<{ items: T[] | undefined; next: string | undefined }>): Promise<T[]> => {
  const all: T[] = [];
  let marker: string | undefined;
  do {
    const { items, next } = await page(marker);
    all.push(...(items ?? []));
    marker = next;
  } while (marker);
  return all;
};

/** The ARNs among `arns` whose tags name the stack. */
const tagged = async (client: ElasticLoadBalancingV2Client, arns: string[], stack: string): Promise<Set<string>> => {
  const found = new Set<string>();
  for (let from = 0; from < arns.length; from += perCall) {
    const { TagDescriptions } = await client.send(new DescribeTagsCommand({ ResourceArns: arns.slice(from, from + perCall) }));
    for (const { ResourceArn, Tags } of TagDescriptions ?? []) if (Tags?.some(({ Key, Value }) => Key === stackTag && Value === stack)) found.add(ResourceArn ?? '');
  }
  return found;
};

const loadBalancerOf = async (client: ElasticLoadBalancingV2Client, stack: string, host: string | undefined): Promise<LoadBalancer | undefined> => {
  const all = await pages<LoadBalancer>(async (Marker) => {
    const { LoadBalancers, NextMarker } = await client.send(new DescribeLoadBalancersCommand({ Marker }));
    return { items: LoadBalancers, next: NextMarker };
  });
  const named = all.find(({ DNSName }) => host !== undefined && DNSName?.toLowerCase() === host);
  if (named) return named;
  const arns = await tagged(client, all.flatMap(({ LoadBalancerArn }) => LoadBalancerArn ?? []), stack);
  return all.find(({ LoadBalancerArn }) => arns.has(LoadBalancerArn ?? ''));
};

const groupsOf = async (client: ElasticLoadBalancingV2Client, loadBalancer: LoadBalancer | undefined, bound: string[]): Promise<GroupFacts[]> => {
  const { TargetGroups: used = [] } = loadBalancer ? await client.send(new DescribeTargetGroupsCommand({ LoadBalancerArn: loadBalancer.LoadBalancerArn })) : {};
  const others = bound.filter((arn) => !used.some(({ TargetGroupArn }) => TargetGroupArn === arn));
  const more: TargetGroup[] = [];
  for (const arn of others) {
    // A binding may name a group that is gone.
    const answer = await client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] })).catch(() => undefined);
    more.push(...(answer?.TargetGroups ?? []));
  }
  return Promise.all([...used, ...more].map(async (group) => {
    const { TargetHealthDescriptions } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn: group.TargetGroupArn }));
    return { group, targets: TargetHealthDescriptions ?? [] };
  }));
};

/** A client of the running nlbox. */
export const createAwsClient = ({ endpoint, region }: Pick<Info, 'endpoint' | 'region'>): ElasticLoadBalancingV2Client => {
  // The SDK's word on the future of Node 20 is not for those who ask about a Service.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return new ElasticLoadBalancingV2Client({ endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 1 });
};

/** Found by the name in the Service's status, else by the stack's tag. */
export const askAws = async (info: Info, stack: string, host: string | undefined, bound: string[]): Promise<AwsFacts> => {
  const client = createAwsClient(info);
  try {
    const loadBalancer = await loadBalancerOf(client, stack, host);
    const listeners = loadBalancer
      ? await pages<Listener>(async (Marker) => {
        const { Listeners, NextMarker } = await client.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancer.LoadBalancerArn, Marker }));
        return { items: Listeners, next: NextMarker };
      })
      : [];
    return { loadBalancer, listeners, groups: await groupsOf(client, loadBalancer, bound) };
  } finally {
    client.destroy();
  }
};
