// Service -> the health check of all its target groups. Pure.
import { stackOf, type Subject } from './facts.js';
import type { HealthCheck } from './model.js';

const usual = { protocol: 'TCP', port: 'traffic-port', path: '/', timeout: 10, threshold: 3 } as const;

/** Only instances with the Local policy are asked whether they have a pod. */
const defaultsFor = ({ service, targetType }: Subject) =>
  targetType === 'instance' && service.spec.externalTrafficPolicy === 'Local' && service.spec.type === 'LoadBalancer'
    ? ({ protocol: 'HTTP', port: String(service.spec.healthCheckNodePort ?? 0), path: '/healthz', timeout: 6, threshold: 2 } as const)
    : usual;

const protocolOf = (raw: string): HealthCheck['HealthCheckProtocol'] => {
  const value = raw.toUpperCase();
  if (value === 'TCP' || value === 'HTTP' || value === 'HTTPS') return value;
  throw new Error(`unsupported health check protocol ${raw}`);
};

const portOf = ({ service, targetType }: Subject, raw: string): string => {
  if (raw === 'traffic-port' || /^[+-]?\d+$/.test(raw)) return raw;
  const { namespace, name } = stackOf(service);
  const port = service.spec.ports?.find((one) => one.name === raw);
  if (!port) throw new Error(`failed to resolve healthCheckPort: unable to find port ${raw} on service ${namespace}/${name}`);
  if (targetType === 'instance') return String(port.nodePort ?? 0);
  if (typeof port.targetPort === 'string') throw new Error("cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port");
  return String(port.targetPort ?? port.port);
};

/** The same for every target group of the Service. */
export const buildHealthCheck = (subject: Subject): HealthCheck => {
  const { annotations } = subject;
  const defaults = defaultsFor(subject);
  const HealthCheckProtocol = protocolOf(annotations.get('aws-load-balancer-healthcheck-protocol') ?? defaults.protocol);
  const http = {
    HealthCheckPath: annotations.get('aws-load-balancer-healthcheck-path') ?? defaults.path,
    Matcher: { HttpCode: annotations.get('aws-load-balancer-healthcheck-success-codes') ?? '200-399' },
  };
  return {
    HealthCheckProtocol,
    HealthCheckPort: portOf(subject, annotations.get('aws-load-balancer-healthcheck-port') ?? defaults.port),
    ...(HealthCheckProtocol === 'TCP' ? {} : http),
    HealthCheckIntervalSeconds: annotations.get('aws-load-balancer-healthcheck-interval') ?? 10,
    HealthCheckTimeoutSeconds: annotations.get('aws-load-balancer-healthcheck-timeout') ?? defaults.timeout,
    HealthyThresholdCount: annotations.get('aws-load-balancer-healthcheck-healthy-threshold') ?? defaults.threshold,
    UnhealthyThresholdCount: annotations.get('aws-load-balancer-healthcheck-unhealthy-threshold') ?? defaults.threshold,
  };
};
