import { grouped } from '../report/wording.ts';
import { defaultWorld } from '../scenarios/default-world.ts';
import { namedScenario } from './named-scenario.ts';
import { text, UsageError } from './options.ts';
import { defineVerb, scenarioOptions } from './verb.ts';
import { amount, facts } from './wording.ts';

export default defineVerb({
  name: 'compile',
  summary: 'write the tables of a scenario as JSON, for other languages',
  description: [
    'Writes the integer laws, predicates and rewards of a scenario, and which bits of Philox4x32-10 decide what, to one file: all that a program in another language needs to play the same runs, to the bit. docs/reference.md lists its members, docs/environment.md says how a tick is played, and examples/python/ has programs in plain Python that do.',
    'With --policy, the file also has what a policy decides at every observation that can occur; a teacher is asked about each of them, and its answers are kept in data/labels.jsonl.',
    'A file of the user’s own is run to be compiled.',
  ].join('\n'),
  positionals: ['NAME|FILE[#EXPORT]'],
  world: 'none',
  options: {
    ...scenarioOptions,
    out: text('File that is written; only an older file of tables is replaced.', { placeholder: 'FILE' }),
    policy: text('Policy whose decisions are written too.', { placeholder: 'POLICY', shown: 'none' }),
  },
  stopped: 'nothing was written; what teachers have answered is remembered',
  examples: [
    [`understudy compile ${defaultWorld.id} --out tables.json`, 'the tables of a shipped world'],
    [
      'understudy compile ./town.ts --policy policy:sporty --out town.json',
      'with the decisions of a policy that the scenario brings, as the examples in Python need them',
    ],
    ['understudy compile --policy student:mlp --out town.json', 'the scenario and the student of this workspace'],
  ],
  async run({ values, positionals, signal, progress, log, report }) {
    const { out, policy, workspace } = values;
    if (out === undefined) throw new UsageError('compile needs a file to write: --out town.json', 'compile');
    const scenario = await namedScenario('compile', positionals, values);
    const { compile } = await import('../sim/compile.ts');
    const options = { scenario, out, workspace, signal, progress, log };
    const result = await compile({ ...options, ...(policy !== undefined && { policy }) });
    report(
      result,
      facts([
        ['scenario', `${result.scenario} (tables ${result.sha256.slice(0, 12)})`],
        ['file', `${result.file} (${amount(result.bytes, 'bytes')})`],
        ...(result.decisions === undefined
          ? []
          : [['decisions', `${grouped(result.decisions)} observations, by ${policy}`] as const]),
      ]),
    );
  },
});
