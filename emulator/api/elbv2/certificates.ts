// The certificates of TLS listeners: the default one of a request, and those chosen by server name.
import type { Certificate } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ListenerRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { factsOf } from '../acm/facts.js';
import type { Checked, Context, Input, Output, WriteContext } from './context.js';
import { findListener } from './find.js';
import { pageOf } from './paging.js';
import { unseen } from './texts.js';

type Given = Checked<Certificate>;

const arnPattern = /^arn:aws(-cn|-us-gov)?:(acm:[a-z0-9-]+:\d{12}:certificate\/|iam::\d{12}:server-certificate\/)[\w+=,.@/-]+$/;

/** The ARN of a certificate that is there and that a listener can use. */
const usable = ({ read }: Context, { CertificateArn: arn }: Given): string => {
  if (arn === undefined) throw unseen.certificateArnMissing();
  if (!arnPattern.test(arn)) throw validationError(`Certificate ARN '${arn}' is not valid`);
  const record = read.get('certificates', arn);
  if (!record) throw new AwsFault('CertificateNotFound', `Certificate '${arn}' not found`);
  const { DomainName, KeyAlgorithm } = factsOf(record.Certificate);
  if (DomainName === '' || KeyAlgorithm === '') {
    throw new AwsFault('UnsupportedCertificate', `The certificate '${arn}' must have a fully-qualified domain name, a supported signature, and a supported key size.`);
  }
  return arn;
};

const onlyOne = (given: readonly Given[]): Given | undefined => {
  if (given.length > 1) throw new AwsFault('TooManyCertificates', `Up to '1' certificate ARNs can be specified, but '${given.length}' were specified`);
  const marked = given.some(({ IsDefault }) => IsDefault !== undefined);
  if (marked) throw unseen.certificateDefaultMark();
  return given[0];
};

/** The default certificate that a create or modify call names; undefined when it names none. */
export const defaultCertificate = (context: Context, given: readonly Given[] | undefined): string | undefined => {
  const one = onlyOne(given ?? []);
  return one && usable(context, one);
};

const tlsListener = (context: Context, arn: string): ListenerRecord & { Certificates: string[] } => {
  const record = findListener(context, arn);
  if (!record.Certificates) throw unseen.certificatesOfOthers(record.Protocol);
  return { ...record, Certificates: record.Certificates };
};

const single = (given: readonly Given[]): Given => {
  const one = onlyOne(given);
  if (!one) throw unseen.certificateNone();
  return one;
};

/** Adds one certificate; one that is there already is no mistake. */
export const AddListenerCertificates = (context: WriteContext, input: Input<'AddListenerCertificates'>): Output<'AddListenerCertificates'> => {
  const record = tlsListener(context, input.ListenerArn);
  const arn = usable(context, single(input.Certificates));
  const [first, ...others] = record.Certificates;
  const limit = context.quota('certificates-per-network-load-balancer');
  if (!others.includes(arn)) {
    if (others.length >= limit) throw unseen.tooManyCertificates(limit, record.ListenerArn);
    context.tx.put('listeners', record.ListenerArn, { ...record, Certificates: [first ?? arn, ...others, arn] });
  }
  return { Certificates: [{ CertificateArn: arn, IsDefault: false }] };
};

/** Removes one certificate; one that is not there is no mistake, the default one is. */
export const RemoveListenerCertificates = (context: WriteContext, input: Input<'RemoveListenerCertificates'>): Output<'RemoveListenerCertificates'> => {
  const record = tlsListener(context, input.ListenerArn);
  const { CertificateArn: arn } = single(input.Certificates);
  const [first, ...others] = record.Certificates;
  if (arn === first && !others.includes(arn ?? '')) throw unseen.certificateDefaultRemoved();
  context.tx.put('listeners', record.ListenerArn, { ...record, Certificates: [first ?? '', ...others.filter((one) => one !== arn)] });
  return {};
};

/** The default one first, and once more if it was also added; none on other protocols. */
export const DescribeListenerCertificates = (
  context: Context,
  input: Input<'DescribeListenerCertificates'>,
): Output<'DescribeListenerCertificates'> => {
  const all = (findListener(context, input.ListenerArn).Certificates ?? []).map((CertificateArn, index) => ({ CertificateArn, IsDefault: index === 0 }));
  const { items, ...rest } = pageOf(all, (one) => `${one.IsDefault} ${one.CertificateArn}`, input);
  return { Certificates: [...items], ...rest };
};
