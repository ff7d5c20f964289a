// AWS Certificate Manager as a service of the one door: imported certificates, for TLS listeners.
import type { Clock } from '../../clock.js';
import type { IndexedStore } from '../../state/store.js';
import { integer, list, structure, text, type JsonShape } from '../../wire/jsonshape.js';
import type { JsonOperation, JsonService } from '../json.js';
import {
  addTagsToCertificate, deleteCertificate, describeCertificate, getCertificate, importCertificate, listCertificates, listTagsForCertificate, removeTagsFromCertificate,
  type AcmContext,
} from './certificates.js';

export type AcmOptions = { store: Pick<IndexedStore, 'partition'>; clock: Pick<Clock, 'now'> };

const arn = text({ min: 1, max: 2048 });
const blob = (max: number): JsonShape => text({ min: 1, max: Math.ceil(max / 3) * 4, pattern: /^[A-Za-z0-9+/=\s]*$/, secret: true });
const tags = list(structure({ Key: text({ min: 1, max: 128 }), Value: text({ max: 256 }) }, 'Key'), 1, 50);
const onlyArn = structure({ CertificateArn: arn }, 'CertificateArn');
const tagging = structure({ CertificateArn: arn, Tags: tags }, 'CertificateArn', 'Tags');

/** Room for the largest certificate, key and chain, in base64, and the JSON around them. */
const bodyLimit = 3 * 1024 * 1024;

/** To be registered by its target. */
export const createAcm = ({ store, clock }: AcmOptions): JsonService => {
  const operation = <I>(input: JsonShape, run: (context: AcmContext, input: I) => object | undefined | Promise<object | undefined>): JsonOperation => ({
    input,
    run: (scope, given) => run({ scope, partition: store.partition(scope.account, scope.region), clock }, given as I),
  });
  return {
    name: 'acm',
    target: 'CertificateManager',
    invalid: 'ValidationException',
    bodyLimit,
    operations: {
      ImportCertificate: operation(structure({
        CertificateArn: arn, Certificate: blob(32_768), PrivateKey: blob(5120), CertificateChain: blob(2_097_152), Tags: tags,
      }, 'Certificate', 'PrivateKey'), importCertificate),
      DescribeCertificate: operation(onlyArn, describeCertificate),
      GetCertificate: operation(onlyArn, getCertificate),
      ListCertificates: operation(structure({
        CertificateStatuses: list(text()), Includes: structure({ keyTypes: list(text()) }), MaxItems: integer(1, 1000), NextToken: text({ min: 1, max: 10_000 }),
        SortBy: text({ values: ['CREATED_AT'] }), SortOrder: text({ values: ['ASCENDING', 'DESCENDING'] }),
      }), listCertificates),
      DeleteCertificate: operation(onlyArn, deleteCertificate),
      AddTagsToCertificate: operation(tagging, addTagsToCertificate),
      RemoveTagsFromCertificate: operation(tagging, removeTagsFromCertificate),
      ListTagsForCertificate: operation(onlyArn, listTagsForCertificate),
    },
  };
};
