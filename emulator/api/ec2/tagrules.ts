// What EC2 takes as tags.
import type { TagMap } from '../../state/types.js';
import { AwsFault } from '../../wire/fault.js';
import type { Tag } from './client.js';

const maxTags = 50;

/** `tags` with `more` laid over, or EC2's refusal. */
export const checkTags = (tags: TagMap, more: readonly Tag[]): TagMap => {
  for (const [at, { Key, Value }] of more.entries()) {
    if (Key === undefined) throw new AwsFault('MissingParameter', `The request must contain the parameter Tag.${at + 1}.Key`);
    if (Key === '' || Key.length > 127) throw new AwsFault('InvalidParameterValue', `Tag key exceeds the maximum length of 127 characters or is empty: '${Key}'`);
    if (Key.toLowerCase().startsWith('aws:')) throw new AwsFault('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use");
    if (Value !== undefined && Value.length > 255) throw new AwsFault('InvalidParameterValue', 'Tag value exceeds the maximum length of 255 characters');
  }
  const all = { ...tags, ...Object.fromEntries(more.map(({ Key, Value = '' }) => [Key, Value])) };
  if (Object.keys(all).length > maxTags) throw new AwsFault('TagLimitExceeded', `The maximum number of Tags for a resource has been reached.`);
  return all;
};

/** The tags that a resource of this type is born with; tags meant for another type are refused. */
export const bornTags = (type: string, specifications: readonly { ResourceType: string; Tags?: Tag[] }[] = []): TagMap => {
  const wrong = specifications.find(({ ResourceType }) => ResourceType !== type);
  if (wrong) throw new AwsFault('InvalidParameterValue', `'${wrong.ResourceType}' is not a valid taggable resource type for this operation.`);
  return checkTags({}, specifications.flatMap(({ Tags = [] }) => Tags));
};
