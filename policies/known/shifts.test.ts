import { describe, expect, it } from 'vitest';
import { observations } from '../../env/observation.ts';
import { iceCream } from '../../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../../scenarios/mobility-v1/scenario.ts';
import { openTeacher, requireTeacherName } from '../open.ts';
import type { AskOptions } from '../policy.ts';

const hot = iceCream.sets.of([iceCream.phrases.indexOf('hot summer day')]);
const logit = (p: number) => Math.log(p / (1 - p));

async function answers(name: string, masks: readonly number[], options: AskOptions = {}, scenario = iceCream) {
  await using teacher = await openTeacher(name, { scenario });
  return (await teacher.ask(observations(scenario, masks), options)).map(({ probabilities }) => probabilities!);
}

describe('an oracle with planted shifts', () => {
  it.each<[string, AskOptions]>([
    ['paraphrase:1', { paraphrase: 1 }],
    ['slots:moved', { layout: { slots: 'moved' } }],
    ['order:reversed', { layout: { order: 'reversed' } }],
    ['list:lines', { layout: { list: 'lines' } }],
    ['punctuation:quoted', { layout: { punctuation: 'quoted' } }],
    ['elicit:choice', { elicit: 'choice' }],
    ['temperature:0.5', { elicit: 'sample', temperature: 0.5 }],
  ])('%s answers otherwise when it is asked so, and as ever when it is not', async (level, options) => {
    requireTeacherName(`oracle?${level}=1`);
    const [planted] = await answers(`oracle?${level}=1`, [hot], options);
    const [plain] = await answers('oracle', [hot], options);
    expect(planted![1]).toBeGreaterThan(plain![1]!);
    expect(await answers(`oracle?${level}=1`, [hot], { elicit: 'greedy' })).toEqual(await answers('oracle', [hot], { elicit: 'greedy' })); // biome-ignore format: one line
  });

  it('moves those alone who have the phrase, by exactly so many logits, the action that is named', async () => {
    const town = mobilityTown();
    const [rain, dry] = [town.sets.of([town.phrases.indexOf('it is raining')]), town.sets.of([0])];
    const asked = { layout: { list: 'lines' } } as const;
    const [wet, other] = await answers('oracle?list:lines*it is raining@bus=1.5', [rain, dry], asked, town);
    const [before, same] = await answers('oracle', [rain, dry], asked, town);
    const bus = town.actions.indexOf('bus');
    const odds = (p: readonly number[], action: number) => Math.log(p[action]! / p[0]!);
    expect(odds(wet!, bus) - odds(before!, bus)).toBeCloseTo(1.5, 9);
    expect(odds(wet!, 1)).toBeCloseTo(odds(before!, 1), 9);
    expect(other).toEqual(same);
  });

  it('draws a shift for each level from a normal law, the same for the same seed', async () => {
    const moved = async (seed: number, paraphrase: number, order: string) => {
      const of = async (name: string) => (await answers(name, [hot], { paraphrase, layout: { order } }))[0]![1]!;
      return logit(await of(`oracle?wording=0.4&seed=${seed}`)) - logit(await of('oracle'));
    };
    expect(await moved(1, 0, 'declared')).toBe(await moved(1, 0, 'declared'));
    const values = await Promise.all(Array.from({ length: 60 }, (_, i) => moved(2, i % 3, `shuffle-${i + 1}`)));
    expect(new Set(values).size).toBe(60);
    expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / 60)).toBeLessThan(0.17);
    // The mean of a reply in hundredths moves a little less than the rule itself.
    expect(Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / 60)).toBeGreaterThan(0.25);
  });

  it('is another teacher than the plain one', async () => {
    await using plain = await openTeacher('oracle', { scenario: iceCream });
    await using shifted = await openTeacher('oracle?list:lines=1', { scenario: iceCream });
    expect(shifted.id).not.toBe(plain.id);
  });

  it.each([
    ['lists:lines=1', 'unknown facet of a shift: lists (known: paraphrase, slots'],
    ['list:lines*hot=1', 'unknown phrase of ice-cream-v1: hot (known: likes sweets'],
    ['list:lines@sell=1', 'unknown action of ice-cream-v1 beside the first: sell (known: buy)'],
    ['list:lines', 'expected FACET[:LEVEL][*PHRASE][@ACTION]=LOGITS, got "list:lines"'],
    ['list:lines=x', 'expected FACET[:LEVEL][*PHRASE][@ACTION]=LOGITS'],
  ])('%s: %s', async (shifts, message) => {
    await expect(openTeacher(`oracle?${shifts}`, { scenario: iceCream })).rejects.toThrow(message);
  });
});
