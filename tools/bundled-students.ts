/**
 * Makes the students and the sample data set that ship: asks the bundled teacher about every observation of the
 * ice-cream town, trains all four students on 80 % of the states and holds them against the other 20 %.
 * Writes data/students/ and data/samples/. Takes about ten minutes on two cores; a second run asks
 * the teacher nothing and continues training that was interrupted.
 *
 *     npx tsx tools/bundled-students.ts
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dataset } from '../distill/dataset/dataset.ts';
import { train } from '../distill/training/train.ts';
import type { ProgressEvent } from '../env/work.ts';
import { evaluate } from '../measure/evaluation/evaluate.ts';
import { students } from '../policies/students/architecture.ts';
import { bundledStudent, studentFiles } from '../policies/students/checkpoint.ts';
import { dataFile } from '../workspace/bundled.ts';
import { workspace } from '../workspace/paths.ts';

const SEED = 1;
/** Rows of the sample: the first of the seeded, stratified order, so what `dataset --size 1000` would ask. */
const SAMPLE = { train: 800, test: 200 };
const directory = fileURLToPath(new URL('../models/bundled-students', import.meta.url));
const paths = workspace(directory);

const log = (line: string) => console.error(line);
let shown = 0;
const progress = ({ stage, done, of, note }: ProgressEvent) => {
  if (Date.now() - shown < 5000 && done < of) return;
  shown = Date.now();
  log(`${stage}: ${done} of ${of}${note ? `, ${note}` : ''}`);
};
const work = { workspace: directory, seed: SEED, log, progress };

const asked = await dataset({
  teacher: 'tiny',
  size: 'all',
  // A simulation meets ordinary hours too.
  emptyContext: 'include',
  order: 'canonical',
  elicit: 'expected',
  ...work,
});
const trained = await train({ student: 'all', train: paths.train, ...work });
const report = await evaluate({ test: paths.test, models: [...students], ...work });

mkdirSync(dataFile('students'), { recursive: true });
mkdirSync(dataFile('samples'), { recursive: true });
for (const name of students) {
  const from = studentFiles(directory, name);
  const to = bundledStudent(name);
  copyFileSync(from.onnx, to.onnx);
  copyFileSync(from.config, to.config);
}
for (const part of ['train', 'test'] as const) {
  const lines = readFileSync(paths[part], 'utf8').split('\n').slice(0, SAMPLE[part]);
  writeFileSync(dataFile(`samples/${part}.jsonl`), `${lines.join('\n')}\n`);
}

const rows = report.models.map(({ model, mse, mae, r2, pearson, bias, ece }) => {
  const { parameters, epochs, loss } = trained.students.find(({ student }) => student === model) ?? {};
  const digits = (value: number, places: number) => (Number.isFinite(value) ? value.toFixed(places) : '–');
  const made = parameters === undefined ? '– | –' : `${parameters} | ${loss}, ${epochs} epochs`;
  return `| ${model} | ${made} | ${mse.toExponential(2)} | ${digits(mae, 4)} | ${digits(r2, 4)} | ${digits(pearson, 4)} | ${digits(bias, 4)} | ${digits(ece, 4)} |`;
});
const text = `# Bundled students

Written by \`npx tsx tools/bundled-students.ts\`. NAME.onnx is the network (opset 18; input \`phrases\` [n, 16] of 0 and 1 or
\`tokens\` [n, 17], output \`probabilities\` [n, 2]); NAME.json says what it is, what it was trained on and by which settings.

Teacher: \`${asked.teacherId}\`, ${asked.caveat}. Labels: the mean of its number (\`expected\`), canonical order, no paraphrase.
All ${asked.asked} observations of \`ice-cream-v1\` were asked; a fifth of them, by state, is the test set below, and a tenth of
the rest said for how many epochs all of it is learned. Backend ${trained.backend}, seed ${SEED}. Errors are against the teacher, on ${report.models[0]!.n} states that no
student has seen, all equally likely (not as a simulation meets them).

| model | parameters | trained | MSE | MAE | R² | r | bias | ECE |
|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

The encoder and the decoder have seen phrases in canonical order only: what they say of another order does not measure
order effects. \`data/samples/\` holds ${SAMPLE.train} of the training rows and ${SAMPLE.test} of the test rows, stratified by the number of traits and of
contexts: the rows of \`understudy dataset --teacher tiny --size 1000 --order canonical --elicit expected --seed ${SEED}\`.
`;
writeFileSync(dataFile('students/README.md'), text);
log(text);
log('now run: npx tsx tools/manifest.ts');
