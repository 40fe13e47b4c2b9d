import { basename, extname } from 'node:path';
import { UsageError } from './options.ts';
import { defineVerb } from './verb.ts';

const ENDINGS = ['.js', '.mjs', '.ts', '.mts'];

export default defineVerb({
  name: 'new',
  summary: 'write a scenario of your own to begin with',
  description:
    'Writes a commented scenario that passes check, can be simulated and watched as it stands: a commute with three actions. An existing file is never overwritten.',
  positionals: ['FILE'],
  world: 'none',
  options: {},
  stopped: 'nothing was written',
  examples: [
    ['understudy new town.ts', 'then: understudy check ./town.ts'],
    ['understudy new worlds/town.mjs', 'the same in JavaScript'],
  ],
  async run({ positionals, report }) {
    const [file] = positionals;
    if (file === undefined) throw new UsageError('new needs a file: understudy new town.ts', 'new');
    if (!ENDINGS.includes(extname(file)))
      throw new UsageError(`a scenario is a module (${ENDINGS.join(', ')}), got "${file}"`, 'new');
    const [{ scenarioTemplate }, { writeNewFile }] = await Promise.all([
      import('../scenarios/template.ts'),
      import('../workspace/write-file.ts'),
    ]);
    const name = basename(file, extname(file))
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '');
    const id = `${name || 'town'}-v1`;
    await writeNewFile(file, scenarioTemplate(id));
    const path = /^[./]/.test(file) ? file : `./${file}`;
    report({ file, scenario: id }, [
      `${file} declares ${id}. Next:`,
      `  npx understudy check ${path}`,
      `  npx understudy study --scenario ${path} --workspace ${name || 'town'}`,
      `  npx understudy serve --workspace ${name || 'town'}`,
    ]);
  },
});
