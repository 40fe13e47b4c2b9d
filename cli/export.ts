import type { ExportReport } from '../distill/export/export-student.ts';
import { exportForms, exportLanguages } from '../distill/export/program.ts';
import { grouped } from '../report/wording.ts';
import { choice, integerOrAll, text, UsageError } from './options.ts';
import { defineVerb } from './verb.ts';
import { amount, facts } from './wording.ts';

export default defineVerb({
  name: 'export',
  summary: 'write a student as one file of another language, or as a table',
  description: [
    'Writes one file without dependencies that gives P(action | phrases) as the student does, to within 0.000001, and draws actions. The program holds the weights, or a table with an answer to every state, whichever is shorter; a student whose weights cannot be written (an encoder, a decoder, a network made elsewhere) and any other policy are written as a table.',
    'Python, R and JavaScript are run when this program is tested. NetLogo (.nls, for __includes) and Julia are not: their files are written after the documented syntax, and their numbers are read back and give the test vectors again; compare them once where you run them.',
    'Test vectors lie beside a program, in NAME.vectors.csv; run, it compares itself with them, and exits with 1 if it differs. Python uses NumPy if it is installed. A phrase that the program does not know is an error that names those it knows.',
    '--to table writes all states as CSV: a column for each phrase, 0 or 1, then P of each action.',
  ].join('\n'),
  world: 'reads',
  positionals: ['STUDENT'],
  options: {
    to: choice('What to write.', exportLanguages, {}),
    out: text('File that is written.', {
      placeholder: 'FILE',
      shown: 'SCENARIO_STUDENT.py, .R, .mjs, .nls, .jl or .csv',
    }),
    form: choice('What the program holds.', exportForms, { default: 'auto' }),
    vectors: integerOrAll('Number of test vectors beside a program.', { min: 1, default: 200 }),
  },
  stopped: 'nothing was written',
  examples: [
    ['understudy export student:mlp --to python --out person.py', 'for Mesa: from person import decide'],
    ['understudy export student:logistic --to r', 'source("ice_cream_v1_student_logistic.R")'],
    ['understudy export student:mlp --to netlogo --out person.nls', '__includes ["person.nls"], then person-decide'],
    ['understudy export student:mlp --to table', 'every state with its probabilities, as CSV'],
    ['understudy export oracle --to javascript --vectors all', 'any policy, checked in every state'],
  ],
  async run({ values, positionals, scenario, signal, progress, log, report }) {
    const { to, out, form, vectors, workspace } = values;
    const [policy] = positionals;
    if (policy === undefined) throw new UsageError('export needs a student: understudy export student:mlp', 'export');
    if (to === undefined)
      throw new UsageError(`export needs a language: --to ${exportLanguages.join(', --to ')}`, 'export');
    const { exportStudent } = await import('../distill/export/export-student.ts');
    const options = { scenario, policy, to, form, vectors, workspace, signal, progress, log };
    const result = await exportStudent({ ...options, ...(out !== undefined && { out }) });
    report(result, exportWords(result));
  },
});

function exportWords({ policy, file, bytes, reason, states, weights, vectors, to }: ExportReport): string[] {
  const run = { python: 'python3', r: 'Rscript', javascript: 'node', julia: 'julia', netlogo: '', table: '' }[to];
  return [
    ...facts([
      ['policy', policy],
      ['file', `${file} (${amount(bytes, 'bytes')})`],
      [
        'holds',
        `${states !== undefined ? `a table of ${grouped(states)} states` : `${grouped(weights!)} weights`}${reason === 'as asked' ? '' : `: ${reason}`}`,
      ],
      ...(vectors ? [['test vectors', `${vectors.file} (${grouped(vectors.rows)})`] as const] : []),
    ]),
    ...(vectors && to !== 'netlogo' ? [`Check it: ${run} ${file}`] : []),
    ...(vectors && to === 'netlogo' ? ['Check it: the reporter whose name ends in -check, with the test vectors'] : []),
    ...(to === 'netlogo' || to === 'julia'
      ? [
          `Files like it are tested by reading their numbers back, and are not run in ${to === 'julia' ? 'Julia' : 'NetLogo'}.`,
        ]
      : []),
  ];
}
