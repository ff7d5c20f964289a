// Whose request it is: the service, the action, and the account and region whose state it is about.
import { AwsFault } from '../wire/fault.js';
import { parameter, type QueryTree } from '../wire/query.js';
import { credentialScope, type CredentialScope } from '../wire/scope.js';
import type { Scope, Service } from './service.js';

export const elbv2Name = 'elasticloadbalancing';

/** Services by their name in the credential scope. */
export type Services = Record<string, Service>;

/** FIRST what the signature says, THEN the version, THEN the action: a scope is sure, an action may be in two services. */
export const route = (services: Services, signed: CredentialScope, tree: QueryTree): Service => {
  const byName = signed.service === undefined ? undefined : services[signed.service];
  if (byName) return byName;
  if (signed.service !== undefined) throw new AwsFault('UnsupportedOperation', `nlbox does not model the service '${signed.service}' yet`);
  const version = parameter(tree, 'Version');
  const action = parameter(tree, 'Action') ?? '';
  const all = Object.values(services);
  const service = all.find((one) => one.version === version) ?? all.find((one) => one.actions.has(action)) ?? services[elbv2Name];
  return service as Service;
};

/** Whose request it probably is, told before the body is parsed. */
export const likely = (services: Services, signed: CredentialScope, body: string): Service | undefined =>
  signed.service === undefined ? Object.values(services).find(({ version }) => body.includes(`Version=${version}`)) : services[signed.service];

/** The action that a request names, if the service has it in that version. */
export const actionOf = (service: Service, tree: QueryTree): string => {
  const action = parameter(tree, 'Action');
  const version = parameter(tree, 'Version');
  if (action === undefined) throw new AwsFault('MissingAction', 'The request must contain the parameter Action');
  const wrongVersion = version !== undefined && version !== service.version;
  if (wrongVersion || !service.actions.has(action)) {
    throw new AwsFault('InvalidAction', `Could not find operation ${action} for version ${version ?? service.version}`);
  }
  return action;
};

type Signed = { signed: CredentialScope; scope: Scope };

/** Who signed a request, and whose state it is about. */
export const signedOf = ({ account, region }: Scope, { authorization, query }: { authorization?: string | undefined; query?: string | undefined }): Signed => {
  const signed = credentialScope(authorization, query);
  return { signed, scope: { account: signed.account ?? account, region: signed.region ?? region } };
};
