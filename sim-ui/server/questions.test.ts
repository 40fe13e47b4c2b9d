import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phrasesOf } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { reaskedSchema, weightsSchema, whatIfAnswerSchema } from '../protocol/questions.ts';
import { Cast } from './cast.ts';
import { Allowance, Questions } from './questions.ts';

let cast: Cast;
let paid: Cast;
beforeAll(async () => {
  const options = { scenario: iceCream, policy: 'student:logistic', onChange: () => {} };
  [cast, paid] = await Promise.all([
    Cast.open({ ...options, teacher: 'oracle' }),
    Cast.open({ ...options, teacher: 'tiny' }),
  ]);
  await Promise.all([cast.opened('oracle'), paid.opened('tiny')]);
});
afterAll(() => Promise.all([cast.close(), paid.close()]));

const { traits, contexts } = iceCream;
const conflicting = iceCream.conflicts[0]!.map((phrase) => iceCream.phrases[phrase]!);
const split = (phrases: readonly string[]) => ({
  traits: phrases.filter((phrase) => traits.includes(phrase)),
  context: phrases.filter((phrase) => contexts.includes(phrase)),
});
const somebody = { traits: [traits[0]!], context: [contexts[0]!] };

describe('questions about phrases', () => {
  it('are answered by every policy as it answers about an agent, and remembered by none', async () => {
    const questions = new Questions(cast, iceCream);
    const before = cast.members.map(({ policy }) => policy?.size);
    const { verdicts } = whatIfAnswerSchema.parse(await questions.whatIf({ ...somebody, ask: false }, false));
    expect(verdicts[0]).toMatchObject({ name: 'oracle', state: 'known' });
    expect(cast.members.map(({ policy }) => policy?.size)).toEqual(before);
    const student = cast.ready('student:logistic').policy;
    const mask = iceCream.sets.of([0, traits.length]);
    await student.learn([mask]);
    const told = verdicts.find(({ name }) => name === 'student:logistic')!.probabilities!;
    expect(told[1]).toBeCloseTo(student.probability(mask, 1), 6);
  });

  it('say which two phrases cannot hold together', async () => {
    const questions = new Questions(cast, iceCream);
    const asked = questions.whatIf({ ...split(conflicting), ask: false }, true);
    await expect(asked).rejects.toThrow(`"${conflicting[0]}" and "${conflicting[1]}", which conflict`);
  });

  it('name the phrases that move a policy most, by leaving each out', async () => {
    const phrases = phrasesOf(iceCream, { width: iceCream.phrases.length, masks: Uint32Array.of(0) }, 0);
    expect(phrases.traits).toEqual([]);
    const questions = new Questions(cast, iceCream);
    const weights = weightsSchema.parse(await questions.weigh({ ...somebody, policy: 'oracle' }, false));
    expect(weights.without.map(({ phrase }) => phrase).sort()).toEqual([traits[0], contexts[0]].sort());
    const [most, least] = weights.without;
    expect(most!.distance).toBeGreaterThanOrEqual(least!.distance);
    const [alone] = (await questions.whatIf({ ...somebody, context: [], ask: false }, false)).verdicts;
    const less = weights.without.find(({ phrase }) => phrase === contexts[0])!;
    expect(less.probabilities[1]).toBeCloseTo(alone!.probabilities![1]!, 12);
  });

  it('ask a language model for the token only, and within an allowance', async () => {
    let now = 0;
    const questions = new Questions(paid, iceCream, new Allowance(() => now));
    const question = { ...somebody, ask: true };
    await expect(questions.whatIf(question, false)).rejects.toThrow('that takes the token');
    await expect(questions.reask({ ...somebody, by: 'seed', times: 3 }, false)).rejects.toThrow('that takes the token');
    const { verdicts } = await questions.whatIf({ ...question, ask: false }, false);
    expect(verdicts[0]).toEqual({ name: 'tiny', state: 'unasked' });
    expect((await questions.whatIf(question, true)).verdicts[0]).toMatchObject({ name: 'tiny', state: 'known' });
    const again = reaskedSchema.parse(await questions.reask({ ...somebody, by: 'seed', times: 3 }, true));
    expect(again.answers).toHaveLength(3);
    const allowance = new Allowance(() => now);
    allowance.spend(60);
    expect(() => allowance.spend(1)).toThrow(/at once.*try again in 2 s/);
    now += 2000;
    allowance.spend(1);
  });

  it('show the spread of answers that are asked for again', async () => {
    const questions = new Questions(cast, iceCream);
    const { answers, spread } = reaskedSchema.parse(
      await questions.reask({ ...somebody, by: 'seed', times: 20 }, false),
    );
    const ps = answers.map(({ probabilities }) => probabilities![1]!);
    expect(new Set(ps).size).toBeGreaterThan(1);
    const mean = ps.reduce((sum, p) => sum + p, 0) / 20;
    expect(spread!.mean[1]).toBeCloseTo(mean, 12);
    expect(spread!.sd[1]).toBeCloseTo(Math.sqrt(ps.reduce((sum, p) => sum + (p - mean) ** 2, 0) / 19), 12);
    const wordings = await questions.reask({ ...somebody, by: 'wording', times: 20 }, false);
    expect(wordings.answers).toHaveLength(iceCream.prompt.paraphrases.length);
  });
});
