import { describe, expect, it } from 'vitest';
import { fromPhrases, type Observations } from '../../env/observation.ts';
import { states } from '../../env/sampling/states.ts';
import { iceCream as scenario } from '../../scenarios/ice-cream-v1/scenario.ts';
import { openPolicy } from '../../scenarios/open.ts';
import { effectsOf } from './effects.ts';
import { explain } from './explanation.ts';

const maskOf = (traits: string[], context: string[]) => fromPhrases(scenario, [{ traits, context }]).masks[0]!;
/** Buys with a probability that a rule gives for the phrases that hold. */
const policyOf = (rule: (has: (phrase: string) => boolean) => number) => ({
  id: 'rule',
  asked: 0,
  async decide({ masks }: Observations) {
    this.asked += masks.length;
    const probabilities = Float64Array.from(masks, (mask) =>
      rule((phrase) => scenario.sets.indices(mask).includes(scenario.phrases.indexOf(phrase))),
    );
    return {
      probabilities: Float64Array.from({ length: 2 * masks.length }, (_, i) =>
        i % 2 ? probabilities[i >> 1]! : 1 - probabilities[i >> 1]!,
      ),
      outcomes: Array.from(masks, (_, i) => (Number.isNaN(probabilities[i]) ? ('timeout' as const) : ('ok' as const))),
    };
  },
});
const sweet = scenario.traits[0]!;
const [first, second] = scenario.contexts as readonly [string, string];
const allowed = (a: string, b: string) =>
  !scenario.conflicts.some((pair) => pair.every((j) => [a, b].includes(scenario.phrases[j]!)));
const other = scenario.contexts.find((context) => context !== first && allowed(first, context)) ?? second;

