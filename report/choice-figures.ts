import type { Vocabulary } from '../env/scenario.ts';
import { judged } from '../measure/evaluation/shares.ts';
import { ENOUGH_ROWS } from '../measure/evaluation/subgroups.ts';
import type { StudyEvaluation } from '../workspace/evaluation.ts';
import type { ModelShare } from '../workspace/shares.ts';
import type { Predicted } from './figures/error-distribution.ts';
import { logLossComparison } from './figures/log-loss.ts';
import { predictedByChoice } from './figures/predicted-by-choice.ts';
import type { ReportFigure } from './figures/render.ts';
import { type DrawnShare, shareGaps, sharesBeside, sharesByGroup } from './figures/shares.ts';
import type { Theme } from './figures/theme.ts';
import type { DeepReadonly } from './findings/finding.ts';
import { labelWords } from './label-words.ts';
import { bestOf } from './models.ts';
import { shownOf, shownPhrases } from './shown-phrases.ts';
import type { StudyFiles } from './study-files.ts';
import { grouped, groupName } from './wording.ts';

/** How well models and baselines foresee single choices. */
export function comparisonOfChoices(evaluation: DeepReadonly<StudyEvaluation>): ReportFigure {
  const { test, bestBaseline } = evaluation;
  const units = test.units === undefined ? 'states' : 'units';
  return {
    name: 'model-comparison',
    section: 'models',
    caption: `Models and baselines on ${grouped(test.rows)} single choices of ${test.path}, with intervals over ${units}. Baselines are grey; a model is useful only to the left of the best of them. No model has a log loss of 0: people of one kind choose differently.`,
    draw: (theme) =>
      logLossComparison(
        evaluation.models.map(({ model, kind, logLoss, intervals, auc }) => ({
          ...{ model, baseline: kind === 'baseline', logLoss: logLoss ?? Number.NaN, auc: auc ?? Number.NaN },
          ...{ low: intervals.logLoss?.lower ?? Number.NaN, high: intervals.logLoss?.upper ?? Number.NaN },
        })),
        { bestBaseline },
        theme,
      ),
  };
}

/** What predictions of single choices can be looked at by: what was chosen, and how often in which group of rows. */
export function choiceFigures(
  { evaluation, states, shares = [] }: StudyFiles,
  scenario: Vocabulary,
  { action, models }: { readonly action: string; readonly models: readonly string[] },
): ReportFigure[] {
  const words = labelWords(evaluation ?? {});
  const several = scenario.actions.length > 2;
  const predicted: Predicted[] = models.map((model) => {
    const rows = states.filter((state) => state.action === action && !Number.isNaN(state.predicted[model]));
    return { model, target: rows.map(({ target }) => target), predicted: rows.map((row) => row.predicted[model]!) };
  });
  const drawn = drawnOf(shares.filter(({ model, of }) => of === 'model' && models.includes(model)));
  return [
    {
      name: 'predicted-vs-true',
      section: 'models',
      caption: `A model that tells choices apart has its bars above the line to the right of those below it; one that says the same of everybody has them opposite each other.${several ? ` Of the actions beside ${scenario.actions[0]}, ${action} is the likeliest.` : ''}`,
      draw: (theme) => predictedByChoice(predicted, { action, short: 'chosen' }, theme),
    },
    ...byGroup(drawn, scenario, MOST_ACTIONS, (names, more) => ({
      name: 'shares-by-phrase',
      section: 'models',
      caption: `A mark outside the grey band contradicts what was observed in such rows; the band is wider where there are fewer ${evaluation?.test.units === undefined ? 'rows' : 'units'}.${more}`,
      draw: (theme: Theme) => sharesByGroup(drawn, { ...names, models, short: words.short }, theme),
    })),
  ];
}

/** The groups in which the best model's shares of single choices are furthest off. */
export function choiceGaps(study: StudyFiles): ReportFigure[] {
  const { evaluation, shares = [] } = study;
  const best = bestOf(study)?.model;
  const own = shares.filter(({ model, of }) => of === 'model' && model === best);
  const rows = drawnOf(judged(own));
  if (best === undefined || rows.length === 0) return [];
  const { short } = labelWords(evaluation ?? {});
  return [
    {
      name: 'subgroups',
      section: 'models',
      caption: `The groups of ${ENOUGH_ROWS} rows or more in which ${best} predicts an action too often or too seldom, the clearest first. Of twenty such intervals one excludes 0 by chance alone.`,
      draw: (theme) => shareGaps(rows, { model: best, short, several: (evaluation?.actions.length ?? 1) > 1 }, theme),
    },
  ];
}

/** A figure for each column that stands beside the labels. */
export const besideFigures = ({ evaluation, shares = [] }: StudyFiles, scenario: Vocabulary): ReportFigure[] =>
  (evaluation?.beside ?? []).flatMap(({ name, n }, i) => {
    const words = labelWords(evaluation!);
    const rows = drawnOf(shares.filter(({ model, of }) => of === 'column' && model === name));
    return byGroup(rows, scenario, 1, (names, more) => ({
      name: i === 0 ? 'beside' : `beside-${i + 1}`,
      section: 'models',
      caption: `${name} and the labels on ${grouped(n)} rows that both have. Where the interval on the right excludes 0, ${name} says on average something else than the labels do about such rows.${scenario.actions.length > 2 ? ` The figure is about ${names.actions[0]}; results/metrics/shares.csv has every action.` : ''}${more}`,
      draw: (theme: Theme) => sharesBeside(rows, { ...names, models: [name], short: words.short }, theme),
    }));
  });

/** Actions that a figure has panels for. */
const MOST_ACTIONS = 4;

/** A figure of shares by phrase, of the phrases that matter most; none without a phrase. */
function byGroup(
  rows: readonly DrawnShare[],
  scenario: Vocabulary,
  most: number,
  figure: (names: { groups: readonly string[]; actions: readonly string[] }, more: string) => ReportFigure,
): ReportFigure[] {
  const all = rows.filter(({ by }) => by === 'all');
  const phrases = rows.filter(({ by }) => by === 'trait' || by === 'context');
  if (phrases.length === 0) return [];
  const overall = new Map(all.map(({ action, observed }) => [action, observed]));
  const known = [...overall.keys()];
  const actions = known.toSorted((a, b) => overall.get(b)! - overall.get(a)!).slice(0, most);
  const apart = new Map<string, number>();
  for (const { name, action, observed } of phrases) {
    if (!actions.includes(action)) continue;
    apart.set(name, Math.max(apart.get(name) ?? 0, Math.abs(observed - overall.get(action)!)));
  }
  const shown = new Set(shownPhrases(scenario, (phrase) => apart.get(phrase) ?? Number.NaN));
  // Phrases of a group stand together, as the scenario lists them.
  const groups = [
    ...all.slice(0, 1).map(({ name }) => name),
    ...scenario.phrases.filter((phrase) => shown.has(phrase)),
  ];
  const panels =
    most > 1 && actions.length < known.length
      ? ` Shown are the ${actions.length} likeliest of ${known.length} actions.`
      : '';
  return [figure({ groups, actions }, `${shownOf(shown.size, apart.size)}${panels}`)];
}

const drawnOf = (rows: readonly ModelShare[]): DrawnShare[] =>
  rows.map(({ by, group, of: _, ...row }) => ({
    ...row,
    name: by === 'all' ? 'all rows' : groupName(by, group),
    by: by === 'all' || by === 'trait' || by === 'context' ? by : 'number of phrases',
  }));
