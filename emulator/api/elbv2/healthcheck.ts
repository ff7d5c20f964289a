// Health check settings of a target group: defaults by protocol, and the checks that AWS makes on them.
import type { Matcher, ProtocolEnum } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetGroupRecord } from '../../state/types.js';
import { validationError } from '../../wire/fault.js';
import { complaint, refuse } from '../../wire/complaints.js';
import { once, type Checks } from './checked.js';
import { unseen } from './texts.js';

export type HealthCheckInput = {
  HealthCheckProtocol?: ProtocolEnum | undefined;
  HealthCheckPort?: string | undefined;
  HealthCheckEnabled?: boolean | undefined;
  HealthCheckPath?: string | undefined;
  HealthCheckIntervalSeconds?: number | undefined;
  HealthCheckTimeoutSeconds?: number | undefined;
  HealthyThresholdCount?: number | undefined;
  UnhealthyThresholdCount?: number | undefined;
  Matcher?: Matcher | undefined;
};
export type HealthCheckSettings = Pick<TargetGroupRecord, Exclude<keyof HealthCheckInput, undefined>>;

const checkProtocols = ['HTTP', 'HTTPS', 'TCP'];
const lowestCode = 200;
const highestCode = 599;

const checkProtocol = (protocol: string): void =>
  refuse(checkProtocols.includes(protocol) ? [] : [complaint(protocol, 'healthCheckProtocol', `Member must satisfy enum value set: [${checkProtocols.join(', ')}]`)]);

const checkPort = (port: string): void => {
  if (port === 'traffic-port') return;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535) {
    throw unseen.checkPort(port);
  }
};

const codesFit = (codes: string): boolean =>
  codes.split(',').every((part) => {
    const match = /^(\d{3})(?:-(\d{3}))?$/.exec(part.trim());
    const low = Number(match?.[1]);
    const high = Number(match?.[2] ?? match?.[1]);
    return match !== null && low >= lowestCode && high <= highestCode && low <= high;
  });

const checkPath = ({ HealthCheckProtocol, HealthCheckPath: path = '' }: HealthCheckSettings, input: HealthCheckInput): void => {
  if (HealthCheckProtocol !== 'TCP' && !path.startsWith('/')) throw validationError(`Health check path '${path}' must begin with '/'`);
  if (HealthCheckProtocol === 'TCP' && input.HealthCheckPath !== undefined) throw unseen.checkPathTcp();
};

const checkCodes = ({ HealthCheckProtocol, Matcher: matcher }: HealthCheckSettings, input: HealthCheckInput): void => {
  const codes = matcher?.HttpCode ?? '';
  if (HealthCheckProtocol !== 'TCP' && !codesFit(codes)) throw unseen.checkCodes(codes, lowestCode, highestCode);
  if (HealthCheckProtocol === 'TCP' && input.Matcher !== undefined) throw unseen.checkMatcherTcp();
};

const checkEnabled = ({ HealthCheckEnabled }: HealthCheckSettings, targetType: string): void => {
  if (!HealthCheckEnabled) throw unseen.checkDisabled(targetType);
};

const checkMatcher = (matcher: Matcher | undefined): void => {
  if (matcher?.GrpcCode !== undefined) throw unseen.checkGrpc();
};

const checkTimeout = ({ HealthCheckTimeoutSeconds: timeout, HealthCheckIntervalSeconds: interval }: HealthCheckSettings): void => {
  if (timeout > interval) throw validationError(`Health check timeout '${timeout}' must be smaller than or equal to the interval '${interval}'`);
};

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
const defaultTimeout = (protocol: string): number => (protocol === 'HTTP' ? 6 : 10);

const settingsOver = (before: HealthCheckSettings | undefined, input: HealthCheckInput): HealthCheckSettings => {
  const protocol = input.HealthCheckProtocol ?? before?.HealthCheckProtocol ?? 'TCP';
  const isHttp = protocol === 'HTTP' || protocol === 'HTTPS';
  const code = input.Matcher?.HttpCode ?? before?.Matcher?.HttpCode ?? '200-399';
  return {
    HealthCheckProtocol: protocol,
    HealthCheckPort: input.HealthCheckPort ?? before?.HealthCheckPort ?? 'traffic-port',
    HealthCheckEnabled: input.HealthCheckEnabled ?? before?.HealthCheckEnabled ?? true,
    HealthCheckIntervalSeconds: input.HealthCheckIntervalSeconds ?? before?.HealthCheckIntervalSeconds ?? 30,
    HealthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds ?? before?.HealthCheckTimeoutSeconds ?? defaultTimeout(protocol),
    HealthyThresholdCount: input.HealthyThresholdCount ?? before?.HealthyThresholdCount ?? 5,
    UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? before?.UnhealthyThresholdCount ?? 2,
    ...(isHttp ? { HealthCheckPath: input.HealthCheckPath ?? before?.HealthCheckPath ?? '/', Matcher: { HttpCode: code } } : {}),
  };
};

type About = 'protocol' | 'port' | 'enabled' | 'gRPC code' | 'path' | 'codes' | 'timeout';
type HealthCheckTerms = { settings(): HealthCheckSettings; checks: Checks<`health check ${About}`> };

/** What a group of the NLB's protocols has after a create or modify call over `before`, and the checks of it. */
export const healthCheckTerms = (input: HealthCheckInput, targetType: () => string, before: () => HealthCheckSettings | undefined = () => undefined): HealthCheckTerms => {
  const settings = once(() => settingsOver(before(), input));
  return {
    settings,
    checks: {
      'health check protocol': () => checkProtocol(settings().HealthCheckProtocol),
      'health check port': () => checkPort(settings().HealthCheckPort),
      'health check enabled': () => checkEnabled(settings(), targetType()),
      'health check gRPC code': () => checkMatcher(input.Matcher),
      'health check path': () => checkPath(settings(), input),
      'health check codes': () => checkCodes(settings(), input),
      'health check timeout': () => checkTimeout(settings()),
    },
  };
};
