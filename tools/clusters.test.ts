import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { allVerbs } from '../cli/loaders.ts';
import { readArguments } from '../cli/options.ts';
import { commonOptions, scenarioOptions } from '../cli/verb.ts';
import { argumentsOf } from './package.test-support.ts';

const text = readFileSync(new URL('../docs/clusters.md', import.meta.url), 'utf8');
const blocks = [...text.matchAll(/^```\w+.*\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);

/** Every command of understudy in the guide, also one that is started by something else. */
const commands = blocks
  .flatMap((block) => block.split('\n'))
  .filter(
    (line) => /\bunderstudy (?!-)[a-z]+ |run --rm study /.test(line) && !/^(?:kubectl|sbatch .*afterok)/.test(line),
  )
  .map((line) =>
    line
      .replace(/^.*?(?:\bunderstudy |run --rm study )/, '')
      .replace(/ :::.*$|'$/, '')
      .replaceAll('{}', '1')
      .replaceAll('$SLURM_ARRAY_TASK_ID', '1'),
  );

it('docs/clusters.md has commands that understudy reads', async () => {
  expect(commands.length).toBeGreaterThan(12);
  const verbs = await allVerbs();
  for (const command of commands) {
    const [, name, ...args] = argumentsOf(`npx understudy ${command}`);
    const verb = verbs.find((one) => one.name === name);
    expect(verb, command).toBeDefined();
    readArguments(verb!.name, { ...scenarioOptions, ...commonOptions, ...verb!.options }, args, verb!.positionals);
  }
});
