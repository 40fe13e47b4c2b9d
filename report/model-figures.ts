import type { Vocabulary } from '../env/scenario.ts';
import { ENOUGH_ROWS } from '../measure/evaluation/subgroups.ts';
import { mean } from '../stats/moments.ts';
import { besideFigures, choiceFigures, choiceGaps, comparisonOfChoices } from './choice-figures.ts';
import {
  type ActionCell,
  actionsByPhrase,
  calibrationByAction,
  errorByAction,
  type PredictedAction,
} from './figures/actions.ts';
import { calibration, predictedVsTrue } from './figures/calibration.ts';
import { costFidelity } from './figures/cost-fidelity.ts';
import { errorBySize, type SizeBins, type SizeCell } from './figures/error-by-size.ts';
import { errorDistribution, type Predicted } from './figures/error-distribution.ts';
import { modelComparison } from './figures/model-comparison.ts';
import { orderSensitivity } from './figures/order-sensitivity.ts';
import { type PhraseCell, probabilityByPhrase } from './figures/probability-by-phrase.ts';
import type { ReportFigure } from './figures/render.ts';
import { type DrawnGroup, subgroups } from './figures/subgroups.ts';
import type { Theme } from './figures/theme.ts';
import { labelWords } from './label-words.ts';
import { bestOf, candidates, lossOf, movedByOrder, ofTable } from './models.ts';
import { shownOf, shownPhrases } from './shown-phrases.ts';
import type { StudyFiles } from './study-files.ts';
import { capital, grouped, groupName, listed } from './wording.ts';

/** What an evaluation measured, and the predictions it kept. */
export function ofModels(study: StudyFiles, scenario: Vocabulary): ReportFigure[] {
  const { evaluation, states } = study;
  const models = candidates(study).map(({ model }) => model);
  const best = bestOf(study)?.model;
  if (!evaluation || best === undefined) return [];
  const words = labelWords(evaluation);
  const choices = evaluation.loss === 'log_loss';
  const comparison: ReportFigure = choices
    ? comparisonOfChoices(evaluation)
    : {
        name: 'model-comparison',
        section: 'models',
        caption: `Models and baselines on ${grouped(evaluation.test.rows)} ${words.rows} of ${evaluation.test.path}. Baselines are grey; a model is useful only to the left of them. A constant prediction has no correlation.`,
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
            words,
            theme,
          ),
      };
  const groups = [...(choices ? choiceGaps(study) : ofSubgroups(study)), ...besideFigures(study, scenario)];
  if (states.length === 0) return [comparison, ...ofCost(study), ...groups, ...ofOrders(study)];
  const predicted: Predicted[] = models.map((model) => {
    const rows = states.filter((state) => !Number.isNaN(state.predicted[model]));
    return {
      model,
      target: rows.map(({ target }) => target),
      predicted: rows.map((row) => row.predicted[model]!),
    };
  });
  const others = scenario.actions.slice(1);
  const action = likeliestOf(states, others);
  const shown = associated(study, scenario, action);
  const phraseCells = cellsByPhrase(study, best, action, shown);
  const each =
    others.length > 1 ? ` A state counts once for each of the ${others.length} actions ${listed(others)}.` : '';
  const calibrated: ReportFigure = {
    name: 'calibration',
    section: 'models',
    caption: `Reliability in ten bins of the prediction. Below the diagonal, predictions are higher than ${choices ? words.mean : words.all}.${each}`,
    draw: (theme) => calibration(predicted, words, theme),
  };
  const errors: ReportFigure[] = [
    {
      name: 'predicted-vs-true',
      section: 'models',
      caption: `Predictions against ${words.all}. Columns of squares show ${words.source === 'the teacher' ? 'a teacher that answers in' : 'labels that are'} round numbers.${each}`,
      draw: (theme) => predictedVsTrue(predicted, words, theme),
    },
    {
      name: 'error-distribution',
      section: 'models',
      caption: `Signed errors. A centre away from 0 is a bias; long tails are single states that a student gets wrong.${each}`,
      draw: (theme) => errorDistribution(predicted, words, theme),
    },
    calibrated,
    {
      name: 'error-by-size',
      section: 'models',
      caption: 'Where the errors are: by number of traits and contexts.',
      draw: (theme) => errorBySize(cellsBySize(study, models, binsOf(study)), models, theme, binsOf(study)),
    },
  ];
  return [
    comparison,
    ...ofCost(study),
    ...(choices ? [...choiceFigures(study, scenario, { action, models }), calibrated] : errors),
    ...ofActions(study, scenario, models, best),
    ...groups,
    ...(phraseCells.length > 0
      ? [
          {
            name: 'probability-by-phrase',
            section: 'models' as const,
            caption: `${capital(words.decisions)}, and how well ${best}, the model with the lowest ${choices ? 'log loss' : 'error'}, has learned them.${others.length > 1 ? ` Of the actions beside ${scenario.actions[0]}, ${action} is the likeliest.` : ''} Averages hide interactions: two equal means can hide opposite errors.${shownOf(shown.traits.length, scenario.traits.length, 'traits')}${shownOf(shown.contexts.length, scenario.contexts.length, 'contexts')}`,
            draw: (theme: Theme) =>
              probabilityByPhrase(phraseCells, { ...shown, student: best, action, short: words.short }, theme),
          },
        ]
      : []),
    ...ofOrders(study),
  ];
}

