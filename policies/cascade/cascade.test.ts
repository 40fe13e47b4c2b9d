import { describe, expect, it } from 'vitest';
import { observations } from '../../env/observation.ts';
import { philox4x32, sequence } from '../../env/random.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { AskedOnce } from '../asked-once.ts';
import { describePolicy } from '../conformance.ts';
import { openPolicy } from '../open.ts';
import type { Policy } from '../policy.ts';
import { policyOf } from '../policy-of.ts';
import { cascade } from './cascade.ts';
import { observationsMet } from './met.ts';
import { readCascade } from './name.ts';
import { conformalBand, type Residual, spreadOf } from './unsure.ts';

const town = mobilityTown();

describePolicy('cascade', () => openPolicy('cascade:uniform?questions=60,oracle', { scenario: town }), {
  scenario: town,
});

const server = 'server:http://me@127.0.0.1:1/v1?a=b,c#org/model:q4';
describe('the name of a cascade', () => {
  it.each([
    ['mlp,oracle', { students: ['mlp'], teacher: 'oracle', questions: 500 }],
    ['mlp?questions=40,oracle', { students: ['mlp'], teacher: 'oracle', questions: 40 }],
    ['mlp,oracle?questions=40', { students: ['mlp'], teacher: 'oracle', questions: 40 }],
    [
      'mlp+encoder?above=.05&questions=9,tiny',
      { students: ['mlp', 'encoder'], teacher: 'tiny', above: 0.05, questions: 9 },
    ],
    [`student:mlp?above=0.1,${server}`, { students: ['student:mlp'], teacher: server, above: 0.1 }],
    [`mlp,${server}?questions=7`, { students: ['mlp'], teacher: server, questions: 7 }],
    // An option of the server's own is its own.
    [
      'mlp,server:http://h/v1?questions=7#m',
      { students: ['mlp'], teacher: 'server:http://h/v1?questions=7#m', questions: 500 },
    ],
  ])('%s is read', (text, expected) => expect(readCascade(text)).toEqual(expected));

  it.each([
    ['mlp', 'names no teacher'],
    ['mlp,', 'names no teacher'],
    [',tiny', 'names a student without a name'],
    ['mlp+mlp,tiny', 'names a student twice'],
    ['mlp?questions=0,tiny', 'has questions=0, and needs a whole number of at least 1'],
    ['mlp?above=2,tiny', 'has above=2, and needs a number between 0 and 1'],
    ['mlp?questions=5&questions=6,tiny', 'says questions twice'],
    ['mlp?questions=5,tiny?questions=6', 'says twice how much is asked'],
    ['mlp,cascade:mlp,tiny', 'has a cascade as its teacher'],
  ])('%s is refused', (text, why) => expect(() => readCascade(text)).toThrow(why));
});

/** A teacher that notes what it is asked. */
function noting(scenario: Vocabulary, decide: (mask: number) => number[]) {
  const asked: number[] = [];
  const teacher: Policy = {
    ...{ id: 'teacher', scenario: scenario.id },
    decide: async ({ masks }) => {
      asked.push(...masks);
      return {
        probabilities: Float64Array.from([...masks].flatMap(decide)),
        outcomes: Array.from(masks, () => 'ok' as const),
      };
    },
    [Symbol.asyncDispose]: async () => {},
  };
  return { teacher, asked };
}

