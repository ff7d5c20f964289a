// EKS: the one cluster of a run, so that `aws eks update-kubeconfig` and `get-token` find it. REST JSON.
import { AwsFault } from '../../wire/fault.js';
import type { VpcView } from '../../state/vpc.js';
import type { RestService, Scope } from '../service.js';

/** What a running cluster tells; `certificateAuthority` is base64 of a PEM text. */
export type ClusterFacts = { endpoint: string; certificateAuthority: string; version: string; createdAt: number };

export type EksOptions = {
  vpc: VpcView;
  clusterName: string;
  /** undefined before the cluster is there, and without one. */
  cluster(): ClusterFacts | undefined;
};

const notFound = (name: string): AwsFault => new AwsFault('ResourceNotFoundException', `No cluster found for name: ${name}.`, 404);

const describe = ({ vpc, clusterName }: EksOptions, { account, region }: Scope, facts: ClusterFacts): object => ({
  name: clusterName,
  arn: `arn:aws:eks:${region}:${account}:cluster/${clusterName}`,
  createdAt: facts.createdAt / 1000,
  version: facts.version,
  endpoint: facts.endpoint,
  roleArn: `arn:aws:iam::${account}:role/${clusterName}-cluster`,
  resourcesVpcConfig: {
    subnetIds: vpc.subnets.map(({ SubnetId }) => SubnetId), securityGroupIds: [], vpcId: vpc.VpcId,
    endpointPublicAccess: true, endpointPrivateAccess: true, publicAccessCidrs: ['127.0.0.0/8'],
  },
  kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16', ipFamily: 'ipv4' },
  identity: {},
  status: 'ACTIVE',
  certificateAuthority: { data: facts.certificateAuthority },
  platformVersion: 'eks.1',
  tags: {},
});

const pageSize = (query: URLSearchParams): void => {
  const max = query.get('maxResults');
  if (max !== null && !/^([1-9]\d?|100)$/.test(max)) throw new AwsFault('InvalidParameterException', 'maxResults must be between 1 and 100');
  if (query.get('nextToken')) throw new AwsFault('InvalidParameterException', 'The nextToken is not valid');
};

/** ListClusters and DescribeCluster. */
export const createEks = (options: EksOptions): RestService => ({
  name: 'eks',
  answer: (scope, method, path, query) => {
    const [root, name, ...rest] = path;
    if (root !== 'clusters' || rest.length > 0 || method !== 'GET') {
      throw new AwsFault('UnknownOperationException', `nlbox does not model ${method} /${path.join('/')} of EKS`, 404);
    }
    const facts = scope.region === options.vpc.region ? options.cluster() : undefined;
    if (name === undefined) {
      pageSize(query);
      return { clusters: facts ? [options.clusterName] : [] };
    }
    if (!facts || name !== options.clusterName) throw notFound(name);
    return { cluster: describe(options, scope, facts) };
  },
});
