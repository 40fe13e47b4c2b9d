import type { Scenario } from '../../env/scenario.ts';
import { pairEffects } from '../figures/pair-effects.ts';
import { phraseEffects } from '../figures/phrase-effects.ts';
import { bestExplained, explained, explainedTeacher, mainEffects, pairsOf, shownInPairs } from '../models.ts';
import type { StudyFiles } from '../study-files.ts';
import { listed } from '../wording.ts';
import type { ReportFigure } from './report-figure.ts';

/** What phrases, and pairs of them, do to decisions. */
export function ofPhrases(study: StudyFiles, scenario: Scenario): ReportFigure[] {
  const action = scenario.actions[1]!;
  const students = explained(study);
  const teacher = explainedTeacher(study);
  const rows = mainEffects(study);
  if (rows.length === 0) return [];
  const main: ReportFigure = {
    name: 'phrase-effects',
    section: 'phrases',
    caption: `To the right of 0 a phrase makes ${action} likelier in the states in which it holds, to the left less likely. Where marks coincide, models agree.${elsewhere(study)}`,
    draw: (theme) => phraseEffects(rows, { students, ...(teacher !== undefined && { teacher }), action }, theme),
  };
  const model = shownInPairs(study);
  const pairs = model === undefined ? [] : pairsOf(study, model);
  if (pairs.length === 0) return [main];
  return [
    main,
    {
      name: 'pair-effects',
      section: 'phrases',
      caption: `Model: ${model}. A pair with a plus makes ${action} likelier than its two phrases do one by one, a pair with a minus less likely; the effects of a pair with 0 simply add up.`,
      draw: (theme) => pairEffects(pairs, { phrases: scenario.phrases, model: model!, action }, theme),
    },
  ];
}

/** Says so where not all models were explained over states of the same numbers. */
function elsewhere(study: StudyFiles): string {
  const reference = bestExplained(study);
  const counts = (model?: string) =>
    mainEffects(study)
      .filter((row) => row.model === model)
      .map(({ phrase, states }) => `${phrase} ${states}`)
      .join();
  const teacher = explainedTeacher(study);
  const others = [...explained(study), ...(teacher === undefined ? [] : [teacher])].filter(
    (model) => reference !== undefined && counts(model) !== counts(reference),
  );
  return others.length > 0 ? ` Explained over other states than ${reference}: ${listed(others)}.` : '';
}
