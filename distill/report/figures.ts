import type { Scenario } from '../../env/scenario.ts';
import { ENOUGH_ROWS } from '../evaluation/subgroups.ts';
import { calibration } from '../plots/calibration.ts';
import { costFidelity } from '../plots/cost-fidelity.ts';
import { errorBySize, type SizeCell } from '../plots/error-by-size.ts';
import { errorDistribution, type Predicted } from '../plots/error-distribution.ts';
import { learningCurve } from '../plots/learning-curve.ts';
import { modelComparison } from '../plots/model-comparison.ts';
import { onPolicy } from '../plots/on-policy.ts';
import { orderSensitivity } from '../plots/order-sensitivity.ts';
import { predictedVsTrue } from '../plots/predicted-vs-true.ts';
import { type PhraseCell, probabilityByPhrase } from '../plots/probability-by-phrase.ts';
import { stabilityComponents } from '../plots/stability-components.ts';
import { type DrawnFacet, stabilityFacets } from '../plots/stability-facets.ts';
import { stabilityHeaping } from '../plots/stability-heaping.ts';
import { stabilityIcc } from '../plots/stability-icc.ts';
import { stabilityRepeats } from '../plots/stability-repeats.ts';
import { stabilitySpread } from '../plots/stability-spread.ts';
import { type DrawnGroup, subgroups } from '../plots/subgroups.ts';
import type { Theme } from '../plots/theme.ts';
import { trainingCurves } from '../plots/training-curves.ts';
import { mean } from '../stats/mean.ts';
import { standardDeviation } from '../stats/standard-deviation.ts';
import { bestOf, candidates } from './candidates.ts';
import { ofPhrases } from './effect-figures.ts';
import { groupName } from './group-name.ts';
import type { ReportFigure } from './report-figure.ts';
import type { StudyFiles } from './study-files.ts';
import { grouped } from './words.ts';

/** Names of all figures that there can be, so that those of an earlier study can be cleared away. */
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

/** The figures that a study has the files for. */
export function figuresOf(study: StudyFiles, scenario: Scenario): ReportFigure[] {
  return [
    ...ofModels(study, scenario),
    ...ofPhrases(study, scenario),
    ...ofTraining(study),
    ...ofAsking(study),
    ...ofStability(study),
  ];
}

function ofModels(study: StudyFiles, scenario: Scenario): ReportFigure[] {
  const { evaluation, states } = study;
  const models = candidates(study).map(({ model }) => model);
  const best = bestOf(study)?.model;
  if (!evaluation || best === undefined) return [];
  const comparison: ReportFigure = {
    name: 'model-comparison',
    section: 'models',
    caption: `Models and baselines on ${grouped(evaluation.test.rows)} states of ${evaluation.test.path}. Baselines are grey; a model is worth its cost only to the left of them. A constant prediction has no correlation.`,
    draw: (theme) =>
      modelComparison(
        evaluation.models.map(({ model, kind, mse, intervals, pearson, spearman }) => ({
          model,
          baseline: kind === 'baseline',
          mse,
          low: intervals.mse.lower,
          high: intervals.mse.upper,
          pearson,
          spearman,
        })),
        theme,
      ),
  };
  if (states.length === 0) return [comparison, ...ofCost(study), ...ofSubgroups(study), ...ofOrders(study)];
  const predicted: Predicted[] = models.map((model) => {
    const rows = states.filter((state) => !Number.isNaN(state.predicted[model]));
    return {
      model,
      target: rows.map(({ target }) => target),
      predicted: rows.map((row) => row.predicted[model]!),
    };
  });
  const action = scenario.actions.length === 2 ? scenario.actions[1]! : 'action';
  const phraseCells = cellsByPhrase(study, best, scenario);
  return [
    comparison,
    ...ofCost(study),
    {
      name: 'predicted-vs-true',
      section: 'models',
      caption:
        'Predictions against the teacher’s probabilities. Columns of squares show a teacher that answers in round numbers.',
      draw: (theme) => predictedVsTrue(predicted, theme),
    },
    {
      name: 'error-distribution',
      section: 'models',
      caption: 'Signed errors. A centre beside 0 is a bias; long tails are single states that a student gets wrong.',
      draw: (theme) => errorDistribution(predicted, theme),
    },
    {
      name: 'calibration',
      section: 'models',
      caption:
        'Reliability in ten bins of the prediction. Below the diagonal a model promises more than the teacher does.',
      draw: (theme) => calibration(predicted, theme),
    },
    {
      name: 'error-by-size',
      section: 'models',
      caption: 'Where the errors are: by how many traits and contexts a state has.',
      draw: (theme) => errorBySize(cellsBySize(study, models), models, theme),
    },
    ...ofSubgroups(study),
    ...(phraseCells.length > 0
      ? [
          {
            name: 'probability-by-phrase',
            section: 'models' as const,
            caption: `What the teacher decides, and whether ${best}, the model with the lowest error, has learned it. Averages hide how phrases interact: two agreeing means can hide opposite errors.`,
            draw: (theme: Theme) =>
              probabilityByPhrase(
                phraseCells,
                { traits: scenario.traits, contexts: scenario.contexts, student: best, action },
                theme,
              ),
          },
        ]
      : []),
    ...ofOrders(study),
  ];
}