describe('a cascade', () => {
  const k = town.actions.length;
  const uniform = policyOf(town, () => new Array<number>(k).fill(1 / k), { id: 'flat' });
  /** Errs where somebody is in a hurry, and nowhere else. */
  const hurried = town.phrases.indexOf('always in a hurry');
  const truth = (mask: number) => (town.sets.holds(mask, hurried) ? [0, 0, 0, 0, 1] : new Array<number>(k).fill(1 / k));

  it('asks no more than it may, each once, the same in whatever order and company it decides', async () => {
    const { teacher, asked } = noting(town, truth);
    const masks = Array.from({ length: 400 }, (_, i) => philox4x32([i, 0, 0, 0], [1, 2])[0] % 2 ** town.phrases.length);
    const one = cascade(town, { students: [uniform], teacher, questions: 120 });
    const all = await one.decide(observations(town, masks));
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThanOrEqual(120);
    const other = cascade(town, { students: [uniform], teacher: noting(town, truth).teacher, questions: 120 });
    for (let i = masks.length - 1; i >= 0; i -= 7) {
      const { probabilities } = await other.decide(observations(town, [masks[i]!]));
      expect([...probabilities]).toEqual([...all.probabilities.subarray(i * k, (i + 1) * k)]);
    }
    expect(other.id).toBe(one.id);
  });

  it('learns where its student errs, and spends what is left there', async () => {
    const occurring = [...(await observationsMet(town, AskedOnce.of(town, uniform))).keys()];
    const { teacher, asked } = noting(town, truth);
    const one = cascade(town, { students: [uniform], teacher, questions: 160 });
    const { probabilities } = await one.decide(observations(town, occurring));
    expect(asked).toHaveLength(160);
    // A quarter is spent on what is met, whatever it is.
    const shareOf = (masks: readonly number[]) =>
      masks.filter((mask) => town.sets.holds(mask, hurried)).length / masks.length;
    expect(shareOf(asked.slice(0, 40))).toBeLessThan(0.5);
    expect(shareOf(asked.slice(40))).toBeGreaterThan(0.9);
    const ofTeacher = new Set(asked);
    occurring.forEach((mask, i) => {
      const row = [...probabilities.subarray(i * k, (i + 1) * k)];
      expect(row).toEqual(ofTeacher.has(mask) ? truth(mask) : new Array(k).fill(1 / k));
    });
  });

  it('of several students asks where they differ, by a threshold of sureness too', async () => {
    const bold = policyOf(
      town,
      ({ traits }) => (traits.includes('always in a hurry') ? [0, 0, 0, 0, 1] : [0.2, 0.2, 0.2, 0.2, 0.2]),
      { id: 'bold' },
    );
    const { teacher, asked } = noting(town, truth);
    const one = cascade(town, { students: [uniform, bold], teacher, above: 0.2 });
    const masks = [0, 1 << hurried, 3, (1 << hurried) | 1];
    const { probabilities } = await one.decide(observations(town, masks));
    expect(asked.sort((a, b) => a - b)).toEqual([1 << hurried, (1 << hurried) | 1].sort((a, b) => a - b));
    expect([...probabilities.subarray(k, 2 * k)]).toEqual([0, 0, 0, 0, 1]);
    expect([...probabilities.subarray(0, k)]).toEqual(new Array(k).fill(0.2));
    expect(
      spreadOf([
        [0.5, 0.5],
        [0.7, 0.3],
      ]),
    ).toBeCloseTo(0.1, 12);
  });

  it('says what it needs', () => {
    const { teacher } = noting(town, truth);
    expect(() => cascade(town, { students: [uniform], teacher, questions: 39 })).toThrow(
      'a cascade of one student needs 40 questions or more to learn where it errs, got 39; name several students',
    );
    const { agent: _, ...words } = iceCream;
    expect(() => cascade(words as Vocabulary, { students: [uniform], teacher, questions: 50 })).toThrow('above=0.05');
  });
});

describe('a conformal band', () => {
  // Split conformal prediction: at least 90 % in the mean over held-out sets, whatever the residuals look like.
  it('holds nine of ten new residuals, and is wider where these are larger', () => {
    const random = sequence(1, 'sampling');
    const draw = (): Residual => {
      const mask = Math.floor(random() * 2 ** 10);
      return { mask, residual: random() ** 2 * (mask & 1 ? 0.6 : 0.1) };
    };
    let [held, all, wide, narrow] = [0, 0, 0, 0];
    for (let trial = 0; trial < 60; trial++) {
      const band = conformalBand(iceCream, Array.from({ length: 60 }, draw));
      for (let i = 0; i < 20; i++) {
        const { mask, residual } = draw();
        if (residual <= band(mask)) held++;
        all++;
        if (mask & 1) wide += band(mask);
        else narrow += band(mask);
      }
    }
    expect(held / all).toBeGreaterThan(0.88);
    expect(wide / narrow).toBeGreaterThan(1.15);
  });
});
