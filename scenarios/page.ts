// Markdown -> steps, in the workshop's page grammar. Pure: knows no files and no shell.
import type { Code, Root, RootContent } from 'mdast';
import remarkFrontmatter from 'remark-frontmatter';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { visit } from 'unist-util-visit';
import { parse as parseYaml } from 'yaml';
import { messageOf, UserError } from '../emulator/errors.js';
import { extract } from './extract.js';
import { stepDefaults, type Page, type PageProblem, type Step } from './steps.js';

const parser = unified().use(remarkParse).use(remarkFrontmatter, ['yaml']);

const keys = new Set(['timeout', 'wait', 'hook', 'hookTimeout', 'test', 'expectError', 'raw']);

const lineOf = (node: RootContent): number => node.position?.start.line ?? 0;

type Meta = { values: ReadonlyMap<string, string>; problems: PageProblem[] };

const readMeta = (node: Code): Meta => {
  const words = (node.meta ?? '').split(/\s+/).filter(Boolean);
  const values = new Map(words.map((word) => [word.split('=')[0] ?? '', word.slice(word.indexOf('=') + 1)] as const));
  const problems = [...values.keys()]
    .filter((key) => !keys.has(key))
    .map((key) => ({ line: lineOf(node), text: `unknown key "${key}" (known: ${[...keys].join(', ')})` }));
  return { values, problems };
};

const seconds = (node: Code, meta: Meta, key: keyof typeof stepDefaults): number => {
  const text = meta.values.get(key);
  if (text === undefined) return stepDefaults[key];
  if (/^\d+$/.test(text)) return Number(text);
  meta.problems.push({ line: lineOf(node), text: `${key}=${text} is not a number of seconds` });
  return stepDefaults[key];
};

const body = (node: Code, raw: boolean): Pick<Step, 'commands' | 'sample'> & { problems: PageProblem[] } => {
  if (raw) return { commands: [node.value], sample: '', problems: [] };
  const { commands, sample, problems } = extract(node.value);
  return { commands, sample, problems: problems.map(({ line, text }) => ({ line: lineOf(node) + 1 + line, text })) };
};

const toStep = (node: Code): { step: Step; problems: PageProblem[] } => {
  const meta = readMeta(node);
  const raw = meta.values.get('raw') === 'true';
  const { commands, sample, problems } = body(node, raw);
  const step: Step = {
    line: lineOf(node),
    commands,
    script: commands.join('\n'),
    sample,
    timeout: seconds(node, meta, 'timeout'),
    wait: seconds(node, meta, 'wait'),
    hookTimeout: seconds(node, meta, 'hookTimeout'),
    hook: meta.values.get('hook'),
    test: meta.values.get('test') !== 'false',
    expectError: meta.values.get('expectError') === 'true',
    raw,
  };
  return { step, problems: [...meta.problems, ...problems] };
};

// The workshop's runner looks at the top level only, so a block in a list or a quote is never run.
const hidden = (root: Root, seen: ReadonlySet<Code>): PageProblem[] => {
  const problems: PageProblem[] = [];
  visit(root, 'code', (node) => {
    if (node.lang === 'bash' && !seen.has(node)) {
      problems.push({ line: lineOf(node), text: 'never run: this block is inside a list or a quote' });
    }
  });
  return problems;
};

const readYaml = (text: string): Readonly<Record<string, unknown>> => {
  try {
    return (parseYaml(text) as Readonly<Record<string, unknown>> | null) ?? {};
  } catch (error) {
    throw new UserError(`The front matter is not YAML: ${messageOf(error).split('\n')[0]}`, { cause: error });
  }
};

const frontMatter = (root: Root): Readonly<Record<string, unknown>> => {
  const front = root.children.find((node) => node.type === 'yaml');
  if (!front) {
    throw new UserError('The page has no front matter.', {
      hint: 'Start it with a line ---, a line "title: …" and another line ---.',
    });
  }
  return readYaml(front.value);
};

const weightOf = ({ weight, sidebar_position: position }: Readonly<Record<string, unknown>>): number | undefined => {
  const place = Number(weight ?? position);
  return Number.isFinite(place) ? place : undefined;
};

/** Reads a page. Blocks without a command are left out, as the workshop's runner does. */
export const parsePage = (text: string): Page => {
  const root = parser.parse(text);
  const front = frontMatter(root);
  const blocks = root.children.filter((node): node is Code => node.type === 'code' && node.lang === 'bash');
  const read = blocks.map(toStep);
  const problems = [...read.flatMap((one) => one.problems), ...hidden(root, new Set(blocks))];
  return {
    title: typeof front['title'] === 'string' ? front['title'] : '',
    weight: weightOf(front),
    steps: read.map((one) => one.step).filter((step) => step.script !== ''),
    problems: problems.sort((a, b) => a.line - b.line),
  };
};
