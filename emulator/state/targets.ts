// How the registrations of a target group are told apart.
import type { TargetRecord } from './types.js';

type Named = Pick<TargetRecord, 'Id' | 'Port' | 'AvailabilityZone' | 'outsideVpc'>;

/** A target's name within its group: an address outside the VPC may be one target in each zone. */
export const targetId = ({ Id, Port, AvailabilityZone, outsideVpc }: Named): string => (outsideVpc ? `${Id}|${Port}|${AvailabilityZone}` : `${Id}|${Port}`);

/** A registration's key in its table. */
export const targetKey = (target: Named & Pick<TargetRecord, 'TargetGroupArn'>): string => `${target.TargetGroupArn}|${targetId(target)}`;
