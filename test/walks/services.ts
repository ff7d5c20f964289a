// Services as a network test suite makes them, and what AWS shows of each: shared by the walks over the controller's features.
import {
  DescribeListenerCertificatesCommand, DescribeListenersCommand, DescribeLoadBalancerAttributesCommand, DescribeLoadBalancersCommand, DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand, DescribeTargetGroupsCommand, DescribeTargetHealthCommand, ElasticLoadBalancingV2Client, type LoadBalancer, type TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { execa } from 'execa';
import { emulatorConfig } from '../../sdk-shim/index.js';
import { loadBalancerName, type Run } from '../support/nlbox.js';

const prefix = 'service.beta.kubernetes.io/aws-load-balancer-';

export type Port = { name?: string; port: number; targetPort?: number; protocol?: 'TCP' | 'UDP' };

export const deployment = (namespace: string, name: string, replicas = 3, annotations: Record<string, string> = {}): object => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name },
  spec: {
    replicas, selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name }, annotations }, spec: { containers: [{ name: 'app', image: 'registry.example.com/hello-multi:latest', imagePullPolicy: 'Always', ports: [{ containerPort: 80 }] }] } },
  },
});

/** A LoadBalancer Service over `app`; annotations without their common prefix. */
export const service = (namespace: string, name: string, app: string, annotations: Record<string, string>, ports: readonly Port[] = [{ port: 80 }]): object => ({
  apiVersion: 'v1', kind: 'Service',
  metadata: { namespace, name, annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [prefix + key, value])) },
  spec: { type: 'LoadBalancer', selector: { app }, ports },
});

/** Health check settings in one line: protocol, path, port, interval, time-out, thresholds. */
export const healthCheckOf = (group: TargetGroup): string =>
  [group.HealthCheckProtocol, group.HealthCheckPath ?? '-', group.HealthCheckPort, group.HealthCheckIntervalSeconds, group.HealthCheckTimeoutSeconds, group.HealthyThresholdCount, group.UnhealthyThresholdCount].join(' ');

const pairs = (list: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): Record<string, string> => Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value]));

/** What AWS says of one load balancer, asked anew by each call. */
export const viewOf = (elb: ElasticLoadBalancingV2Client, arn: string) => {
  const groups = async (): Promise<TargetGroup[]> => (await elb.send(new DescribeTargetGroupsCommand({ LoadBalancerArn: arn }))).TargetGroups ?? [];
  const listeners = async () => ((await elb.send(new DescribeListenersCommand({ LoadBalancerArn: arn }))).Listeners ?? []).sort((one, two) => (one.Port ?? 0) - (two.Port ?? 0));
  const firstGroup = async (): Promise<string> => (await groups())[0]?.TargetGroupArn ?? '';
  return {
    groups,
    listenerPorts: async () => (await listeners()).map(({ Port, Protocol }) => `${Protocol} ${Port}`),
    certificates: async () => ((await elb.send(new DescribeListenerCertificatesCommand({ ListenerArn: (await listeners())[0]?.ListenerArn }))).Certificates ?? []),
    attributes: async () => pairs((await elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: arn }))).Attributes),
    groupAttributes: async () => pairs((await elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: await firstGroup() }))).Attributes),
    /** Server ids of the first group's targets. */
    serverIds: async () => ((await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: await firstGroup() }))).TargetHealthDescriptions ?? []).map(({ Target }) => Target?.QuicServerId),
    /** States of the first group's targets; draining ones left out. */
    states: async () => ((await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: await firstGroup() }))).TargetHealthDescriptions ?? []).map(({ TargetHealth }) => TargetHealth?.State).filter((state) => state !== 'draining'),
    /** Tags of the load balancer, its groups and its listeners. */
    tags: async () => {
      const arns = [arn, ...(await groups()).map(({ TargetGroupArn }) => TargetGroupArn ?? ''), ...(await listeners()).map(({ ListenerArn }) => ListenerArn ?? '')];
      return ((await elb.send(new DescribeTagsCommand({ ResourceArns: arns }))).TagDescriptions ?? []).map(({ Tags }) => pairs(Tags));
    },
  };
};

export type View = ReturnType<typeof viewOf>;

/** A namespace of its own on a running nlbox, and the verbs that the walks use there. */
export const inNamespace = async (run: Run, namespace: string) => {
  const elb = new ElasticLoadBalancingV2Client(emulatorConfig({ endpoint: run.env['AWS_ENDPOINT_URL'] ?? '' }));
  await run.sh(`kubectl create namespace ${namespace}`);
  const find = async (dnsName: string): Promise<LoadBalancer | undefined> => (await elb.send(new DescribeLoadBalancersCommand({}))).LoadBalancers?.find(({ DNSName }) => DNSName === dnsName);
  return {
    elb,
    apply: async (...objects: readonly object[]) => void (await execa('kubectl', ['apply', '-f', '-'], { env: run.env, extendEnv: false, input: objects.map((object) => JSON.stringify(object)).join('\n---\n') })),
    kubectl: (words: string) => run.sh(`kubectl -n ${namespace} ${words}`),
    annotate: (name: string, annotations: Record<string, string>) =>
      run.sh(`kubectl -n ${namespace} annotate --overwrite service ${name} ${Object.entries(annotations).map(([key, value]) => `'${prefix}${key}=${value}'`).join(' ')}`),
    find,
    /** Waits for the Service's name and finds its load balancer by it. */
    balancer: async (name: string): Promise<{ dnsName: string; found: LoadBalancer; view: View }> => {
      const dnsName = await loadBalancerName(run, namespace, name);
      const found = await find(dnsName);
      if (!found) throw new Error(`no load balancer is called ${dnsName}`);
      return { dnsName, found, view: viewOf(elb, found.LoadBalancerArn ?? '') };
    },
    /** Deletes the namespace with all that is in it; finalizers must let go. */
    drop: () => run.sh(`kubectl delete namespace ${namespace} --timeout=60s`),
  };
};
