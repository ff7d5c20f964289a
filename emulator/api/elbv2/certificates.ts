// The certificates of TLS listeners: the default one of a request, and those chosen by server name.
import type { Certificate } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ListenerRecord } from '../../state/types.js';
import { AwsFault, validationError } from '../../wire/fault.js';
import { factsOf } from '../acm/facts.js';
import { checked, once, type Course } from './checked.js';
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

const single = (given: readonly Given[]): Given => {
  const one = onlyOne(given);
  if (!one) throw unseen.certificateNone();
  return one;
};

const certificatesOf = ({ Certificates, Protocol }: ListenerRecord): string[] => {
  if (!Certificates) throw unseen.certificatesOfOthers(Protocol);
  return Certificates;
};

/** The listener and the one certificate that a call is about. */
const subjectOf = (context: Context, input: { ListenerArn: string; Certificates: readonly Given[] }) => {
  const record = once(() => findListener(context, input.ListenerArn));
  const before = once(() => certificatesOf(record()));
  const given = once(() => single(input.Certificates));
  return { record, before, given, checks: { listener: record, 'TLS listener': before, 'one certificate': given } };
};

type AddCourse = Course<'AddListenerCertificates', Output<'AddListenerCertificates'>>;

/** Adds one certificate; one that is there already is no mistake. */
export const AddListenerCertificates = checked('AddListenerCertificates', (context: WriteContext, input: Input<'AddListenerCertificates'>): AddCourse => {
  const { record, before, given, checks } = subjectOf(context, input);
  const arn = once(() => usable(context, given()));
  const isNew = (): boolean => !before().slice(1).includes(arn());
  const limit = context.quota('certificates-per-network-load-balancer');
  return {
    checks: {
      ...checks,
      certificate: arn,
      quota: () => {
        // The default certificate is not counted.
        if (isNew() && before().length > limit) throw unseen.tooManyCertificates(limit, record().ListenerArn);
      },
    },
    act: () => {
      if (isNew()) context.tx.put('listeners', record().ListenerArn, { ...record(), Certificates: [...before(), arn()] });
      return { Certificates: [{ CertificateArn: arn(), IsDefault: false }] };
    },
  };
});

type RemoveCourse = Course<'RemoveListenerCertificates', Output<'RemoveListenerCertificates'>>;

/** Removes one certificate; one that is not there is no mistake, the default one is. */
export const RemoveListenerCertificates = checked('RemoveListenerCertificates', (context: WriteContext, input: Input<'RemoveListenerCertificates'>): RemoveCourse => {
  const { record, before, given, checks } = subjectOf(context, input);
  const isGiven = (arn: string): boolean => arn === given().CertificateArn;
  return {
    checks: {
      ...checks,
      'default certificate': () => {
        const [first = '', ...others] = before();
        if (isGiven(first) && !others.some(isGiven)) throw unseen.certificateDefaultRemoved();
      },
    },
    act: () => {
      const kept = before().filter((arn, index) => index === 0 || !isGiven(arn));
      context.tx.put('listeners', record().ListenerArn, { ...record(), Certificates: kept });
      return {};
    },
  };
});

type DescribeCourse = Course<'DescribeListenerCertificates', Output<'DescribeListenerCertificates'>>;

/** The default one first, and once more if it was also added; none on other protocols. */
export const DescribeListenerCertificates = checked('DescribeListenerCertificates', (context: Context, input: Input<'DescribeListenerCertificates'>): DescribeCourse => {
  const record = once(() => findListener(context, input.ListenerArn));
  const page = once(() => {
    const all = (record().Certificates ?? []).map((CertificateArn, index) => ({ CertificateArn, IsDefault: index === 0 }));
    return pageOf(all, (one) => `${one.IsDefault} ${one.CertificateArn}`, input);
  });
  return {
    checks: { listener: record, marker: page },
    act: () => {
      const { items, ...rest } = page();
      return { Certificates: [...items], ...rest };
    },
  };
});
