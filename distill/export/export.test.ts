import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Vocabulary } from '../../env/scenario.ts';
import { defineVocabulary } from '../../env/vocabulary.ts';
import { openPolicy } from '../../policies/open.ts';
import type { Policy } from '../../policies/policy.ts';
import { policyOf } from '../../policies/policy-of.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { trainEnsemble } from '../training/ensemble.ts';
import { exportStudent } from './export-student.ts';
import type { ExportForm } from './program.ts';

let root: string;
let mlp: Policy;
beforeAll(async () => {
  mlp = await openPolicy('student:mlp', { scenario: iceCream });
  root = await mkdtemp(join(tmpdir(), 'understudy-export-'));
});
afterAll(async () => {
  await mlp[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

/** What runs a program in each language, with the code that prints what it holds and what it says to a phrase of nobody's. */
const languages = {
  python: {
    ending: '.py',
    command: 'python3',
    script: (name: string) =>
      `import json, sys\nsys.stdout.reconfigure(encoding='utf-8')\nimport ${name} as s\nprint(json.dumps([s.PHRASES, s.ACTIONS]))\ntry: s.probabilities(['nobody says this'])\nexcept ValueError as e: print(json.dumps(str(e)))`,
    run: (script: string) => ['-c', script],
  },
  javascript: {
    ending: '.mjs',
    command: 'node',
    script: (name: string) =>
      `const s = await import('./${name}.mjs'); console.log(JSON.stringify([s.PHRASES, s.ACTIONS]));\ntry { s.probabilities(['nobody says this']); } catch (e) { console.log(JSON.stringify(e.message)); }`,
    run: (script: string) => ['--input-type=module', '-e', script],
  },
  r: {
    ending: '.R',
    command: 'Rscript',
    // R has no JSON of its own: texts are printed as their code points.
    script: (name: string) =>
      `source("${name}.R"); points <- function(x) cat("[", paste(vapply(enc2utf8(x), function(t) paste0("[", paste(utf8ToInt(t), collapse = ","), "]"), ""), collapse = ","), "]\\n"); points(student$phrases); points(student$actions); points(tryCatch(student$probabilities("nobody says this"), error = conditionMessage))`,
    run: (script: string) => ['-e', script],
  },
} as const;
type Language = keyof typeof languages;

const runs = (command: string) => spawnSync(command, ['--version']).status === 0;
const installed = Object.keys(languages).filter((language) =>
  runs(languages[language as Language].command),
) as Language[];
const missing = (Object.keys(languages) as Language[]).filter((language) => !installed.includes(language));
const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0;

const execute = (language: Language, args: readonly string[]) =>
  spawnSync(languages[language].command, args, { cwd: root, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });

/** Exports, runs the program's own check, and gives what it printed. */
async function checked(
  language: Language,
  name: string,
  options: {
    policy: string | Policy;
    scenario?: Vocabulary;
    form?: ExportForm;
    vectors?: number | 'all';
    workspace?: string;
  },
): Promise<{ printed: string; form: string }> {
  const out = join(root, `${name}${languages[language].ending}`);
  const { form } = await exportStudent({ scenario: iceCream, ...options, to: language, out });
  const { stdout, stderr, status } = execute(language, [out]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return { printed: stdout, form };
}

for (const language of missing)
  it.skip(`a program in ${language} is not run: ${languages[language].command} is not installed`, () => {});
if (!hasNumpy) it.skip('a program in Python is not run with NumPy, which is not installed', () => {});

describe.each(installed)('a program in %s', (language) => {
  it('says what the mlp says in all 16,992 states of the ice-cream town, from a table', async () => {
    const { printed, form } = await checked(language, 'mlp', { policy: mlp, vectors: 'all' });
    expect(form).toBe('table');
    expect(printed).toMatch(/^16992 vectors.*, largest difference [1-9]\.\de-0?8\n$/);
  });

  it('says what a logistic regression says, from its weights', async () => {
    const { printed, form } = await checked(language, 'logistic', { policy: 'student:logistic', vectors: 1000 });
    expect(form).toBe('weights');
    expect(printed).toMatch(/^1000 vectors.*, largest difference [1-9]\.\de-0?[78]\n$/);
  });

  it('says what the mlp says from its weights', async () => {
    const { printed } = await checked(language, 'weights', { policy: mlp, form: 'weights', vectors: 40 });
    expect(printed).toMatch(/^40 vectors.*, largest difference [1-9]\.\de-0?[78]\n$/);
  });

  it('exits with 1 where its vectors say something else', async () => {
    await checked(language, 'tampered', { policy: 'student:logistic', vectors: 5 });
    const file = join(root, 'tampered.vectors.csv');
    const rows = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const [p, ...others] = rows[1]!.split(',').reverse();
    rows[1] = [String(Number(p) + 2e-6), ...others].reverse().join(',');
    await writeFile(file, `${rows.join('\n')}\n`);
    expect(execute(language, [join(root, `tampered${languages[language].ending}`)]).status).toBe(1);
  });

  it('holds any words, and names those it knows to whoever says others', async () => {
    const odd = [
      ...[
        '"quoted"',
        "it's",
        'back\\slash',
        '\\n is not a line',
        'two\nlines',
        'tab\there',
        'cr\rlf\r\n',
        `\`tick\` $\{x}`,
      ],
      ...[
        '日本語',
        'naïve café',
        '👩‍👩‍👧 family',
        '\u2028 line',
        '\u202e turned',
        '# not a comment',
        '*/ // """ \'\'\'',
        '%s %d %',
      ],
      ...fc.sample(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), { numRuns: 60, seed: 7 }),
      ...fc.sample(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), { numRuns: 60, seed: 8 }),
    ].filter((text) => text.trim() === text && text !== '' && !text.includes('\0'));
    const phrases = [...new Set(odd.map((text) => text.normalize('NFC')))];
    const actions = ['say "no"\n', 'yes 👍'];
    // Not by way of a scenario, which refuses some of these words.
    const { javascriptProgram } = await import('./javascript.ts');
    const { pythonProgram } = await import('./python.ts');
    const { rProgram } = await import('./r.ts');
    const write = { python: pythonProgram, javascript: javascriptProgram, r: rProgram }[language];
    const text = write({
      ...{
        name: 'odd',
        about: ['odd words', ...phrases],
        phrases,
        actions,
      },
      ...{ exclusive: [[0, 1]], example: [...phrases.keys()] },
      form: {
        kind: 'network',
        head: { kind: 'sigmoid' },
        members: [{ features: [[0]], layers: [{ weights: [[1]], bias: [0] }] }],
      },
    });
    await writeFile(join(root, `odd${languages[language].ending}`), text);
    const { script, run } = languages[language];
    const { stdout, stderr, status } = execute(language, run(script('odd')));
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const words = (points: number[][]) => points.map((text) => String.fromCodePoint(...text));
    const [held, message] =
      language === 'r' ? [lines.slice(0, 2).map(words), words(lines[2])[0]] : [lines[0], lines[1]];
    expect(held).toEqual([phrases, actions]);
    expect(message).toMatch(/^unknown phrase: .nobody says this. \(known: .*\)$/s);
  });

  it.each([
    ['few phrases', 15],
    ['more than fit a dense table', 40],
    ['more than fit an integer', 70],
  ])('has tables of three actions and %s', async (_, size) => {
    const scenario = defineVocabulary({
      id: 'three',
      actions: ['a', 'b', 'c'],
      traits: { groups: { g: Array.from({ length: size }, (_, level) => `g is ${level}`) } },
      contexts: { phrases: ['c1', 'c2'] },
    });
    const rule = policyOf(scenario, ({ traits, contexts }) => {
      const b = contexts.length / 7 + (traits[0]!.endsWith('1') ? 0.3 : 0.1);
      return [0.5 - b / 2, b, 0.5 - b / 2];
    });
    const out = join(root, `three${size}${languages[language].ending}`);
    const { form } = await exportStudent({ scenario, policy: rule, to: language, out, vectors: 'all' });
    expect(form).toBe('table');
    expect(execute(language, [out])).toMatchObject({ status: 0, stderr: '' });
  });
});

it('averages the members of an ensemble', async () => {
  const workspace = join(root, 'ensemble');
  const train = join(root, 'rows.jsonl');
  await using oracle = await openPolicy('oracle', { scenario: iceCream });
  const { tableOf, statesFor } = await import('./table-form.ts');
  const masks = statesFor(iceCream, oracle).filter((_, i) => i % 40 === 0);
  const { probabilities } = await tableOf(iceCream, oracle, masks);
  const rows = Array.from(masks, (mask, i) => {
    const held = iceCream.sets.indices(mask).map((j) => iceCream.phrases[j]!);
    const of = (kind: readonly string[]) => held.filter((phrase) => kind.includes(phrase));
    return JSON.stringify({
      traits: of(iceCream.traits),
      context: of(iceCream.contexts),
      probability_LLM: probabilities[2 * i + 1],
    });
  });
  await writeFile(train, `${rows.join('\n')}\n`);
  await trainEnsemble({ student: 'logistic', members: 2, train, workspace, scenario: iceCream, epochs: 2 });
  const { form } = await checked('javascript', 'ensemble', { policy: 'student:ensemble', workspace });
  expect(form).toBe('weights');
});

describe('what cannot be written', () => {
  const wide = defineVocabulary({
    id: 'wide',
    actions: ['no', 'yes'],
    traits: { phrases: Array.from({ length: 20 }, (_, i) => `t${i}`) },
    contexts: { phrases: ['c'] },
  });
  it('is refused with the number of states and the limit', async () => {
    const refused = (to: 'python' | 'table') =>
      exportStudent({ scenario: wide, policy: 'uniform', to, workspace: root });
    await expect(refused('table')).rejects.toThrow('wide has 2,097,152 states, a table has at most 262,144');
    await expect(refused('python')).rejects.toThrow(/^uniform:2 has no weights, and wide has 2,097,152 states, where/);
  });
  it('is refused with what would do', async () => {
    const out = (file: string) => ({ scenario: iceCream, policy: 'oracle', out: join(root, file) });
    await expect(exportStudent({ ...out('x.py'), to: 'python', form: 'weights' })).rejects.toThrow(
      /export it as a table$/,
    );
    await expect(exportStudent({ ...out('not-a-name.py'), to: 'python' })).rejects.toThrow(
      /letters, digits and _, got not-a-name.py$/,
    );
    await expect(exportStudent({ ...out('x.f90'), to: 'fortran' as never })).rejects.toThrow(
      'unknown language: fortran (known: python, r, javascript, netlogo, julia, table)',
    );
  });
});

it('writes all states as a table that a spreadsheet opens', async () => {
  const out = join(root, 'all.csv');
  await exportStudent({ scenario: iceCream, policy: 'oracle', to: 'table', out });
  const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(16_993);
  expect(lines[0]).toBe([...iceCream.phrases, 'P(skip)', 'P(buy)'].join(','));
  expect(lines[1]).toMatch(/^1,(0,){15}0\.\d+,0\.\d+$/);
});
