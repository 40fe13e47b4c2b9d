import type { Vocabulary } from '../env/scenario.ts';
import { mean, standardDeviation } from '../stats/moments.ts';
import { ofAudit, ofComparison } from './audit-figures.ts';
import { type ExplainedAction, explainedActions } from './explained.ts';
import { pairEffects, phraseEffects } from './figures/effects.ts';
import { learningCurve, onPolicy } from './figures/error-against-labels.ts';
import type { ReportFigure } from './figures/render.ts';
import { type DrawnFacet, stabilityFacets, stabilityIcc } from './figures/stability-agreement.ts';
import { stabilityComponents } from './figures/stability-components.ts';
import { stabilityRepeats } from './figures/stability-repeats.ts';
import { stabilityHeaping, stabilitySpread } from './figures/stability-spread.ts';
import { stabilityTeachers } from './figures/stability-teachers.ts';
import { trainingCurves } from './figures/training-curves.ts';
import { leastSteady } from './least-steady.ts';
import { ofModels } from './model-figures.ts';
import { bestExplained, explained, explainedTeacher, mainEffects, pairsOf, shownInPairs } from './models.ts';
import { shortNames } from './short-names.ts';
import { shownOf, shownPhrases } from './shown-phrases.ts';
import type { StudyFiles } from './study-files.ts';
import { ofSweep } from './sweep-figures.ts';
import { listed } from './wording.ts';

/** Names of all figures that a study can have. */
export const figureNames = [
  'model-comparison',
  'cost-fidelity',
  'predicted-vs-true',
  'error-distribution',
  'calibration',
  'error-by-size',
  'subgroups',
  'probability-by-phrase',
  'order-sensitivity',
  'phrase-effects',
  'pair-effects',
  'training-curves',
  'learning-curve',
  'on-policy',
  'stability-spread',
  'stability-icc',
  'stability-facets',
  'stability-components',
  'stability-repeats',
  'stability-heaping',
] as const;

/** Names of the figures that a study of more than two actions has as well. */
export const actionFigureNames = ['error-by-action', 'calibration-by-action', 'actions-by-phrase'] as const;

/** The figures that a study has the files for. */
export function figuresOf(study: StudyFiles, scenario: Vocabulary): ReportFigure[] {
  return [
    ...ofModels(study, scenario),
    ...ofPhrases(study, scenario),
    ...ofTraining(study),
    ...ofAsking(study),
    ...ofStability(study),
    ...ofSweep(study),
    ...ofComparison(study),
    ...ofAudit(study),
  ];
}

/** How the students learned. */
function ofTraining({ logs, students }: StudyFiles): ReportFigure[] {
  if (logs.length === 0) return [];
  const regressions = students.filter(({ training }) => training?.settings?.penalised).map(({ name }) => name);
  const tried =
    regressions.length > 0
      ? ` ${listed(regressions)} is a regression and has no epochs: its points are the sets of penalties that cross-validation tried, in that order.`
      : '';
  return [
    {
      name: 'training-curves',
      section: 'training',
      caption: `Losses are comparable only between students with the same kind of output; a validation loss that rises again above the train loss is overfitting.${tried}`,
      draw: (theme) =>
        trainingCurves(
          logs.map((log) => ({ ...log, ...(regressions.includes(log.model) && { step: 'set' }) })),
          theme,
        ),
    },
  ];
}

/** What labels were worth, where they were chosen. */
function ofAsking({ learning = [], onPolicy: rounds = [] }: StudyFiles): ReportFigure[] {
  const curve: ReportFigure = {
    name: 'learning-curve',
    section: 'training',
    caption:
      'Error by number of labels, chosen at random or where a committee of MLPs disagrees. Both start from the same random batch.',
    draw: (theme) => learningCurve(learning, theme),
  };
  const town: ReportFigure = {
    name: 'on-policy',
    section: 'training',
    caption:
      'On the left, the states that agents visit under the student itself, weighted by their visits, on a seed that no round used. Labels spent there help there; over all states equally, random ones may help more.',
    draw: (theme) => onPolicy(rounds, theme),
  };
  return [...(learning.length > 0 ? [curve] : []), ...(rounds.length > 0 ? [town] : [])];
}

