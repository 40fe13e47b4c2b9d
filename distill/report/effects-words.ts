import type { ModelEffect } from '../explain/effects-table.ts';
import { bestExplained, explained, mainEffects, pairsOf } from './explained.ts';
import type { Finding } from './stability-words.ts';
import type { StudyFiles } from './study-files.ts';
import { listed, short } from './words.ts';

/** An effect that is smaller is no finding. */
const SMALL = 0.005;

/** Which phrases decide, whether the models agree on it, and which pair does most together. */
export function effectsFindings(study: StudyFiles, action: string): Finding[] {
  const best = bestExplained(study);
  if (best === undefined) return [];
  const sentences = [
    ...extreme(study, best, -1, `lowers P(${action}) most`),
    ...extreme(study, best, 1, `raises P(${action}) most`),
    ...divided(study, action),
    ...together(study),
  ];
  return sentences.length > 0 ? [{ topic: 'What decides', text: sentences.join(' ') }] : [];
}

/** The phrase that does most in one direction, by the best model, and who names another one. */
function extreme(study: StudyFiles, best: string, sign: 1 | -1, does: string): string[] {
  const most = (model: string) => {
    const row = mainEffects(study)
      .filter((effect) => effect.model === model)
      .reduce<ModelEffect | undefined>(
        (top, now) => (top && sign * top.mean >= sign * now.mean ? top : now),
        undefined,
      );
    return row && sign * row.mean >= SMALL ? [{ ...row, model }] : [];
  };
  const [first] = most(best);
  if (!first) return [];
  const all = explained(study);
  const named = all.flatMap(most);
  const same = named.filter(({ phrase }) => phrase === first.phrase);
  const others = named.filter(({ phrase }) => phrase !== first.phrase);
  const sizes = same.map(({ mean }) => Math.abs(mean)).sort((a, b) => a - b);
  const [low, high] = [short(sizes[0]!), short(sizes.at(-1)!)];
  const by = low === high ? `by ${low} on average` : `by ${low} to ${high} on average`;
  const models = same.map(({ model }) => model);
  const whose = models.length === all.length && all.length > 2 ? `all ${all.length} models` : listed(models);
  const but = others.map(({ model, phrase, mean }) => `in ${model} it is “${phrase}” (${short(Math.abs(mean))})`);
  return [`“${first.phrase}” ${does}, ${by}, in ${whose}${but.length > 0 ? `; ${listed(but)}` : ''}.`];
}

/** Phrases that one model says help and another says hinder. */
function divided(study: StudyFiles, action: string): string[] {
  const main = mainEffects(study);
  const phrases = [...new Set(main.map(({ phrase }) => phrase))].filter((phrase) => {
    const means = main.filter((row) => row.phrase === phrase).map(({ mean }) => mean);
    return Math.min(...means) <= -SMALL && Math.max(...means) >= SMALL;
  });
  return phrases.length > 0
    ? [
        `Models disagree whether ${listed(phrases.map((phrase) => `“${phrase}”`))} ${phrases.length > 1 ? 'raise' : 'raises'} or ${phrases.length > 1 ? 'lower' : 'lowers'} P(${action}).`,
      ]
    : [];
}

/** The pair that does most beyond its parts, of the model whose pairs are drawn. */
function together(study: StudyFiles): string[] {
  const model = bestExplained(study, 'logistic') ?? bestExplained(study)!;
  const top = pairsOf(study, model).reduce<ReturnType<typeof pairsOf>[number] | undefined>(
    (most, now) => (most && Math.abs(most.mean) >= Math.abs(now.mean) ? most : now),
    undefined,
  );
  if (!top || Math.abs(top.mean) < SMALL) return [];
  const { phrase, beside, mean } = top;
  return [
    `Of pairs, “${phrase}” with “${beside}” is furthest from the sum of its parts in ${model}: together they add ${short(Math.abs(mean))} ${mean < 0 ? 'less' : 'more'} than one by one.`,
  ];
}
