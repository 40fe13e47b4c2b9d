import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromPhrases } from '../../../env/observation.ts';
import { sequence } from '../../../env/random.ts';
import { firstStates, sampleObservations } from '../../../env/sampling/sampling.ts';
import type { Vocabulary } from '../../../env/scenario.ts';
import { defineVocabulary } from '../../../env/vocabulary.ts';
import { coefficientsOf } from '../../../measure/explain/coefficients.ts';
import { openTeacher } from '../../../policies/open.ts';
import { openStudent } from '../../../policies/students/open.ts';
import { iceCreamRule } from '../../../scenarios/ice-cream-v1/rule.ts';
import { iceCream } from '../../../scenarios/ice-cream-v1/scenario.ts';
import { exportStudent } from '../../export/export-student.ts';
import { train } from '../train.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'understudy-rules-'));
});
afterAll(() => rm(root, { recursive: true }));

const rowOf = ({ phrases, traits }: Vocabulary, held: readonly number[], label: object) =>
  JSON.stringify({
    traits: held.filter((j) => j < traits.length).map((j) => phrases[j]),
    context: held.filter((j) => j >= traits.length).map((j) => phrases[j]),
    ...label,
  });

async function trained(scenario: Vocabulary, name: string, rows: readonly string[]) {
  const [workspace, file] = [join(root, name), join(root, `${name}.jsonl`)];
  await writeFile(file, `${rows.join('\n')}\n`);
  const { students, rules } = await train({ student: 'rules', train: file, workspace, scenario });
  const student = await openStudent('rules', { scenario, workspace });
  const { architecture } = student.config;
  const terms = (architecture.kind === 'logistic' ? (architecture.terms ?? []) : []).map(String).sort();
  return { workspace, student, terms, rules: rules!, trained: students[0]! };
}

describe('rules of the ice-cream oracle’s replies', () => {
  let found: Awaited<ReturnType<typeof trained>>;
  beforeAll(async () => {
    await using oracle = await openTeacher('oracle', { scenario: iceCream });
    const batch = sampleObservations(iceCream, { size: 2500, order: 'shuffled', seed: 3 });
    const answers = await oracle.ask(batch, { elicit: 'sample' });
    const rows = answers.map(({ probabilities }, i) =>
      rowOf(iceCream, batch.orders![i]!, { probability_LLM: probabilities![1] }),
    );
    found = await trained(iceCream, 'ice', rows);
  });
  afterAll(() => found.student[Symbol.asyncDispose]());

  it('are every planted effect, pair and triple, and nothing else', () => {
    const { main, pairs, triples } = iceCreamRule;
    const planted = [...main.map((_, j) => [j]), ...[...pairs, ...triples].map(({ phrases }) => [...phrases])];
    expect(found.terms).toEqual(planted.map(String).sort());
  });

  it('have the sizes that were planted', () => {
    const { scale, main, pairs } = iceCreamRule;
    const all = coefficientsOf(found.student)!;
    for (const [j, effect] of main.entries()) {
      const own = all.find(({ phrase, beside }) => phrase === iceCream.phrases[j] && beside === undefined);
      expect(own!.logOdds, iceCream.phrases[j]).toBeCloseTo(scale * effect, 0.5);
      expect(Math.abs(own!.logOdds - scale * effect)).toBeLessThan(0.12);
    }
    const [{ phrases, effect }] = pairs as [(typeof pairs)[number]];
    const pair = all.find(
      ({ phrase, beside }) => phrase === iceCream.phrases[phrases[0]!] && beside === iceCream.phrases[phrases[1]!],
    );
    expect(Math.abs(pair!.logOdds - scale * effect)).toBeLessThan(0.12);
  });

  it('say the same as a network, in words, in TypeScript, in Python and when exported', async () => {
    const cases = [[], ['likes sweets', 'hot summer day', 'ice cream truck nearby'], ['cheap', 'after lunch']];
    const observed = fromPhrases(
      iceCream,
      cases.map((held) => ({
        traits: held.filter((phrase) => iceCream.traits.includes(phrase)),
        context: held.filter((phrase) => iceCream.contexts.includes(phrase)),
      })),
    );
    const { probabilities } = await found.student.decide(observed);
    const text = await readFile(join(found.workspace, 'results', 'rules.md'), 'utf8');
    expect(text).toBe(found.rules);
    expect(text).toMatch(/^- "Hot summer day"|^- "hot summer day" multiplies the odds by 2\.\d\d \(\+0\.8\d\d\)\.$/m);
    const code = (language: string) => new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(text)![1]!;
    const file = join(root, 'rules-in-words.ts');
    await writeFile(file, code('ts'));
    const inTypeScript = await import(/* @vite-ignore */ file);
    for (const [i, held] of cases.entries())
      expect(inTypeScript.probabilities(new Set(held)).buy).toBeCloseTo(probabilities[2 * i + 1]!, 6);
    const script = `${code('python')}\nimport json\nprint(json.dumps([probabilities(h)["buy"] for h in ${JSON.stringify(cases)}]))`;
    const { stdout, error } = spawnSync('python3', ['-c', script], { encoding: 'utf8' });
    if (error === undefined)
      JSON.parse(stdout).forEach((p: number, i: number) => {
        expect(p).toBeCloseTo(probabilities[2 * i + 1]!, 6);
      });
    const out = join(root, 'rules.mjs');
    const { form } = await exportStudent({ scenario: iceCream, policy: found.student, to: 'javascript', out });
    expect(form).toBe('weights');
    const exported = await import(/* @vite-ignore */ out);
    for (const [i, held] of cases.entries())
      expect(exported.probabilities(held).buy).toBeCloseTo(probabilities[2 * i + 1]!, 6);
  });
});

