// What the type of a Service entails: who has node ports, who faces the outside.
import { fields, strings, text, type Fields } from '../json.js';

export const spec = (service: Fields): Fields => fields(service.spec);
export const isType = (service: Fields, ...types: string[]): boolean => types.includes(text(spec(service).type));
export const external = (service: Fields): boolean => isType(service, 'ExternalName');
export const needsNodePorts = (service: Fields): boolean =>
  isType(service, 'NodePort') || (isType(service, 'LoadBalancer') && spec(service).allocateLoadBalancerNodePorts !== false);
export const needsHealthPort = (service: Fields): boolean =>
  isType(service, 'LoadBalancer') && spec(service).externalTrafficPolicy === 'Local';
export const facesOutside = (service: Fields): boolean =>
  isType(service, 'NodePort', 'LoadBalancer') || (isType(service, 'ClusterIP') && strings(spec(service).externalIPs).length > 0);
