import { withPopulation } from './named-scenario.ts';
import { text, UsageError } from './options.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  name: 'replay',
  summary: 'make a recorded run again, and compare the two byte by byte',
  description: [
    'Reads run.json of a folder that simulate --record made, runs the same scenario, policies, seed and swaps again, and says whether every file comes out the same to the byte. Answers of a teacher come from data/labels.jsonl where they are kept. The recording itself is not touched.',
    'Exits with 1 if a file differs or was edited since it was recorded.',
  ].join('\n'),
  world: 'reads',
  positionals: ['DIR'],
  options: {
    population: text('Table of people that the run was made with.', { shown: "the scenario's", placeholder: 'FILE' }),
  },
  stopped: 'the same command begins the replay again; the recording is unchanged',
  examples: [['understudy replay run', 'checks that run/ can be made again on this machine']],
  async run({ values, positionals, scenario: own, signal, progress, log, report }) {
    const [directory] = positionals;
    if (directory === undefined) throw new UsageError('replay needs the folder of a recorded run: DIR', 'replay');
    const scenario = await withPopulation(own, values);
    const { replay } = await import('../sim/replay.ts');
    const result = await replay({ directory, scenario, workspace: values.workspace, signal, progress, log });
    const words = { same: 'is the same to the byte', edited: 'was edited since it was recorded' };
    report(result, [
      result.same ? `${directory} was made again, to the byte.` : `${directory} did not come out the same.`,
      ...result.files.map(
        ({ name, outcome, line }) =>
          `  ${name} ${outcome !== 'different' ? words[outcome] : line === undefined ? 'differs' : `differs from line ${line} on`}`,
      ),
    ]);
    return result.same ? undefined : 'failed';
  },
});