describe('an explanation', () => {
  it('of an additive policy names its terms, none for a phrase that it does not look at', async () => {
    const additive = policyOf((has) => 0.2 + (has(sweet) ? 0.3 : 0) - (has(first) ? 0.1 : 0));
    const found = await explain(additive, scenario, maskOf([sweet], [first, other]));
    expect(additive.asked).toBe(8);
    expect(found.baseline).toBe(0.2);
    expect(found.probability).toBeCloseTo(0.4, 12);
    const values = Object.fromEntries(found.contributions.map(({ phrase, value }) => [phrase, value]));
    expect(values[sweet]).toBeCloseTo(0.3, 12);
    expect(values[first]).toBeCloseTo(-0.1, 12);
    expect(values[other]).toBeCloseTo(0, 12);
    for (const { value } of found.interactions) expect(value).toBeCloseTo(0, 12);
  });

  it('says apart what a phrase adds beside a trait, whatever the policy says without any', async () => {
    const trait = (has: (phrase: string) => boolean) => scenario.traits.some(has);
    const strange = policyOf((has) => (trait(has) ? 0.2 + (has(first) ? 0.1 : 0) : 0.9));
    const found = await explain(strange, scenario, maskOf([sweet], [first]));
    // Alone .9 − .9 with no trait and .1 beside one: .05 as a Shapley value.
    expect(found.contributions).toEqual([
      { phrase: sweet, value: expect.closeTo(-0.65, 12) },
      { phrase: first, value: expect.closeTo(0.05, 12), inside: expect.closeTo(0.1, 12) },
    ]);
  });

  it('of AND shares it between its two phrases, whose interaction comes first', async () => {
    const and = policyOf((has) => Number(has(sweet) && has(first)));
    const { interactions } = await explain(and, scenario, maskOf([sweet], [first, other]));
    expect(interactions).toHaveLength(3);
    expect(interactions[0]!.phrases).toEqual([sweet, first]);
    expect(interactions[0]!.value).toBeCloseTo(1, 12);
  });

  it('of a student adds up to its P beyond that of no phrase', async () => {
    await using student = await openPolicy('student:encoder', { workspace: 'an/empty/place' });
    const { contributions, probability, baseline } = await explain(student, scenario, maskOf([sweet], [first, other]));
    expect(contributions.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(probability - baseline, 12);
  });

  it('is refused where a subset has no answer, which it names', async () => {
    const silent = policyOf((has) => (has(first) ? Number.NaN : 0.5));
    await expect(explain(silent, scenario, maskOf([sweet], [first]))).rejects.toThrow(`(timeout) to {${first}}`);
  });
});

const [, , health] = scenario.traits as readonly [string, string, string];

describe('effects', () => {
  it('of an additive policy are its terms in every state, and pairs have none', async () => {
    const additive = policyOf((has) => 0.2 + (has(sweet) ? 0.3 : 0) - (has(first) ? 0.1 : 0));
    const masks = [maskOf([sweet, health], [first]), maskOf([sweet, health], []), maskOf([sweet], [other])];
    const { effects } = await effectsOf(additive, scenario, masks);
    const main = (phrase: string) => effects.find((one) => one.phrase === phrase && one.beside === undefined)!;
    // Where it is the only trait, nothing can be held against it.
    expect(main(sweet)).toMatchObject({ states: 2, mean: expect.closeTo(0.3, 12) });
    expect(main(first)).toMatchObject({ states: 1, mean: expect.closeTo(-0.1, 12) });
    expect(main(other)).toMatchObject({ states: 1, mean: expect.closeTo(0, 12) });
    for (const { beside, meanAbsolute } of effects) if (beside) expect(meanAbsolute).toBeCloseTo(0, 12);
    expect(effects.map(({ phrase, beside }) => [phrase, beside])).toEqual([
      ...[sweet, health, first, other].map((phrase) => [phrase, undefined]),
      [sweet, first],
      [health, first],
    ]);
  });

  it('of AND are those of the pair, where another trait is there before', async () => {
    const and = policyOf((has) => Number(has(sweet) && has(first)));
    const { effects } = await effectsOf(and, scenario, [maskOf([sweet, health], [first])]);
    expect(effects.find(({ beside }) => beside === first)).toMatchObject({ phrase: sweet, states: 1, mean: 1 });
  });

  it('ask nothing about sets without a trait, so what extrapolates there makes no difference', async () => {
    const masks = [maskOf([sweet, health], [first, other]), maskOf([health], [first])];
    const rule = (has: (phrase: string) => boolean) => 0.3 + (has(sweet) && has(first) ? 0.2 : 0);
    const trait = (has: (phrase: string) => boolean) => scenario.traits.some(has);
    const silent = policyOf((has) => (trait(has) ? rule(has) : Number.NaN));
    const wild = policyOf((has) => (trait(has) ? rule(has) : 0.9));
    expect(await effectsOf(silent, scenario, masks)).toEqual(await effectsOf(wild, scenario, masks));
    // Of 16 subsets those with a trait, which the three of the second state are among.
    expect(silent.asked).toBe(12);
  });

  it('of a scenario without traits are plain Shapley values', async () => {
    const bare = { ...scenario, traits: [], contexts: scenario.phrases };
    const and = policyOf((has) => Number(has(sweet) && has(first)));
    const { effects } = await effectsOf(and, bare, [maskOf([sweet], [first])]);
    expect(effects.map(({ mean }) => mean)).toEqual([0.5, 0.5, 1]);
  });

  it('over all states of a student count each phrase where it holds beside another trait', async () => {
    await using student = await openPolicy('student:logistic', { workspace: 'an/empty/place' });
    const masks = [...states(scenario)];
    const { effects } = await effectsOf(student, scenario, masks);
    expect(effects.filter(({ beside }) => !beside)).toHaveLength(scenario.phrases.length);
    const traits = 2 ** scenario.traits.length - 1;
    const notAlone = masks.filter((mask) => mask & 1 && (mask & traits) !== 1);
    expect(effects[0]!.states).toBe(notAlone.length);
    for (const { mean, meanAbsolute } of effects) expect(meanAbsolute).toBeGreaterThanOrEqual(Math.abs(mean) - 1e-12);
  });
});
