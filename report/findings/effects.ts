import type { ModelEffect } from '../../workspace/effects.ts';
import { bestExplained, explained, explainedTeacher, mainEffects, ofTable, pairsOf, shownInPairs } from '../models.ts';
import type { StudyFiles } from '../study-files.ts';
import { listed, short } from '../wording.ts';
import type { Finding } from './finding.ts';

/** Smaller effects are not mentioned. */
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
  if (sentences.length === 0) return [];
  const of = (sign: 1 | -1) =>
    Math.max(...mainEffects(study).flatMap(({ model, mean }) => (model === best ? [sign * mean] : [])));
  return [
    {
      kind: 'effects',
      severity: 'detail',
      topic: 'What decides',
      text: sentences.join(' '),
      numbers: { lowest: -of(-1), highest: of(1) },
    },
  ];
}

/** The phrase that does most in one direction, by the best model; who names another one; and what the teacher says. */
function extreme(study: StudyFiles, best: string, sign: 1 | -1, does: string): string[] {
  const main = mainEffects(study);
  const most = (model: string) => {
    const row = main
      .filter((effect) => effect.model === model)
      .reduce<ModelEffect | undefined>(
        (top, now) => (top && sign * top.mean >= sign * now.mean ? top : now),
        undefined,
      );
    return row && sign * row.mean >= SMALL ? [row] : [];
  };
  const [first] = most(best);
  if (!first) return [];
  const named = explained(study).flatMap(most);
  const same = named.filter(({ phrase }) => phrase === first.phrase);
  const sizes = same.map(({ mean }) => Math.abs(mean)).sort((a, b) => a - b);
  const [low, high] = [short(sizes[0]!), short(sizes.at(-1)!)];
  const others = named
    .filter(({ phrase }) => phrase !== first.phrase)
    .map(({ model, phrase, mean }) => `; in ${model} it is “${phrase}” (${short(Math.abs(mean))})`);
  const teacher = explainedTeacher(study);
  const taught = main
    .filter(({ model, phrase }) => model === teacher && phrase === first.phrase)
    .map(
      ({ mean }) =>
        `; in ${ofTable(study) ? teacher : 'the teacher'} ${mean * sign > 0 ? 'by' : 'it is the other way, by'} ${short(Math.abs(mean))}`,
    );
  return [
    `“${first.phrase}” ${does}, by ${low === high ? low : `${low} to ${high}`} on average, in ${whose(study, same)}${others.join('')}${taught.join('')}.`,
  ];
}

/** "mlp and encoder", or "all 4 students". */
function whose(study: StudyFiles, effects: readonly ModelEffect[]): string {
  const all = explained(study);
  if (all.length < 3 || effects.length < all.length) return listed(effects.map(({ model }) => model));
  const students =
    study.evaluation?.models.filter(({ model, kind }) => kind === 'student' && all.includes(model)) ?? [];
  return `all ${all.length} ${students.length === all.length ? 'students' : 'models'}`;
}

/** Phrases that one model says help and another says hinder. */
function divided(study: StudyFiles, action: string): string[] {
  const main = mainEffects(study).filter(({ model }) => explained(study).includes(model));
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
  const model = shownInPairs(study)!;
  const top = pairsOf(study, model).reduce<ReturnType<typeof pairsOf>[number] | undefined>(
    (most, now) => (most && Math.abs(most.mean) >= Math.abs(now.mean) ? most : now),
    undefined,
  );
  if (!top || Math.abs(top.mean) < SMALL) return [];
  const { phrase, beside, mean } = top;
  return [
    `The pair “${phrase}” with “${beside}” is furthest from the sum of its parts in ${model}: together they add ${short(Math.abs(mean))} ${mean < 0 ? 'less' : 'more'} than one by one.`,
  ];
}