const three = defineVocabulary({
  id: 'three',
  actions: ['stay', 'bus', 'car'],
  traits: { phrases: Array.from({ length: 10 }, (_, j) => `t${j}`) },
  contexts: { phrases: Array.from({ length: 6 }, (_, j) => `c${j}`) },
});
/** Planted effects on bus and car. */
const effects = new Map([
  ['0', [0.8, 0]],
  ['3', [0, -0.9]],
  ['11', [0.6, 0.6]],
  ['1,12', [-0.9, 0]],
  ['4,5', [0, 0.9]],
]);
const truth = (held: readonly number[]) => {
  const odds = [0, -0.3, 0.2];
  for (const [term, sizes] of effects)
    if (term.split(',').every((phrase) => held.includes(Number(phrase))))
      sizes.forEach((size, a) => (odds[a + 1]! += size));
  const weights = odds.map(Math.exp);
  return weights.map((weight) => weight / weights.reduce((a, b) => a + b));
};
const heldOf = (size: number) => Array.from(firstStates(three, 5, size), (mask) => three.sets.indices(mask));

it('rules of three actions are those that were planted, each on its actions', async () => {
  const random = sequence(1, 'training');
  const rows = heldOf(1500).map((held) => {
    const noisy = truth(held).map((p) => p * Math.exp(0.4 * (random() + random() - 1)));
    return rowOf(three, held, {
      probabilities: Object.fromEntries(
        three.actions.map((action, a) => [action, noisy[a]! / noisy.reduce((x, y) => x + y)]),
      ),
    });
  });
  const { terms, student, rules } = await trained(three, 'three', rows);
  expect(terms).toEqual([...effects.keys()].sort());
  expect(rules).toContain('The odds of bus against stay are');
  const car = coefficientsOf(student)!.find(({ action, phrase }) => action === 'car' && phrase === 't3')!;
  expect(Math.abs(car.logOdds + 0.9)).toBeLessThan(0.1);
  await student[Symbol.asyncDispose]();
});

it('rules of single choices are those that were planted', async () => {
  const random = sequence(2, 'training');
  const rows = heldOf(12_000).map((held) => {
    const [stay, bus] = truth(held) as [number, number];
    const u = random();
    return rowOf(three, held, { action: u < stay ? 'stay' : u < stay + bus ? 'bus' : 'car' });
  });
  const { terms, student } = await trained(three, 'choices', rows);
  expect(terms).toEqual([...effects.keys()].sort());
  await student[Symbol.asyncDispose]();
});

it('finds none where labels are noise, and says so', async () => {
  const random = sequence(3, 'training');
  const rows = heldOf(400).map((held) => rowOf(three, held, { action: three.actions[Math.floor(3 * random())] }));
  await expect(trained(three, 'noise', rows)).rejects.toThrow(/there are no rules to learn$/);
});
