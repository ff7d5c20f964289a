// Refused, cut off from Kubernetes, or overtaken at any AWS call: the same controller reaches the same end, and nothing leaks.
import { systemClock } from '../../emulator/clock.js';
import { AwsFault } from '../../emulator/wire/fault.js';
import { bindings, walk, type Mishap } from './converge.js';
import type { Tap } from './real.js';

/** `then` at the n-th call that `counts`. */
const at = (n: number, counts: (op: string) => boolean, then: () => Error | undefined): Tap => {
  let left = n;
  return { before: (op) => (counts(op) && (left -= 1) === 0 ? then() : undefined), after: () => undefined };
};

const isWrite = (op: string): boolean => !op.startsWith('Describe');
const isAny = (): boolean => true;

const refusals = [
  new AwsFault('Throttling', 'Rate exceeded', 400),
  new AwsFault('InternalFailure', 'The request processing has failed.', 500),
  new AwsFault('ResourceInUse', 'is currently in use', 400),
  new AwsFault('TargetGroupNotFound', 'One or more target groups not found', 400),
  new AwsFault('ServiceUnavailable', 'Service Unavailable', 503),
];

const mishaps: Mishap[] = [
  {
    name: 'refused',
    tap: (_real, n, happened) => at(n, isWrite, () => {
      happened();
      return refusals[n % refusals.length];
    }),
  },
  {
    name: 'cut off from Kubernetes',
    every: 6,
    tap: (real, n, happened) => at(n, isAny, () => {
      real.cable.pull();
      systemClock.after(40, () => real.cable.plug());
      happened();
      return undefined;
    }),
  },
  {
    name: 'changed by others at the same moment',
    every: 6,
    tap: (real, n, happened) => at(n, isAny, () => {
      for (const [kind, name] of [['services', 'ui-nlb'], [bindings, real.api.list(bindings, 'ui')[0]?.metadata.name]] as const) {
        const found = name === undefined ? undefined : structuredClone(real.api.get(kind, 'ui', name));
        if (found) real.api.update(kind, { ...found, metadata: { ...found.metadata, labels: { ...found.metadata.labels, touched: String(n) } } });
      }
      happened();
      return undefined;
    }),
  },
];

mishaps.forEach(walk);
