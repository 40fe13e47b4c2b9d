import { grouped } from '../report/wording.ts';
import { text } from './options.ts';
import { defineVerb } from './verb.ts';
import { amount, facts } from './wording.ts';

export default defineVerb({
  name: 'pack',
  summary: 'write a study as one file that can be handed on',
  description:
    'Writes labels, data sets, students, results, study.json and the scenario’s file to one tar archive, with a manifest of the SHA-256 of each. The same study gives the same bytes. Models that were pulled are not in it.',
  world: 'none',
  options: {
    out: text('File that is written.', { placeholder: 'FILE', shown: 'study.tar in the workspace' }),
  },
  examples: [['understudy pack --out study.tar', 'for `understudy verify study.tar`, on any machine']],
  stopped: 'nothing was written',
  async run({ values: { workspace, out }, report }) {
    const { packStudy } = await import('../report/pack/pack.ts');
    const result = await packStudy({ workspace, ...(out !== undefined && { out }) });
    report(result, [
      ...facts([
        ['scenario', result.scenario],
        ['file', `${result.file} (${grouped(result.files)} files, ${amount(result.bytes, 'bytes')})`],
        ['sha256', result.sha256],
      ]),
      `Check it: understudy verify ${result.file}`,
    ]);
  },
});
