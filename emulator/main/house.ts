// What the stages of a start share: who is told, what stands so far, and how it all ends.
import { createHash } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { Cluster } from '../clusters/types.js';
import type { Config } from '../config.js';
import type { Controller } from '../controller/start.js';
import type { Dataplane } from '../dataplane/types.js';
import type { Log } from '../log.js';
import type { OpenNames } from '../names/open.js';
import type { IndexedStore } from '../state/store.js';
import type { VpcView } from '../state/vpc.js';
import type { Aws } from './aws.js';
import type { createHistory } from './history.js';
import type { createInstances } from './instances.js';

export type Ending = () => void | Promise<void>;

/** What stands once the door is open. */
export type Running = Aws & { endpoint: string; store: IndexedStore; dataplane: Dataplane; names: OpenNames; vpc: VpcView };

export type House = {
  config: Config;
  clock: Clock;
  log: Log;
  /** Needed to stop the run over HTTP. */
  token: string;
  onStop(keep: boolean): void;
  began: number;
  instances: ReturnType<typeof createInstances>;
  history: ReturnType<typeof createHistory>;
  /** Run last first when the run ends. */
  endings: Ending[];
  running: Running | undefined;
  cluster: Cluster | undefined;
  controller: Controller | undefined;
};

/** The same for each run of one state directory: a later run finds what an earlier one left. */
export const runIdOf = (stateDir: string): string => createHash('sha256').update(stateDir).digest('hex').slice(0, 8);