/** Sizes, of traits or of contexts, that a heat map has room for. */
const MOST_SIZES = 16;

/** Numbers of phrases that share a row or column of the heat map, so that there are no more than it has room for. */
function binsOf({ states }: StudyFiles): SizeBins {
  const width = (sizes: readonly number[]) => {
    const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
    return Math.ceil((most - least + 1) / MOST_SIZES);
  };
  return {
    traits: width([...new Set(states.map(({ traits }) => traits.length))]),
    contexts: width([...new Set(states.map(({ context }) => context.length))]),
  };
}

function cellsBySize({ states }: StudyFiles, models: readonly string[], bins: SizeBins): SizeCell[] {
  const cells = new Map<string, { model: string; traits: number; contexts: number; errors: number[] }>();
  for (const { traits: held, context, target, predicted } of states)
    for (const model of models) {
      if (Number.isNaN(predicted[model])) continue;
      const traits = held.length - (held.length % bins.traits);
      const contexts = context.length - (context.length % bins.contexts);
      const key = `${model} ${traits} ${contexts}`;
      const cell = cells.get(key) ?? { model, traits, contexts, errors: [] };
      cells.set(key, cell);
      cell.errors.push(Math.abs(predicted[model]! - target));
    }
  return [...cells.values()].map(({ errors, ...cell }) => ({ ...cell, n: errors.length, mae: mean(errors) }));
}

type ShownWords = Pick<Vocabulary, 'traits' | 'contexts'>;

/** How far the mean label of an action where a phrase holds is from its mean over all test rows. */
function apartOf({ states }: StudyFiles, shown: string): (phrase: string) => number {
  const answered = states.filter(({ action }) => action === shown);
  const overall = answered.reduce((sum, { target }) => sum + target, 0) / answered.length;
  const sums = new Map<string, { count: number; sum: number }>();
  for (const { traits, context, target } of answered)
    for (const phrase of [...traits, ...context]) {
      const own = sums.get(phrase) ?? { count: 0, sum: 0 };
      sums.set(phrase, { count: own.count + 1, sum: own.sum + target });
    }
  return (phrase) => {
    const own = sums.get(phrase);
    return own ? Math.abs(own.sum / own.count - overall) : 0;
  };
}

/** The traits and contexts that the mean label depends on most, in canonical order; all if there is room. */
function associated(study: StudyFiles, scenario: Vocabulary, action: string): ShownWords {
  const apart = apartOf(study, action);
  const most = (kind: 'traits' | 'contexts') => {
    const own = new Set(scenario[kind]);
    const drawn = new Set(shownPhrases(scenario, (phrase) => (own.has(phrase) ? apart(phrase) : Number.NaN)));
    return scenario[kind].filter((phrase) => drawn.has(phrase));
  };
  return { traits: most('traits'), contexts: most('contexts') };
}

/** The action that is likeliest over the test rows. */
function likeliestOf(states: StudyFiles['states'], actions: readonly string[]): string {
  const sum = (action: string) =>
    states.reduce((total, state) => total + (state.action === action ? state.target : 0), 0);
  return actions.reduce((best, action) => (sum(action) > sum(best) ? action : best));
}

/** With more than two actions, what is different between them. */
function ofActions(study: StudyFiles, scenario: Vocabulary, models: readonly string[], best: string): ReportFigure[] {
  const others = scenario.actions.slice(1);
  if (others.length === 1) return [];
  const answered = (model: string, action: string) =>
    study.states.filter((state) => state.action === action && !Number.isNaN(state.predicted[model]));
  const rows: PredictedAction[] = models.flatMap((model) =>
    others.flatMap((action) => {
      const states = answered(model, action);
      if (states.length === 0) return [];
      return [
        {
          model,
          action,
          target: states.map(({ target }) => target),
          predicted: states.map((s) => s.predicted[model]!),
        },
      ];
    }),
  );
  const apart = others.map((action) => apartOf(study, action));
  const drawn = new Set(shownPhrases(scenario, (phrase) => Math.max(...apart.map((of) => of(phrase)))));
  const cells = scenario.phrases
    .filter((phrase) => drawn.has(phrase))
    .flatMap((phrase) =>
      others.flatMap((action): ActionCell[] => {
        const states = answered(best, action).filter((s) => s.traits.includes(phrase) || s.context.includes(phrase));
        if (states.length === 0) return [];
        return [
          {
            ...{ phrase, action, n: states.length },
            target: mean(states.map(({ target }) => target)),
            student: mean(states.map((s) => s.predicted[best]!)),
          },
        ];
      }),
    );
  if (rows.length === 0) return [];
  const words = labelWords(study.evaluation ?? {});
  const choices = study.evaluation?.loss === 'log_loss';
  const phrases = scenario.phrases.filter((phrase) => cells.some((cell) => cell.phrase === phrase));
  return [
    ...(choices
      ? []
      : [
          {
            name: 'error-by-action',
            section: 'models' as const,
            caption: `Errors of each action’s probability. A rare action has small errors because its probabilities are small: compare them with its mean.`,
            draw: (theme: Theme) => errorByAction(rows, words, theme),
          },
        ]),
    {
      name: 'calibration-by-action',
      section: 'models',
      caption: `${best}, the model with the lowest ${choices ? 'log loss' : 'error'}, action by action.`,
      draw: (theme) => calibrationByAction(rows, best, words, theme),
    },
    ...(cells.length > 0
      ? [
          {
            name: 'actions-by-phrase',
            section: 'models' as const,
            caption: `Which phrases go with which action in ${words.decisions}, and how well ${best} has learned it.${shownOf(drawn.size, scenario.phrases.length)}`,
            draw: (theme: Theme) =>
              actionsByPhrase(cells, { phrases, actions: others, student: best, short: words.short }, theme),
          },
        ]
      : []),
  ];
}

