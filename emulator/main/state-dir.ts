// Whether a folder is nlbox's own to use and to remove: it is empty, or bears the log that every run begins with.
import fs from 'node:fs';
import path from 'node:path';

const marks = ['nlbox.log', 'up.log', 'run.json', 'lock'];

export const isOurs = (stateDir: string): boolean => {
  if (!fs.existsSync(stateDir)) return true;
  const names = fs.readdirSync(stateDir);
  return names.length === 0 || marks.some((mark) => names.includes(mark) && fs.statSync(path.join(stateDir, mark)).isFile());
};
