// What the controller itself complained about last. Pure.
import type { EventFact, Facts, Finding } from './facts.js';

const advice: Record<string, string> = {
  FailedBuildModel: 'Correct the annotation or field that the message names and apply the Service again; the controller tries again by itself.',
  FailedDeployModel: 'AWS refused a call; the message carries its words. The controller tries again by itself.',
  FailedAddFinalizer: 'See whether the API server answers; the controller tries again by itself.',
  FailedReconcile: 'The message says why targets could not be registered; the controller tries again by itself.',
  FailedNetworkReconcile: 'The rules on the security groups of the targets could not be set; see the message.',
  BackendNotFound: 'Create the Service or port that the TargetGroupBinding names.',
  FailedCleanup: 'The targets could not be taken out; see the message.',
};

const nextOf = ({ reason, message }: EventFact): string =>
  message.includes('nlbox does not model') ? 'AWS may take it; nlbox does not model it: leave it out here. The README lists what is modelled.' : (advice[reason] ?? 'See the message.');

/** The last event of each object, if it is a complaint: an older one is settled. */
const openComplaints = (events: readonly EventFact[]): EventFact[] => {
  const last = new Map<string, EventFact>();
  for (const event of events) if (event.reason in advice || event.reason === 'SuccessfullyReconciled') last.set(event.about, event);
  return [...last.values()].filter(({ type }) => type === 'Warning');
};

/** Complaints that no later success has settled. */
export const diagnoseEvents = ({ events }: Facts): Finding[] =>
  openComplaints(events).map((event) => ({
    level: 'error',
    what: `${event.about}: ${event.reason}`,
    why: event.count > 1 ? `${event.message} (${event.count} times)` : event.message,
    next: nextOf(event),
  }));
