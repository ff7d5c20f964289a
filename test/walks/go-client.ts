// AWS calls as the Go SDK of the AWS Load Balancer Controller writes them, with answers as plain trees: no SDK of ours in between.
type Leaf = string | number | boolean;
export type Input = { [key: string]: Leaf | Input | (Leaf | Input)[] };
/** An element: its text, its members, or its named children. */
export type Xml = { text: string; items: Xml[]; of(name: string): Xml; has(name: string): boolean };

const services = { elasticloadbalancing: { version: '2015-12-01', member: '.member' }, ec2: { version: '2016-11-15', member: '' } } as const;

/** Lists of ELBv2 have a `member`; those of EC2 are flat. */
const flat = (input: Input, member: string, at = ''): [string, string][] =>
  Object.entries(input).flatMap(([key, value]): [string, string][] => {
    const name = at + key;
    if (Array.isArray(value)) return value.flatMap((one, n): [string, string][] => (typeof one === 'object' ? flat(one, member, `${name}${member}.${n + 1}.`) : [[`${name}${member}.${n + 1}`, String(one)]]));
    return typeof value === 'object' ? flat(value, member, `${name}.`) : [[name, String(value)]];
  });

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const plain = (text: string): string => text.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? '');

type Node = { name: string; text: string; children: Node[] };

const parse = (xml: string): Node => {
  const root: Node = { name: '', text: '', children: [] };
  const path = [root];
  for (const [, closing, name, single, text] of xml.matchAll(/<(\/?)([\w:]+)[^>]*?(\/?)>([^<]*)/g)) {
    if (closing) path.pop();
    else {
      const node = { name: name ?? '', text: plain(text ?? ''), children: [] };
      path.at(-1)?.children.push(node);
      if (!single) path.push(node);
    }
  }
  return root;
};

const view = (node: Node | undefined): Xml => ({
  text: node?.text ?? '',
  items: (node?.children ?? []).filter(({ name }) => name === 'member' || name === 'item').map(view),
  of: (name) => view(node?.children.find((one) => one.name === name)),
  has: (name) => node?.children.some((one) => one.name === name) ?? false,
});

/** Calls of one endpoint; a refusal is thrown with its body. */
export const goClient = (endpoint: string) => {
  const ask = async (service: keyof typeof services, Action: string, input: Input): Promise<Xml> => {
    const { version, member } = services[service];
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'elbv2.k8s.aws/3.5.0 aws-sdk-go-v2/1.41.0',
        authorization: `AWS4-HMAC-SHA256 Credential=test/${day}/us-west-2/${service}/aws4_request, SignedHeaders=content-type;host, Signature=${'0'.repeat(64)}`,
      },
      body: new URLSearchParams([['Action', Action], ['Version', version], ...flat(input, member)]).toString(),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${Action}: ${response.status} ${text}`);
    const body = view(parse(text)).of(`${Action}Response`);
    return service === 'ec2' ? body : body.of(`${Action}Result`);
  };
  return {
    elb: (action: string, input: Input = {}) => ask('elasticloadbalancing', action, input),
    ec2: (action: string, input: Input = {}) => ask('ec2', action, input),
  };
};
