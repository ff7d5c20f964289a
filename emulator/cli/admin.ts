// Talks to a running nlbox through its admin endpoints.
import { messageOf, UserError } from '../errors.js';
import type { Info, Orphan } from '../main.js';
import type { HistoryRecords } from '../main/history.js';
import type { RunFile } from './run-file.js';

const reasonIn = async (response: Response): Promise<string> => {
  const { error } = (await response.json().catch(() => ({}))) as { error?: string };
  return error === undefined ? '' : `: ${error}`;
};

const request = async (run: RunFile, path: string, init: RequestInit): Promise<Response> => {
  const response = await fetch(new URL(path, run.endpoint), init).catch((error: unknown) => {
    throw new UserError(`nlbox (pid ${run.pid}) does not answer at ${run.endpoint}: ${messageOf(error)}`, {
      hint: 'See nlbox.log in the state directory, or end it with `npx nlbox down`.',
    });
  });
  if (!response.ok) throw new UserError(`nlbox answered ${response.status} to ${path}${await reasonIn(response)}`);
  return response;
};

export const fetchInfo = async (run: RunFile): Promise<Info> => (await request(run, '/_nlb/info', {})).json() as Promise<Info>;

export const fetchHistory = async (run: RunFile): Promise<HistoryRecords> => (await request(run, '/_nlb/history', {})).json() as Promise<HistoryRecords>;

export const fetchOrphans = async (run: RunFile): Promise<Orphan[]> => (await request(run, '/_nlb/orphans', {})).json() as Promise<Orphan[]>;

export const removeOrphans = async (run: RunFile): Promise<Orphan[]> =>
  (await request(run, '/_nlb/orphans/remove', { method: 'POST', headers: { 'x-nlbox-token': run.token } })).json() as Promise<Orphan[]>;

export const requestStop = async (run: RunFile, keep: boolean): Promise<void> => {
  await request(run, `/_nlb/stop?keep=${keep}`, { method: 'POST', headers: { 'x-nlbox-token': run.token } });
};
