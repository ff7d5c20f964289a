// A write that passes the admission webhooks: rehearsed for its final form, shown to them, then done.
import type { KubeObject } from '../../types.js';
import { conflict } from '../../status.js';
import { equal, type Fields } from '../json.js';
import type { Services } from '../services.js';
import type { Caller } from './call.js';
import { ask, type Question } from './review.js';
import { anyWebhook, concerns, mutatingKey, validatingKey, webhooksOf, type Subject } from './webhooks.js';

/** How a write is tried: `mutate` may exchange the defaulted object before it is validated and stored. */
export type Attempt = (options: { dryRun: boolean; mutate?: (draft: Fields) => Fields }) => KubeObject;

export type Wish = { subject: Subject; user: Question['user']; dryRun: boolean; warn: (text: string) => void };

const attempts = 5;

const callerOf = ({ store, clock, hooks, conditions, webhookAgent: agent }: Services): Caller => ({ store, clock, agent, conditions, project: hooks.project ?? ((address) => address) });

const present = ({ store }: Services, { kind, namespace, name }: Subject): KubeObject | undefined =>
  name === '' ? undefined : store.get(kind.key, kind.namespaced ? namespace : undefined, name);

/** The object as it would be stored. */
const rehearse = (attempt: Attempt, change: (draft: Fields) => Fields): Fields => {
  let seen: Fields = {};
  attempt({ dryRun: true, mutate: (draft) => (seen = structuredClone(change(draft))) });
  return seen;
};

const mutated = async (services: Services, wish: Wish, first: Fields, old: KubeObject | undefined): Promise<Fields> => {
  let object = first;
  for (const webhook of webhooksOf(services.store, mutatingKey, wish.subject.kind)) {
    if (!concerns(services.store, webhook, wish.subject, object, old)) continue;
    const answer = await ask(callerOf(services), webhook, { ...wish, object, old });
    answer.warnings.forEach(wish.warn);
    object = answer.object ?? object;
  }
  return object;
};

const validate = async (services: Services, wish: Wish, object: Fields | undefined, old: KubeObject | undefined): Promise<void> => {
  const asked = webhooksOf(services.store, validatingKey, wish.subject.kind).filter((webhook) => concerns(services.store, webhook, wish.subject, object, old));
  const answers = await Promise.all(asked.map((webhook) => ask(callerOf(services), webhook, { ...wish, object, old })));
  for (const { warnings } of answers) warnings.forEach(wish.warn);
};

/** What the webhooks make of the write; a change of the stored object meanwhile starts over. */
const throughWebhooks = async (services: Services, wish: Wish, attempt: Attempt, left = attempts): Promise<KubeObject> => {
  const old = wish.subject.operation === 'CREATE' ? undefined : present(services, wish.subject);
  const first = rehearse(attempt, (draft) => draft);
  const wanted = await mutated(services, wish, first, old);
  const changed = !equal(wanted, first);
  const mutate = (draft: Fields): Fields => (changed ? structuredClone(wanted) : draft);
  await validate(services, wish, changed ? rehearse(attempt, mutate) : first, old);
  const now = wish.subject.operation === 'CREATE' ? undefined : present(services, wish.subject);
  if (now?.metadata.resourceVersion === old?.metadata.resourceVersion) return attempt({ dryRun: wish.dryRun, mutate });
  if (left === 0) throw conflict(wish.subject.kind, wish.subject.name);
  return throughWebhooks(services, wish, attempt, left - 1);
};

/** Tries at once when no webhook can be concerned: then nothing becomes asynchronous. */
export const admitWrite = (services: Services, wish: Wish, attempt: Attempt): KubeObject | Promise<KubeObject> =>
  anyWebhook(services.store, wish.subject) ? throughWebhooks(services, wish, attempt) : attempt({ dryRun: wish.dryRun });

/** Lets validating webhooks refuse a deletion. */
export const admitDeletion = async (services: Services, wish: Wish): Promise<void> => {
  const old = present(services, wish.subject);
  if (!old || !anyWebhook(services.store, wish.subject)) return;
  for (const webhook of webhooksOf(services.store, mutatingKey, wish.subject.kind)) {
    if (concerns(services.store, webhook, wish.subject, undefined, old)) await ask(callerOf(services), webhook, { ...wish, object: undefined, old });
  }
  await validate(services, wish, undefined, old);
};
