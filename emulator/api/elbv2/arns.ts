// Names of things in ELBv2: ARNs, DNS names, hosted zones; how they are made and how they are told apart.
import { createHash } from 'node:crypto';
import { validationError } from '../../wire/fault.js';
import type { Scope } from '../service.js';

const partitionOf = (region: string): string => {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
};

const arn = ({ region, account }: Scope, resource: string): string =>
  `arn:${partitionOf(region)}:elasticloadbalancing:${region}:${account}:${resource}`;

export const loadBalancerArn = (scope: Scope, name: string, hex: string): string => arn(scope, `loadbalancer/net/${name}/${hex}`);
export const targetGroupArn = (scope: Scope, name: string, hex: string): string => arn(scope, `targetgroup/${name}/${hex}`);
export const listenerArn = (loadBalancer: string, hex: string): string => `${loadBalancer.replace(':loadbalancer/', ':listener/')}/${hex}`;

/** The one rule that an NLB's listener has; its id follows from the listener, so it needs no record. */
export const defaultRuleArn = (listener: string): string =>
  `${listener.replace(':listener/', ':listener-rule/')}/${createHash('sha256').update(listener).digest('hex').slice(0, 16)}`;

/** The listener that a rule's ARN belongs to. */
export const listenerOfRule = (rule: string): string => rule.replace(':listener-rule/', ':listener/').replace(/\/[0-9a-f]{16}$/, '');

/** An NLB's name is the same inside and outside: no `internal-` prefix, case kept. */
export const dnsName = (region: string, name: string, hex: string): string =>
  `${name}-${hex}.elb.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

const head = 'arn:aws(?:-cn|-us-gov)?:elasticloadbalancing:[a-z0-9-]+:\\d{12}:';
const hex = '[0-9a-f]{16}';
const name = '[A-Za-z0-9-]+';
const forms = {
  'load balancer': new RegExp(`^${head}loadbalancer/(?:net|app|gwy)/${name}/${hex}$`),
  listener: new RegExp(`^${head}listener/(?:net|app|gwy)/${name}/${hex}/${hex}$`),
  'target group': new RegExp(`^${head}targetgroup/${name}/${hex}$`),
  'listener rule': new RegExp(`^${head}listener-rule/(?:net|app|gwy)/${name}/${hex}/${hex}/${hex}$`),
  'trust store': new RegExp(`^${head}truststore/${name}/${hex}$`),
};
export type ResourceKind = keyof typeof forms;

/** What an ARN names, by its form. */
export const kindOf = (text: string): ResourceKind | undefined =>
  (Object.keys(forms) as ResourceKind[]).find((kind) => forms[kind].test(text));

/** Refuses what is not an ARN of this kind, `null` and unsubstituted `$NAME` among them. */
export const checkArn = (kind: ResourceKind, text: string): void => {
  if (!forms[kind].test(text)) throw validationError(`'${text}' is not a valid ${kind} ARN`);
};

/** Hosted zones of network load balancers, https://docs.aws.amazon.com/general/latest/gr/elb.html */
const hostedZones: Record<string, string> = {
  'us-east-1': 'Z26RNL4JYFTOTI', 'us-east-2': 'ZLMOA37VPKANP', 'us-west-1': 'Z24FKFUX50B4VW', 'us-west-2': 'Z18D5FSROUN65G',
  'ca-central-1': 'Z2EPGBW3API2WT', 'eu-west-1': 'Z2IFOLAFXWLO4F', 'eu-west-2': 'ZD4D7Y8KGAS4G', 'eu-west-3': 'Z1CMS0P5QUZ6D5',
  'eu-central-1': 'Z3F0SRJ5LGBH90', 'eu-central-2': 'Z02239872DOALSIDCX66S', 'eu-north-1': 'Z1UDT6IFJ4EJM', 'eu-south-1': 'Z23146JA1KNAFP',
  'eu-south-2': 'Z1011216NVTVYADP1SSV', 'ap-northeast-1': 'Z31USIVHYNEOWT', 'ap-northeast-2': 'ZIBE1TIR4HY56', 'ap-northeast-3': 'Z1GWIQ4HH19I5X',
  'ap-south-1': 'ZVDDRBQ08TROA', 'ap-south-2': 'Z0711778386UTO08407HT', 'ap-southeast-1': 'ZKVM4W9LS7TM', 'ap-southeast-2': 'ZCT6FZBF4DROD',
  'ap-southeast-3': 'Z01971771FYVNCOVWJU1G', 'ap-east-1': 'Z12Y7K3UBGUAD1', 'sa-east-1': 'ZTK26PT1VY4CU', 'af-south-1': 'Z203XCE67M25HM',
  'me-south-1': 'Z3QSRYVP46NYYV', 'me-central-1': 'Z00282643NTTLPANJJG2P', 'cn-north-1': 'Z3QFB96KMJ7ED6', 'cn-northwest-1': 'ZQEIKTCZ8352D',
  'us-gov-east-1': 'Z1ZSMQQ6Q24QQ8', 'us-gov-west-1': 'ZMG1MZ2THAWF1',
};
export const hostedZoneId = (region: string): string => (Object.hasOwn(hostedZones, region) && hostedZones[region]) || 'Z00000000NLBOXZONE00';
