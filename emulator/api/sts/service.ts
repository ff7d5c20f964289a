// STS: the one operation that tools call to see whose account this is.
import { named, render, structure, text, type StructureShape } from '../ec2/shape.js';
import type { ServiceAnswer, ServiceRequest } from '../ec2/service.js';

export const stsVersion = '2011-06-15';
const xmlns = 'https://sts.amazonaws.com/doc/2011-06-15/';

const identity = structure({ Arn: ['Arn', text], UserId: ['UserId', text], Account: ['Account', text] });
const metadata = structure({ RequestId: ['RequestId', text] });
const answerShape = (action: string, result: StructureShape): StructureShape =>
  named(structure({ Result: [`${action}Result`, result], ResponseMetadata: ['ResponseMetadata', metadata] }), `${action}Response`);

const error = structure({ Type: ['Type', text], Code: ['Code', text], Message: ['Message', text] });
const errorShape = structure({ Error: ['Error', error], RequestId: ['RequestId', text] }, [], 'ErrorResponse');

/** GetCallerIdentity; anything else is refused by name. */
export const answerSts = ({ params, account, requestId }: ServiceRequest): ServiceAnswer => {
  const Action = String(params['Action'] ?? '');
  if (Action !== 'GetCallerIdentity') {
    const Message = `Could not find operation ${Action} for version ${stsVersion}. This emulator's STS knows GetCallerIdentity.`;
    return { status: 400, body: render(errorShape, { Error: { Type: 'Sender', Code: 'InvalidAction', Message }, RequestId: requestId }, xmlns) };
  }
  const Result = { Arn: `arn:aws:iam::${account}:user/nlbox`, UserId: 'AIDANLBOXNLBOXNLBOXNL', Account: account };
  return { status: 200, body: render(answerShape(Action, identity), { Result, ResponseMetadata: { RequestId: requestId } }, xmlns) };
};