/** What phrases, and pairs of them, do to decisions: two figures for each action that was explained. */
export const ofPhrases = (study: StudyFiles, scenario: Vocabulary): ReportFigure[] =>
  explainedActions(study, scenario.actions).flatMap((explained, i) =>
    ofAction(explained, scenario, i === 0 ? '' : `-${scenario.actions.indexOf(explained.action)}`),
  );

function ofAction({ study, action }: ExplainedAction, scenario: Vocabulary, suffix: string): ReportFigure[] {
  const students = explained(study);
  const teacher = explainedTeacher(study);
  const all = mainEffects(study);
  if (all.length === 0) return [];
  const phrases = shownPhrases(scenario, (phrase) => meanSize(all.filter((row) => row.phrase === phrase)));
  const rows = all.filter(({ phrase }) => phrases.includes(phrase));
  const estimated = rows.some(({ standardError }) => standardError !== undefined);
  const main: ReportFigure = {
    name: `phrase-effects${suffix}`,
    section: 'phrases',
    caption: `To the right of 0 a phrase makes ${action} likelier in the states in which it holds, to the left less likely. Where marks coincide, models agree.${estimated ? ' Lines: 95 % intervals of estimates.' : ''}${scenario.groups.length > 0 ? ' A phrase of a group is held against the mean over its group.' : ''}${shownOf(phrases.length, new Set(all.map(({ phrase }) => phrase)).size)}${elsewhere(study)}`,
    draw: (theme) =>
      phraseEffects(rows, { students, phrases, ...(teacher !== undefined && { teacher }), action }, theme),
  };
  const model = shownInPairs(study);
  const known = model === undefined ? [] : pairsOf(study, model);
  if (known.length === 0) return [main];
  const paired = shownPhrases(scenario, (phrase) =>
    meanSize(known.filter((pair) => pair.phrase === phrase || pair.beside === phrase)),
  );
  const pairs = known.filter(({ phrase, beside }) => paired.includes(phrase) && paired.includes(beside));
  if (pairs.length === 0) return [main];
  return [
    main,
    {
      name: `pair-effects${suffix}`,
      section: 'phrases',
      caption: `Model: ${model}. A pair with a plus makes ${action} likelier than its two phrases do one by one, a pair with a minus less likely; the effects of a pair with 0 simply add up.${shownOf(paired.length, scenario.phrases.length)}`,
      draw: (theme) =>
        pairEffects(
          pairs,
          { phrases: scenario.phrases.filter((phrase) => paired.includes(phrase)), model: model!, action },
          theme,
        ),
    },
  ];
}

/** Mean size of effects; NaN if there are none. */
const meanSize = (rows: readonly { readonly mean: number }[]) =>
  rows.length === 0 ? Number.NaN : mean(rows.map((row) => Math.abs(row.mean)));

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

