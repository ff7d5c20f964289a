// Brings the generated parts of the README up to date.
import fs from 'node:fs';
import { withGenerated } from './generated.js';

fs.writeFileSync('README.md', withGenerated(fs.readFileSync('README.md', 'utf8')));
