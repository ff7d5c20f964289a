// The certificates that a TLS listener chooses from by server name, one call for each.
import { retrying } from './calls.js';
import { sleepOf, type Deployer } from './deploy-context.js';
import type { ListenerModel } from './model.js';

const present = async ({ elbv2 }: Deployer, ListenerArn: string): Promise<string[]> => {
  const { Certificates } = await elbv2.DescribeListenerCertificates({ ListenerArn });
  return (Certificates ?? []).filter(({ IsDefault }) => !IsDefault).map(({ CertificateArn }) => CertificateArn ?? '');
};

/** All certificates of the annotation are in the list, the default one too. */
export const reconcileCertificates = async (deployer: Deployer, ListenerArn: string, { Protocol, certificates = [] }: ListenerModel, state: 'new' | 'existing'): Promise<void> => {
  if (Protocol !== 'TLS') return;
  const { elbv2, waits } = deployer;
  const actual = state === 'new' ? [] : await present(deployer, ListenerArn);
  const wait = { ...waits.listenerCertificates, sleep: sleepOf(deployer) };
  for (const CertificateArn of certificates.filter((one) => !actual.includes(one))) {
    await retrying(() => elbv2.AddListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn }] }), ['ListenerNotFound'], wait);
  }
  for (const CertificateArn of actual.filter((one) => !certificates.includes(one))) {
    await elbv2.RemoveListenerCertificates({ ListenerArn, Certificates: [{ CertificateArn }] });
  }
};
