// `nlbox workshop init`: puts our manifests where the workshop's pages expect theirs.
import os from 'node:os';
import path from 'node:path';
import { initWorkshop } from '../../scenarios/manifests.js';

export const workshopHome = (): string => path.join(process.env['HOME'] || os.homedir(), 'environment', 'eks-workshop');

export const workshopInit = async (options: { target?: string }): Promise<void> => {
  const target = path.resolve(options.target ?? workshopHome());
  const { message } = await initWorkshop({ target });
  process.stdout.write(`${message}\nNext:\n  kubectl apply -k ${path.join(target, 'base-application')}\n`);
};
