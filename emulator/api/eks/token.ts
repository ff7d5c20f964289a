// Whether a bearer token is one that `aws eks get-token` makes: a presigned GetCallerIdentity.
const prefix = 'k8s-aws-v1.';
/** How long EKS takes a token after it was signed. */
const lifetime = 15 * 60_000;
// A clock that runs a little ahead is no reason to refuse.
const skew = 5 * 60_000;

const urlOf = (token: string): URL | undefined => {
  const text = Buffer.from(token.slice(prefix.length), 'base64url').toString();
  return URL.canParse(text) ? new URL(text) : undefined;
};

/** 20260101T000000Z -> ms since the epoch. */
const signedAt = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

/**
 * The cluster's name is in a signed header that the token does not hold, and as on the AWS door no signature is
 * verified: form and age are what can be asked of a token.
 */
export const isEksToken = (token: string, now: number): boolean => {
  if (!token.startsWith(prefix) || token.length > 8192) return false;
  const query = urlOf(token)?.searchParams;
  if (query?.get('Action') !== 'GetCallerIdentity') return false;
  const headers = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  const at = signedAt(query.get('X-Amz-Date') ?? '');
  const signed = headers.includes('x-k8s-aws-id') && Boolean(query.get('X-Amz-Credential')) && Boolean(query.get('X-Amz-Signature'));
  return signed && at <= now + skew && now < at + lifetime;
};