function cellsByPhrase(
  { states }: StudyFiles,
  model: string,
  shown: string,
  { traits, contexts }: ShownWords,
): PhraseCell[] {
  const answered = states.filter(({ action, predicted }) => action === shown && !Number.isNaN(predicted[model]));
  return traits.flatMap((trait) =>
    contexts.flatMap((context) => {
      const both = answered.filter((state) => state.traits.includes(trait) && state.context.includes(context));
      if (both.length === 0) return [];
      const target = mean(both.map(({ target }) => target));
      const student = mean(both.map(({ predicted }) => predicted[model]!));
      return [{ trait, context, n: both.length, target, student }];
    }),
  );
}

/** What fidelity costs. */
function ofCost({ evaluation }: StudyFiles): ReportFigure[] {
  const choices = evaluation?.loss === 'log_loss';
  const models = (evaluation?.models ?? []).flatMap((one) => {
    const { model, kind, decisionsPerSecond: rate } = one;
    const interval = choices ? one.intervals.logLoss : one.intervals.mse;
    if (rate === undefined || !(rate > 0) || !interval) return [];
    const loss = lossOf(evaluation!, one);
    return [{ model, baseline: kind === 'baseline', rate, loss, low: interval.lower, high: interval.upper }];
  });
  // One point shows no trade-off.
  if (models.length < 2) return [];
  return [
    {
      name: 'cost-fidelity',
      section: 'models',
      caption: `No model here lies below or to the right of the line; a model above it gives up accuracy, speed or both for nothing. Speed as measured on the test rows${evaluation?.machine ? ` on ${evaluation.machine}` : ''}; it says nothing about another machine.`,
      draw: (theme) => costFidelity(models, choices ? 'log loss' : 'mean squared error', theme),
    },
  ];
}

/** How far the order of the phrases moves the teacher and its students. */
function ofOrders(study: StudyFiles): ReportFigure[] {
  const { evaluation } = study;
  const teacher = evaluation?.teacherOrder;
  const asked = [
    ...(teacher
      ? [
          {
            who: ofTable(study) ? (evaluation?.asked ?? 'a teacher') : 'the teacher',
            teacher: true,
            order: movedByOrder(teacher),
          },
        ]
      : []),
    ...candidates(study).flatMap(({ model, order }) =>
      order ? [{ who: model, teacher: false, order: movedByOrder(order) }] : [],
    ),
  ];
  if (asked.length === 0) return [];
  const { orders } = asked[0]!.order;
  return [
    {
      name: 'order-sensitivity',
      section: 'models',
      caption: `n: the number of states, each shown in up to ${orders} orders. A state is a set of phrases: its order should not matter.`,
      draw: (theme) =>
        orderSensitivity(
          asked.map(({ order, ...who }) => ({
            ...who,
            states: order.states,
            mean: order.meanSd,
            most: order.maxSd,
            byConstruction: order.byConstruction,
          })),
          theme,
        ),
    },
  ];
}

/** The best model's errors by group of states. */
function ofSubgroups(study: StudyFiles): ReportFigure[] {
  const best = bestOf(study);
  const groups = (study.subgroups ?? [])
    .filter(
      ({ model, of, n, mse }) => model === best?.model && of !== 'column' && n >= ENOUGH_ROWS && Number.isFinite(mse),
    )
    .map(({ by, group, n, mse, lower, upper }): DrawnGroup => {
      const kind = by === 'trait' || by === 'context' ? by : 'number of phrases';
      return { name: groupName(by, group), by: kind, n, mse, low: lower, high: upper };
    });
  if (!best || groups.length === 0) return [];
  return [
    {
      name: 'subgroups',
      section: 'models',
      caption: `The groups of states in which ${best.model} has its largest errors, by phrase or by number of phrases, among groups of ${ENOUGH_ROWS} rows or more; to the right of the dashed line they are above its error over all states. A state is in many groups, and the worst of many is partly the unluckiest.`,
      draw: (theme) => subgroups(groups, { model: best.model, overall: best.mse }, theme),
    },
  ];
}
