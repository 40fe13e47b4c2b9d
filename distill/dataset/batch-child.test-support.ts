/** Makes a data set in batches, as a process that can be killed: a folder, a teacher and the key and address of its server. */
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { dataset } from './dataset.ts';

const [workspace, teacher] = process.argv.slice(2) as [string, string];
await dataset({
  ...{ workspace, teacher, seed: 1, scenario: iceCream, size: 30, order: 'canonical', elicit: 'greedy' },
  batch: { pollMs: 20, settleMs: 100, size: 12 },
});
process.exit(0);
