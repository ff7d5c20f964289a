// The probes of a running container: startup first, then liveness and readiness.
import type { Probe } from '../controllers/kinds.js';
import { set, type State } from './container-state.js';
import { attemptProbe, unsupported } from './probe.js';
import { startProber } from './prober.js';

export const stopProbers = ({ probers }: State): void => {
  for (const prober of probers) prober.stop();
  probers.clear();
};

const probe = ({ options, probers }: State, kind: string, spec: Probe, onThreshold: (ok: boolean) => void): void => {
  const { clock, container, target, tell } = options;
  const problem = unsupported(spec);
  if (problem) return tell('Warning', 'Unhealthy', `${kind} probe: ${problem}`);
  probers.add(startProber({
    clock,
    probe: spec,
    attempt: () => attemptProbe(clock, container, spec, target),
    onFailure: (saw) => tell('Warning', 'Unhealthy', `${kind} probe failed: ${saw}`),
    onThreshold,
  }));
};

const probeLife = (state: State, gaveUp: (why: string) => void): void => {
  const { livenessProbe, readinessProbe } = state.options.container;
  if (livenessProbe) probe(state, 'Liveness', livenessProbe, (ok) => void (ok || gaveUp('liveness')));
  if (readinessProbe) probe(state, 'Readiness', readinessProbe, (ok) => void (ok === state.facts.ready || set(state, { ready: ok })));
};

/** Starts probing; `startup` is the probe that has to pass first. */
export const startProbing = (state: State, startup: Probe | undefined, gaveUp: (why: string) => void): void => {
  if (!startup) return probeLife(state, gaveUp);
  probe(state, 'Startup', startup, (ok) => {
    if (!ok) return gaveUp('startup');
    stopProbers(state);
    set(state, { started: true, ready: !state.options.container.readinessProbe });
    probeLife(state, gaveUp);
  });
};
