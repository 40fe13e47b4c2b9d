import { requireFile, text, UsageError } from './options.ts';
import { defineVerb } from './verb.ts';

/** Details of a check that are printed. */
const SHOWN = 12;

export default defineVerb({
  name: 'verify',
  summary: 'compute the numbers of a packed study again, without its model',
  description: [
    'Reads what `understudy pack` wrote and holds it against itself: every file against the manifest, every label against its checksum, data sets and students against the hashes that name them. Then numbers are computed again: the evaluation from the test rows, the students and what its teachers answered, the stability study (facets, variance components, teachers side by side) from its answers, a sweep from its journal, an audit from its runs and kinds of people, and a comparison of two populations by playing it. What differs is named; the exit code is then 1.',
    'No model is asked: what that leaves out is said by name. A module in a pack is never run; --scenario names one that you trust.',
  ].join('\n'),
  world: 'none',
  positionals: ['FILE'],
  options: {
    scenario: text('Scenario of the pack, if it is a module of somebody’s own, which is run.', {
      placeholder: 'NAME|FILE[#EXPORT]',
      shown: 'the one that the pack names',
    }),
  },
  stopped: 'the same command starts over',
  examples: [
    ['understudy verify study.tar', 'what can be computed again, and whether it is the same'],
    ['understudy verify study.tar --scenario ./town.ts', 'a pack of a scenario that you have'],
  ],
  async run({ values, positionals, signal, progress, log, report }) {
    const [file] = positionals;
    if (file === undefined) throw new UsageError('verify needs a pack: understudy verify study.tar', 'verify');
    await requireFile(file, 'FILE', 'understudy pack', 'verify');
    const { verifyStudy } = await import('../report/pack/verify.ts');
    const { scenario } = values;
    const work = { signal, progress, log };
    const result = await verifyStudy({ file, ...work, ...(scenario !== undefined && { scenario }) });
    report(result, [
      ...result.checks.flatMap(({ what, outcome, details }) => [
        `${outcome === 'same' ? '✓' : outcome === 'differs' ? '✗' : '–'} ${what}: ${outcome}`,
        ...details.slice(0, SHOWN).map((detail) => `    ${detail}`),
        ...(details.length > SHOWN ? [`    and ${details.length - SHOWN} more`] : []),
      ]),
    ]);
    return result.ok ? undefined : 'failed';
  },
});
