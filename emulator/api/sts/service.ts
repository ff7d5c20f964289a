// STS: the one operation that tools call to see whose account this is.
import { renderFault, splitAtRequestId } from '../../wire/xml.js';
import { named, render, structure, text } from '../ec2/shape.js';
import type { Service } from '../service.js';

export const stsVersion = '2011-06-15';
const xmlns = `https://sts.amazonaws.com/doc/${stsVersion}/`;

const identity = structure({ Arn: ['Arn', text], UserId: ['UserId', text], Account: ['Account', text] });
const metadata = structure({ RequestId: ['RequestId', text] });
const answerShape = named(
  structure({ Result: ['GetCallerIdentityResult', identity], ResponseMetadata: ['ResponseMetadata', metadata] }),
  'GetCallerIdentityResponse',
);

/** To be registered as `sts`: GetCallerIdentity, whoever asks. */
export const stsService: Service = {
  version: stsVersion,
  actions: new Set(['GetCallerIdentity']),
  answer: ({ scope: { account } }) => {
    const Result = { Arn: `arn:aws:iam::${account}:user/nlbox`, UserId: 'AIDANLBOXNLBOXNLBOXNL', Account: account };
    return splitAtRequestId(render(answerShape, { Result, ResponseMetadata: { RequestId: '' } }, xmlns), 'RequestId', 200);
  },
  renderFault: (fault) => renderFault(xmlns, fault),
};
