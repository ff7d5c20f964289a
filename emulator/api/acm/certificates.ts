// ACM's operations on imported certificates: import, describe, list, get, delete, and their tags.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.js';
import type { IndexedPartition } from '../../state/store.js';
import type { IndexedReader } from '../../state/transaction.js';
import type { CertificateRecord, TagMap } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { Scope } from '../service.js';
import { factsOf } from './facts.js';
import { checkedImport, type ImportInput } from './import.js';

type Tag = { Key: string; Value?: string };
export type ArnInput = { CertificateArn: string };
export type ListInput = { CertificateStatuses?: string[]; Includes?: { keyTypes?: string[] }; MaxItems?: number; NextToken?: string; SortOrder?: 'ASCENDING' | 'DESCENDING' };

export type AcmContext = { scope: Scope; partition: IndexedPartition; clock: Pick<Clock, 'now'> };

const arnPattern = /^arn:[\w+=/,.@-]+:acm:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(\/[\w+=,.@-]+)*$/;
const partitions = [['cn-', 'aws-cn'], ['us-gov-', 'aws-us-gov']] as const;

const newArn = ({ account, region }: Scope): string =>
  `arn:${partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws'}:acm:${region}:${account}:certificate/${randomUUID()}`;

const find = (read: Pick<IndexedReader, 'get'>, arn: string): CertificateRecord => {
  if (!arnPattern.test(arn)) throw new AwsFault('InvalidArnException', `The ARN '${arn}' is not valid`);
  const record = read.get('certificates', arn);
  if (!record) throw new AwsFault('ResourceNotFoundException', `Could not find certificate ${arn}.`);
  return record;
};

const tagLimit = 50;

const withTags = (before: TagMap, tags: readonly Tag[]): TagMap => {
  const reserved = tags.find(({ Key }) => /^aws:/i.test(Key));
  if (reserved) throw new AwsFault('InvalidTagException', `Tag key '${reserved.Key}' cannot start with 'aws:'`);
  const all = Object.fromEntries([...Object.entries(before), ...tags.map(({ Key, Value }) => [Key, Value ?? ''] as const)]);
  if (Object.keys(all).length > tagLimit) throw new AwsFault('TooManyTagsException', `A certificate cannot have more than ${tagLimit} tags`);
  return all;
};

const usersOf = (read: IndexedReader, arn: string): string[] =>
  [...new Set(read.by('listeners', 'CertificateArn', arn).map((listener) => listener.LoadBalancerArn))];

const seconds = (moment: number): number => moment / 1000;

const detail = (read: IndexedReader, record: CertificateRecord): object => {
  const { NotBefore, NotAfter, ...facts } = factsOf(record.Certificate);
  return {
    CertificateArn: record.CertificateArn,
    ...facts,
    CreatedAt: seconds(record.CreatedAt),
    ImportedAt: seconds(record.ImportedAt),
    Status: 'ISSUED',
    NotBefore: seconds(NotBefore),
    NotAfter: seconds(NotAfter),
    InUseBy: usersOf(read, record.CertificateArn),
    Type: 'IMPORTED',
    RenewalEligibility: 'INELIGIBLE',
    Options: { CertificateTransparencyLoggingPreference: 'DISABLED' },
  };
};

const summary = (read: IndexedReader, record: CertificateRecord): object => {
  const { DomainName, SubjectAlternativeNames, KeyAlgorithm, NotBefore, NotAfter } = factsOf(record.Certificate);
  return {
    CertificateArn: record.CertificateArn,
    DomainName,
    SubjectAlternativeNameSummaries: SubjectAlternativeNames,
    HasAdditionalSubjectAlternativeNames: false,
    Status: 'ISSUED',
    Type: 'IMPORTED',
    KeyAlgorithm,
    InUse: usersOf(read, record.CertificateArn).length > 0,
    RenewalEligibility: 'INELIGIBLE',
    NotBefore: seconds(NotBefore),
    NotAfter: seconds(NotAfter),
    CreatedAt: seconds(record.CreatedAt),
    ImportedAt: seconds(record.ImportedAt),
  };
};

