// `npm run bench`: prints figures as ratios against peers measured in the same run. Nothing here fails on a figure.
import { execa } from 'execa';
import { applyToFirstByte } from './apply.js';
import { controller } from './controller.js';
import { controlPlane } from './control-plane.js';
import { growth } from './growth.js';
import { dataPlane } from './data-plane.js';
import { kubernetes } from './kubernetes.js';

const sections = { 'Control plane': controlPlane, Growth: growth, 'Apply to first byte': applyToFirstByte, 'Data plane': dataPlane, Controller: controller, Kubernetes: kubernetes };
// What users run: the bundle of what was compiled last.
await execa(process.execPath, ['emulator/bundle.mjs']);

const wanted = process.argv[2];

for (const [title, measure] of Object.entries(sections)) {
  if (wanted !== undefined && !title.toLowerCase().includes(wanted.toLowerCase())) continue;
  process.stdout.write(`\n${title}\n`);
  for (const line of await measure()) process.stdout.write(`  ${line}\n`);
}
