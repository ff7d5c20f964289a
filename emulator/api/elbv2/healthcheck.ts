// Health check settings of a target group: defaults by protocol, and the checks that AWS makes on them.
import type { Matcher, ProtocolEnum } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetGroupRecord } from '../../state/types.js';
import { validationError } from '../../wire/fault.js';
import { complaint, refuse } from '../../wire/complaints.js';
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

const checkHttp = ({ HealthCheckPath: path = '', Matcher: matcher }: HealthCheckSettings): void => {
  if (!path.startsWith('/')) throw validationError(`Health check path '${path}' must begin with '/'`);
  const codes = matcher?.HttpCode ?? '';
  if (!codesFit(codes)) throw unseen.checkCodes(codes, lowestCode, highestCode);
};

const checkTcp = (input: HealthCheckInput): void => {
  if (input.HealthCheckPath !== undefined) throw unseen.checkPathTcp();
  if (input.Matcher !== undefined) throw unseen.checkMatcherTcp();
};

const checkMatcher = (matcher: Matcher | undefined): void => {
  if (matcher?.GrpcCode !== undefined) throw unseen.checkGrpc();
};

// https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
const defaultTimeout = (protocol: string): number => (protocol === 'HTTP' ? 6 : 10);

const checkSettings = (settings: HealthCheckSettings, input: HealthCheckInput, targetType: string): void => {
  checkProtocol(settings.HealthCheckProtocol);
  checkPort(settings.HealthCheckPort);
  if (!settings.HealthCheckEnabled) throw unseen.checkDisabled(targetType);
  checkMatcher(input.Matcher);
  if (settings.HealthCheckProtocol === 'TCP') checkTcp(input);
  else checkHttp(settings);
  const { HealthCheckTimeoutSeconds: timeout, HealthCheckIntervalSeconds: interval } = settings;
  if (timeout > interval) throw validationError(`Health check timeout '${timeout}' must be smaller than or equal to the interval '${interval}'`);
};

/** What a group of the NLB's protocols has after a create or modify call over `before`; checked. */
export const healthCheckSettings = (input: HealthCheckInput, targetType: string, before?: HealthCheckSettings): HealthCheckSettings => {
  const protocol = input.HealthCheckProtocol ?? before?.HealthCheckProtocol ?? 'TCP';
  const isHttp = protocol === 'HTTP' || protocol === 'HTTPS';
  const code = input.Matcher?.HttpCode ?? before?.Matcher?.HttpCode ?? '200-399';
  const settings: HealthCheckSettings = {
    HealthCheckProtocol: protocol,
    HealthCheckPort: input.HealthCheckPort ?? before?.HealthCheckPort ?? 'traffic-port',
    HealthCheckEnabled: input.HealthCheckEnabled ?? before?.HealthCheckEnabled ?? true,
    HealthCheckIntervalSeconds: input.HealthCheckIntervalSeconds ?? before?.HealthCheckIntervalSeconds ?? 30,
    HealthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds ?? before?.HealthCheckTimeoutSeconds ?? defaultTimeout(protocol),
    HealthyThresholdCount: input.HealthyThresholdCount ?? before?.HealthyThresholdCount ?? 5,
    UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? before?.UnhealthyThresholdCount ?? 2,
    ...(isHttp ? { HealthCheckPath: input.HealthCheckPath ?? before?.HealthCheckPath ?? '/', Matcher: { HttpCode: code } } : {}),
  };
  checkSettings(settings, input, targetType);
  return settings;
};