function ofCost({ evaluation }: StudyFiles): ReportFigure[] {
  const models = (evaluation?.models ?? []).flatMap(({ model, kind, mse, intervals, decisionsPerSecond: rate }) =>
    rate === undefined || !(rate > 0)
      ? []
      : [{ model, baseline: kind === 'baseline', rate, mse, low: intervals.mse.lower, high: intervals.mse.upper }],
  );
  // Of one point there is no price to see.
  if (models.length < 2) return [];
  return [
    {
      name: 'cost-fidelity',
      section: 'models',
      caption: `What is right of the line and below it, nothing here reaches; a model above the line costs error, speed or both for nothing. Speed as measured on the test states${evaluation?.machine ? ` on ${evaluation.machine}` : ''}; it says nothing about another machine.`,
      draw: (theme) => costFidelity(models, theme),
    },
  ];
}

function ofSubgroups(study: StudyFiles): ReportFigure[] {
  const best = bestOf(study);
  const groups = (study.subgroups ?? [])
    .filter(({ model, n, mse }) => model === best?.model && n >= ENOUGH_ROWS && Number.isFinite(mse))
    .map(({ by, group, n, mse, lower, upper }): DrawnGroup => {
      const kind = by === 'trait' || by === 'context' ? by : 'number of phrases';
      return { name: groupName(by, group), by: kind, n, mse, low: lower, high: upper };
    });
  if (!best || groups.length === 0) return [];
  return [
    {
      name: 'subgroups',
      section: 'models',
      caption: `Where ${best.model} must not be trusted as its average promises: the states with the largest errors, by a phrase or by how many there are, of groups of ${ENOUGH_ROWS} rows or more. A state is in many groups, and the worst of many is partly the unluckiest.`,
      draw: (theme) => subgroups(groups, { model: best.model, overall: best.mse }, theme),
    },
  ];
}

function ofOrders(study: StudyFiles): ReportFigure[] {
  const { evaluation } = study;
  const teacher = evaluation?.teacherOrder;
  const asked = [
    ...(teacher ? [{ who: 'the teacher', teacher: true, order: teacher }] : []),
    ...candidates(study).flatMap(({ model, order }) => (order ? [{ who: model, teacher: false, order }] : [])),
  ];
  if (asked.length === 0) return [];
  const { states, orders } = asked[0]!.order;
  return [
    {
      name: 'order-sensitivity',
      section: 'models',
      caption: `Asked of ${grouped(states)} states in up to ${orders} orders each. A state is a set of phrases: what the order moves is no part of it.`,
      draw: (theme) =>
        orderSensitivity(
          asked.map(({ order, ...who }) => ({
            ...who,
            mean: order.meanSd,
            most: order.maxSd,
            byConstruction: order.byConstruction,
          })),
          theme,
        ),
    },
  ];
}

function cellsBySize({ states }: StudyFiles, models: readonly string[]): SizeCell[] {
  const cells = new Map<string, { model: string; traits: number; contexts: number; errors: number[] }>();
  for (const { traits, context, target, predicted } of states)
    for (const model of models) {
      if (Number.isNaN(predicted[model])) continue;
      const key = `${model} ${traits.length} ${context.length}`;
      const cell = cells.get(key) ?? { model, traits: traits.length, contexts: context.length, errors: [] };
      cells.set(key, cell);
      cell.errors.push(Math.abs(predicted[model]! - target));
    }
  return [...cells.values()].map(({ errors, ...cell }) => ({ ...cell, n: errors.length, mae: mean(errors) }));
}

/** With more than two actions, of the first one that is not the default. */
function cellsByPhrase({ states }: StudyFiles, model: string, scenario: Scenario): PhraseCell[] {
  const answered = states.filter(
    ({ action, predicted }) => action === scenario.actions[1] && !Number.isNaN(predicted[model]),
  );
  return scenario.traits.flatMap((trait) =>
    scenario.contexts.flatMap((context) => {
      const both = answered.filter((state) => state.traits.includes(trait) && state.context.includes(context));
      if (both.length === 0) return [];
      const teacher = mean(both.map(({ target }) => target));
      const student = mean(both.map(({ predicted }) => predicted[model]!));
      return [{ trait, context, n: both.length, teacher, student }];
    }),
  );
}