/** Stores a certificate with its key, or puts a new one in the place of an ARN. */
export const importCertificate = ({ scope, partition, clock }: AcmContext, input: ImportInput & { CertificateArn?: string; Tags?: Tag[] }): Promise<object> => {
  const now = clock.now();
  const imported = checkedImport(input, now);
  return partition.update((tx) => {
    const before = input.CertificateArn === undefined ? undefined : find(tx, input.CertificateArn);
    if (before && input.Tags?.length) throw new AwsFault('InvalidParameterException', 'Tags cannot be specified when a certificate is imported again; use AddTagsToCertificate');
    const CertificateArn = before?.CertificateArn ?? newArn(scope);
    tx.put('certificates', CertificateArn, {
      CertificateArn, ...imported, CreatedAt: before?.CreatedAt ?? now, ImportedAt: now, tags: before?.tags ?? withTags({}, input.Tags ?? []),
    });
    return { CertificateArn };
  });
};

export const describeCertificate = ({ partition: { read } }: AcmContext, { CertificateArn }: ArnInput): object => ({ Certificate: detail(read, find(read, CertificateArn)) });

export const getCertificate = ({ partition: { read } }: AcmContext, { CertificateArn }: ArnInput): object => {
  const { Certificate, CertificateChain } = find(read, CertificateArn);
  return { Certificate, ...(CertificateChain === undefined ? {} : { CertificateChain }) };
};

const offsetOf = (token: string | undefined): number => {
  if (token === undefined) return 0;
  const offset = Number(Buffer.from(token, 'base64url').toString() || NaN);
  if (!Number.isSafeInteger(offset) || offset < 1) throw new AwsFault('ValidationException', 'The NextToken is not valid');
  return offset;
};

/** ACM lists RSA_1024 and RSA_2048 only, unless other key types are asked for. */
const listed = ({ partition: { read } }: AcmContext, { Includes, CertificateStatuses, SortOrder }: ListInput): CertificateRecord[] => {
  if (CertificateStatuses?.length && !CertificateStatuses.includes('ISSUED')) return [];
  const types = Includes?.keyTypes?.length ? Includes.keyTypes : ['RSA_1024', 'RSA_2048'];
  const found = [...read.list('certificates')].filter((record) => types.includes(factsOf(record.Certificate).KeyAlgorithm));
  return SortOrder === 'DESCENDING' ? found.reverse() : found;
};

export const listCertificates = (context: AcmContext, input: ListInput): object => {
  const all = listed(context, input);
  const start = offsetOf(input.NextToken);
  const end = start + (input.MaxItems ?? 1000);
  return {
    CertificateSummaryList: all.slice(start, end).map((record) => summary(context.partition.read, record)),
    ...(end < all.length ? { NextToken: Buffer.from(String(end)).toString('base64url') } : {}),
  };
};

/** Refused while a listener uses it. */
export const deleteCertificate = ({ scope, partition }: AcmContext, { CertificateArn }: ArnInput): Promise<undefined> =>
  partition.update((tx) => {
    find(tx, CertificateArn);
    if (usersOf(tx, CertificateArn).length > 0) throw new AwsFault('ResourceInUseException', `Certificate ${CertificateArn} in account ${scope.account} is in use.`);
    tx.delete('certificates', CertificateArn);
    return undefined;
  });

const retag = ({ partition }: AcmContext, arn: string, change: (tags: TagMap) => TagMap): Promise<undefined> =>
  partition.update((tx) => {
    const record = find(tx, arn);
    tx.put('certificates', arn, { ...record, tags: change(record.tags) });
    return undefined;
  });

export const addTagsToCertificate = (context: AcmContext, { CertificateArn, Tags }: ArnInput & { Tags: Tag[] }): Promise<undefined> =>
  retag(context, CertificateArn, (tags) => withTags(tags, Tags));

/** A tag goes by its key, and by its value when one is given. */
export const removeTagsFromCertificate = (context: AcmContext, { CertificateArn, Tags }: ArnInput & { Tags: Tag[] }): Promise<undefined> =>
  retag(context, CertificateArn, (tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key, value]) => !Tags.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value)))));

export const listTagsForCertificate = ({ partition: { read } }: AcmContext, { CertificateArn }: ArnInput): object => ({
  Tags: Object.entries(find(read, CertificateArn).tags).map(([Key, Value]) => ({ Key, Value })),
});
