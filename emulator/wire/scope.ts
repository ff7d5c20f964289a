// Who a request speaks to: account, service and region from the credential scope of its SigV4 signature. Nothing is verified.

export type CredentialScope = {
  service: string | undefined;
  region: string | undefined;
  /** An access key of twelve digits is taken for the account; real ones have letters. */
  account: string | undefined;
};

// <access key>/<date>/<region>/<service>/aws4_request
const scopePattern = /^([^/\s]+)\/\d{8}\/([A-Za-z0-9-]+)\/([A-Za-z0-9-]+)\/aws4_request$/;

const credentialOf = (authorization: string | undefined, query: string | undefined): string | undefined => {
  const header = authorization && /^AWS4-HMAC-SHA256\s.*?Credential=([^,\s]+)/.exec(authorization);
  if (header) return header[1];
  return new URLSearchParams(query ?? '').get('X-Amz-Credential') ?? undefined;
};

/** The scope of the `Authorization` header, or of `X-Amz-Credential` in the query string of a presigned URL. */
export const credentialScope = (authorization?: string, query?: string): CredentialScope => {
  const match = scopePattern.exec(credentialOf(authorization, query) ?? '');
  const [, key = '', region, service] = match ?? [];
  return { account: /^\d{12}$/.test(key) ? key : undefined, region, service };
};
