// The named rules of what may differ between a page's sample and a real answer. Pure: a table and its reader.

/** Everything that `pattern` finds is replaced by `to`, in the sample and in the answer alike. */
export type Rule = {
  name: string;
  pattern: RegExp;
  to: string;
  /** It names one thing: as many different ones in the answer as in the sample. */
  counted?: true;
};

const regions = 'af|ap|ca|cn|eu|il|me|mx|sa|us|us-gov';

/** Applied in this order: longer things first, so that no rule eats a part of what another names. */
export const rules: readonly Rule[] = [
  { name: 'timestamp', pattern: /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/g, to: '<timestamp>' },
  { name: 'uid', pattern: /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, to: '<uid>' },
  { name: 'ec2 id', pattern: /\b(i|vpc|subnet|sg|eni|eipalloc|igw)-[0-9a-f]{6,17}\b/g, to: '$1-<id>', counted: true },
  { name: 'account', pattern: /:\d{10,12}:/g, to: ':<account>:' },
  { name: 'hosted zone', pattern: /\bZ[A-Z0-9]{12,20}\b/g, to: '<hosted zone>' },
  // As AWS Load Balancer Controller names things: k8s-<8 of namespace>-<8 of name>-<10 hex>.
  { name: 'controller name', pattern: /\b(k8s-[a-z0-9]{1,8}-[a-z0-9]{1,8})-[0-9a-f]{10}\b/g, to: '$1-<hash>', counted: true },
  { name: 'arn id', pattern: /([/-])[0-9a-f]{16}\b/g, to: '$1<arn id>', counted: true },
  // As EC2 names a host after its private address.
  { name: 'host name', pattern: /\bip(?:-\d{1,3}){4}\b/g, to: 'ip-<address>' },
  { name: 'zone', pattern: new RegExp(`\\b(?:${regions})-[a-z]+-\\d[a-f]\\b`, 'g'), to: '<zone>' },
  { name: 'region', pattern: new RegExp(`\\b(?:${regions})-[a-z]+-\\d\\b`, 'g'), to: '<region>' },
  // A ReplicaSet's hash is a number in Kubernetes' safe alphabet, which uses ten of its letters for digits.
  { name: 'pod name', pattern: /-[bcdf4-9]{5,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, to: '-<hash>-<pod>', counted: true },
  { name: 'range', pattern: /\b\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}\b/g, to: '<range>' },
  { name: 'address', pattern: /\b\d{1,3}(?:\.\d{1,3}){3}\b/g, to: '<address>', counted: true },
  // Kubernetes' default range, 30000 to 32767.
  { name: 'node port', pattern: /\b3(?:[01]\d{3}|2(?:[0-6]\d\d|7(?:[0-5]\d|6[0-7])))\b/g, to: '<node port>', counted: true },
  { name: 'ephemeral port', pattern: /<address>:(?:3[3-9]|[4-6]\d)\d{3}\b/g, to: '<address>:<ephemeral port>' },
  { name: 'age', pattern: /\b(?:\d+[dhms]){1,3}\b/g, to: '<age>' },
  // What `kubectl apply` says depends on what was there before.
  { name: 'applied', pattern: /(?<=^\S+ )(?:created|configured|unchanged|serverside-applied)$/gm, to: '<applied>' },
  // Newer kubectl adds the namespace.
  { name: 'deleted', pattern: / deleted from \S+ namespace$/gm, to: ' deleted' },
];

/** The text with everything that may differ replaced by its rule's word. */
export const normalise = (text: string): string =>
  rules.reduce((done, { pattern, to }) => done.replace(pattern, to), text);

/** The different things that each counted rule finds in a text. */
export const countedIn = (text: string): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, ReadonlySet<string>>();
  let left = text;
  for (const { name, pattern, to, counted } of rules) {
    if (counted) found.set(name, new Set(left.match(pattern)));
    left = left.replace(pattern, to);
  }
  return found;
};

/** A sample shows one moment of a state that moves on by itself; these later moments are as good. */
export const laterStates: Readonly<Record<string, readonly string[]>> = {
  initial: ['healthy'],
  'Elb.RegistrationInProgress': ['Elb.InitialHealthChecking'],
  'Target registration is in progress': ['Initial health checks in progress'],
  provisioning: ['active'],
};

/** Whether an answer's text says what the sample's text says. */
export const sameText = (sample: string, actual: string): boolean =>
  normalise(sample) === normalise(actual) || (laterStates[sample] ?? []).includes(actual);