function ofTraining({ logs }: StudyFiles): ReportFigure[] {
  if (logs.length === 0) return [];
  return [
    {
      name: 'training-curves',
      section: 'training',
      caption:
        'Losses of different students are not comparable where their heads differ; validation above train that rises again is overfitting.',
      draw: (theme) => trainingCurves(logs, theme),
    },
  ];
}

/** What labels were worth, where they were chosen. */
function ofAsking({ learning = [], onPolicy: rounds = [] }: StudyFiles): ReportFigure[] {
  const curve: ReportFigure = {
    name: 'learning-curve',
    section: 'training',
    caption:
      'How few labels reach an error, by how they were chosen: at random, or where a committee of MLPs is divided. Both begin with the same random batch.',
    draw: (theme) => learningCurve(learning, theme),
  };
  const town: ReportFigure = {
    name: 'on-policy',
    section: 'training',
    caption:
      'On the left, the states that agents come to under the student itself, weighted by their visits, on a seed that no round was simulated on. Labels spent there help there; over all states alike, random ones may help more.',
    draw: (theme) => onPolicy(rounds, theme),
  };
  return [...(learning.length > 0 ? [curve] : []), ...(rounds.length > 0 ? [town] : [])];
}

function ofStability({ stability, repeats }: StudyFiles): ReportFigure[] {
  const prompts = repeats
    .filter((answers) => answers.length >= 2)
    .map((answers) => ({ mean: mean(answers), sd: standardDeviation(answers) }));
  const forms = Object.entries(stability?.icc ?? {}).flatMap(([form, { value, lower, upper }]) =>
    value === null || lower === undefined || upper === undefined ? [] : [{ form, value, lower, upper }],
  );
  const facets = facetsOf(stability);
  const effects = stability?.components?.effects ?? [];
  const bought = (stability?.repeats ?? []).filter(({ reliability }) => reliability !== null);
  const answers = repeats.flat();
  const figure = (name: (typeof figureNames)[number], shown: boolean, caption: string, draw: ReportFigure['draw']) =>
    shown ? [{ name, section: 'stability' as const, caption, draw }] : [];
  return [
    ...figure(
      'stability-spread',
      prompts.length > 0,
      'A teacher is steadiest where it is sure: near 0 and 1 there is no room to vary.',
      (theme) => stabilitySpread(prompts, theme),
    ),
    ...figure(
      'stability-icc',
      forms.length > 0,
      'ICC(1,·) is for exchangeable reruns, ICC(2,·) and ICC(3,·) for runs that stand for something (an order, a paraphrase). 1 is a teacher that always repeats itself.',
      (theme) => stabilityIcc(forms, theme),
    ),
    ...figure(
      'stability-facets',
      facets.length > 0,
      'Facets read as exact means, of the number’s whole distribution, carry no noise of the seed; those read from draws do. Below, the mean answer at each level: levels apart are a shift of all prompts, levels together with a difference above are shifts that cancel out.',
      (theme) => stabilityFacets(facets, theme),
    ),
    ...figure(
      'stability-components',
      effects.some(({ effect, variance }) => effect !== 'prompt' && variance > 0),
      `Variance components of ${stability?.components?.design}. “a × b” is what both do together beyond each alone, “order:prompt” the orders of each prompt, “residual” the seed with what is left. An estimate below 0 is drawn as 0.`,
      (theme) => stabilityComponents(effects, theme),
    ),
    ...figure(
      'stability-repeats',
      bought.some(({ sd }) => sd > 0),
      'Reliability by Spearman–Brown from ICC(1,1). A student that knows the teacher’s means exactly would score the ceiling against such labels.',
      (theme) => stabilityRepeats(bought, stability?.noiseCeiling ?? [], theme),
    ),
    ...figure(
      'stability-heaping',
      answers.length > 0,
      'Heaping on round numbers costs resolution: two states that differ by less than a step may get the same answer.',
      (theme) => stabilityHeaping(answers, theme),
    ),
  ];
}

const ASKED: Readonly<Record<string, string>> = {
  expected: 'exact means',
  sample: 'draws',
  greedy: 'greedy replies',
};

/** The facets, where there is more than the seed to compare; runs have numbers for people. */
function facetsOf(stability: StudyFiles['stability']): DrawnFacet[] {
  const facets = Object.entries(stability?.facets ?? {});
  if (facets.every(([facet]) => facet === 'seed')) return [];
  return facets.map(([facet, { asked, levels, ...of }]) => ({
    ...of,
    facet: `${facet} (${ASKED[asked] ?? asked})`,
    levels: facet === 'seed' ? levels.map((_, run) => `run ${run + 1}`) : levels,
  }));
}