/** How steady the teacher is. */
function ofStability({ stability, repeats }: StudyFiles): ReportFigure[] {
  const prompts = repeats
    .filter((answers) => answers.length >= 2)
    .map((answers) => ({ mean: mean(answers), sd: standardDeviation(answers) }));
  const forms = Object.entries(stability?.icc ?? {}).flatMap(([form, { value, lower, upper }]) =>
    value === null || lower === undefined || upper === undefined ? [] : [{ form, value, lower, upper }],
  );
  const facets = facetsOf(stability);
  const effects = stability?.components?.effects ?? [];
  const gained = (stability?.repeats ?? []).filter(({ reliability }) => reliability !== null);
  // Heaping, as the table has it, is of prompts that were answered in every run.
  const complete = repeats.filter(({ length }) => length === stability?.runs);
  const answers = (complete.length > 0 ? complete : repeats).flat();
  const varying = stability && leastSteady(stability);
  const about = stability?.action === undefined ? '' : ` The answers are P(${stability.action}).`;
  const ofOne = varying ? ` The answers are P(${varying.action}), which varies most.` : '';
  const [rest] = Object.keys(stability?.actions ?? {});
  const ofAll = rest === undefined ? '' : ` Of all actions but ${rest} together.`;
  const figure = (name: string, shown: boolean, caption: string, draw: ReportFigure['draw']) =>
    shown ? [{ name, section: 'stability' as const, caption: `${caption}${about}`, draw }] : [];
  const lines = stability?.sideBySide?.lines ?? [];
  const called = shortNames([...new Set(lines.map(({ teacher }) => teacher))], 32);
  return [
    ...figure(
      'stability-teachers',
      lines.length > 0,
      `Of the seed, the standard deviation of a prompt’s answers; of other facets, the mean difference of two levels. Teachers were asked the same prompts in the same ways; differences of two of them are paired by prompt and better known than these intervals suggest.${rest === undefined ? '' : ` Means over the actions but ${rest}.`}`,
      (theme) =>
        stabilityTeachers(
          lines.map(({ teacher, facet, moves }) => ({ teacher: called.get(teacher)!, facet, ...moves })),
          theme,
        ),
    ),
    ...figure(
      'stability-spread',
      prompts.length > 0,
      `A teacher is steadiest when it is sure: near 0 and 1 answers have no room to vary.${ofOne}`,
      (theme) => stabilitySpread(prompts, theme),
    ),
    ...figure(
      'stability-icc',
      forms.length > 0,
      `ICC(1,·) is for exchangeable reruns, ICC(2,·) and ICC(3,·) for runs with a meaning of their own (an order, a paraphrase). A teacher that always repeats itself has 1.${ofAll}`,
      (theme) => stabilityIcc(forms, theme),
    ),
    ...figure(
      'stability-facets',
      facets.length > 0,
      `Exact means, of the number’s whole distribution, carry no noise of the seed; draws do. Below, the mean answer at each level: separate levels show a shift of all prompts; equal levels with a difference above show shifts that cancel out.${rest === undefined ? '' : ` Differences are means over the actions but ${rest}, the mean answer is the probability of any of them.`}`,
      (theme) => stabilityFacets(facets, theme),
    ),
    ...figure(
      'stability-components',
      effects.some(({ effect, variance }) => effect !== 'prompt' && variance > 0),
      `Variance components of ${stability?.components?.design}. “a × b” is the interaction of both, “order:prompt” the orders within each prompt, “residual” the seed and everything left over. An estimate below 0 is drawn as 0.${ofAll}`,
      (theme) => stabilityComponents(effects, theme),
    ),
    ...figure(
      'stability-repeats',
      gained.some(({ sd }) => sd > 0),
      `Reliability by Spearman–Brown from ICC(1,1). A student that knows the teacher’s means exactly would reach the ceiling against such labels.${ofAll}`,
      (theme) => stabilityRepeats(gained, stability?.noiseCeiling ?? [], theme),
    ),
    ...figure(
      'stability-heaping',
      answers.length > 0,
      `Heaping on round numbers costs resolution: two states that differ by less than a step may get the same answer.${ofOne}`,
      (theme) => stabilityHeaping(answers, theme),
    ),
  ];
}

const ASKED: Readonly<Record<string, string>> = {
  expected: 'exact means',
  choice: 'probabilities of the options',
  sample: 'draws',
  greedy: 'greedy replies',
};

/** The facets, if more than the seed was varied; runs are numbered from 1. */
function facetsOf(stability: StudyFiles['stability']): DrawnFacet[] {
  const facets = Object.entries(stability?.facets ?? {});
  if (facets.every(([facet]) => facet === 'seed')) return [];
  return facets.map(([facet, { asked, levels, ...of }]) => ({
    ...of,
    facet: `${facet} (${ASKED[asked] ?? asked})`,
    levels: facet === 'seed' ? levels.map((_, run) => `run ${run + 1}`) : levels,
  }));
}
