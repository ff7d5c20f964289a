// The folder that a run keeps everything in: made where need be, and told from a folder of somebody else's, which is never removed.
import fs from 'node:fs';
import path from 'node:path';
import { messageOf, UserError } from '../errors.js';

const marks = ['nlbox.log', 'up.log', 'run.json', 'lock'];

export const isOurs = (stateDir: string): boolean => {
  if (!fs.existsSync(stateDir)) return true;
  const names = fs.readdirSync(stateDir);
  return names.length === 0 || marks.some((mark) => names.includes(mark) && fs.statSync(path.join(stateDir, mark)).isFile());
};

const nearest = (folder: string): string => (fs.existsSync(folder) ? folder : nearest(path.dirname(folder)));

/** Makes the folder where need be; throws a UserError when nothing can be written there. */
export const openStateDir = (stateDir: string): void => {
  try {
    // Node says of a folder that cannot be made on a read-only file system that it does not exist.
    fs.accessSync(nearest(path.resolve(stateDir)), fs.constants.W_OK);
    fs.mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(`The state directory ${stateDir} cannot be written to: ${messageOf(error)}.`, { hint: 'Choose another one with --state-dir or NLBOX_STATE_DIR.', cause: error });
  }
};
