import { expectedCalibrationError, reliability } from '../../stats/calibration.ts';
import { mae } from '../../stats/errors.ts';
import { mean } from '../../stats/moments.ts';
import type { LabelWords } from '../label-words.ts';
import type { Predicted } from './error-distribution.ts';
import type { Figure } from './render.ts';
import { colourOf, inkOn, type Theme } from './theme.ts';

/** One model's predictions of one action on the test set. */
export interface PredictedAction extends Predicted {
  readonly action: string;
}

/** Panels of small multiples: more are not read. */
const PANELS = 9;

/** Names of actions, the likeliest first. */
function byMean(rows: readonly PredictedAction[]): string[] {
  const means = new Map(rows.map(({ action, target }) => [action, mean(Array.from(target))]));
  return [...means.keys()].sort((a, b) => means.get(b)! - means.get(a)!);
}

/** Mean absolute error of each model on each action, the likeliest action first, with its mean label beside it. */
export function errorByAction(
  rows: readonly PredictedAction[],
  { one, rows: ofRows }: Pick<LabelWords, 'one' | 'rows'>,
  theme: Theme,
): Figure {
  const actions = byMean(rows);
  const models = [...new Set(rows.map(({ model }) => model))];
  const values = rows.map(({ model, action, target, predicted }) => ({ model, action, mae: mae(target, predicted) }));
  const means = actions.map((action) => {
    const { target } = rows.find((row) => row.action === action)!;
    return { action, mean: mean(Array.from(target)), shown: `mean P ${mean(Array.from(target)).toFixed(3)}` };
  });
  const y = {
    field: 'action',
    type: 'nominal',
    title: null,
    sort: actions,
    axis: { grid: true, tickBand: 'extent', labelColor: theme.ink, labelFontSize: 12, labelPadding: 12 },
  } as const;
  return {
    title: {
      text: 'Error by action',
      subtitle: `Mean |predicted − ${one.replace(/^the /, '')}| over the test ${ofRows}; the likeliest actions first`,
    },
    width: 400,
    height: { step: Math.max(24, 8 * models.length + 8), for: 'position' },
    layer: [
      {
        data: { values },
        mark: { type: 'point', size: 60, opacity: 1 },
        encoding: {
          y,
          yOffset: { field: 'model', type: 'nominal', sort: models },
          x: {
            field: 'mae',
            type: 'quantitative',
            title: 'mean |error|',
            scale: { zero: true },
            axis: { tickCount: 5 },
          },
          color: {
            field: 'model',
            type: 'nominal',
            title: null,
            scale: { domain: models, range: models.map((model) => colourOf(theme, model, models)) },
            legend: { symbolType: 'circle', symbolStrokeWidth: 0, symbolOpacity: 1 },
          },
        },
      },
      {
        data: { values: means },
        mark: { type: 'text', align: 'left', color: theme.muted },
        encoding: { y, x: { value: 416 }, text: { field: 'shown' } },
      },
    ],
  } as Figure;
}

/** Reliability of one model's probabilities, a panel for each of the likeliest actions. */
export function calibrationByAction(
  rows: readonly PredictedAction[],
  model: string,
  { short, mean: meanLabel, rows: ofRows }: Pick<LabelWords, 'short' | 'mean' | 'rows'>,
  theme: Theme,
): Figure {
  const own = rows.filter((row) => row.model === model);
  const actions = byMean(own);
  const shown = actions.slice(0, PANELS);
  const values = own
    .filter(({ action }) => shown.includes(action))
    .flatMap(({ action, target, predicted }) => [
      ...reliability(target, predicted).map((bin) => ({ ...bin, action })),
      { action, note: `calibration error ${expectedCalibrationError(target, predicted).toFixed(3)}` },
    ]);
  // Probabilities of many actions are small: the panels share a scale that holds them all.
  const most = Math.max(0.1, ...values.flatMap((row) => ('n' in row ? [row.meanPredicted, row.meanTarget] : [])));
  const scale = { domain: [0, Math.min(1, Math.ceil(most * 10.5) / 10)], nice: false };
  const axis = { tickCount: 3, format: '.2~f' };
  const x = { field: 'meanPredicted', type: 'quantitative', title: 'predicted', scale, axis };
  const y = { field: 'meanTarget', type: 'quantitative', title: short, scale, axis };
  return {
    title: {
      text: `Calibration of ${model} by action`,
      subtitle: `On the diagonal ${meanLabel} is what the model predicts; area by number of ${ofRows}${actions.length > PANELS ? `; the ${PANELS} likeliest of ${actions.length} actions` : ''}`,
    },
    data: { values },
    facet: { field: 'action', title: null, sort: shown },
    columns: 3,
    spacing: { row: 20, column: 28 },
    spec: {
      width: 165,
      height: 165,
      layer: [
        {
          data: { values: [{ from: 0, to: scale.domain[1] }] },
          mark: { type: 'rule', color: theme.neutral, strokeDash: [4, 4] },
          encoding: {
            x: { field: 'from', type: 'quantitative', scale, axis },
            y: { field: 'from', type: 'quantitative', scale, axis },
            x2: { field: 'to' },
            y2: { field: 'to' },
          },
        },
        {
          transform: [{ filter: 'isValid(datum.n)' }],
          mark: { type: 'point', opacity: 0.85, color: colourOf(theme, model, [model]) },
          encoding: {
            x,
            y,
            size: { field: 'n', type: 'quantitative', title: null, scale: { range: [12, 220] }, legend: null },
          },
        },
        {
          transform: [{ filter: 'isValid(datum.note)' }],
          mark: { type: 'text', align: 'right', baseline: 'bottom', color: theme.muted, fontSize: 10 },
          encoding: { x: { value: 161 }, y: { value: 161 }, text: { field: 'note' } },
        },
      ],
    },
  } as Figure;
}

/** The mean label of an action over the rows in which a phrase holds, and a model's mean beside it. */
export interface ActionCell {
  readonly phrase: string;
  readonly action: string;
  readonly n: number;
  readonly target: number;
  readonly student: number;
}

/** Heatmaps by phrase × action: the mean label, and how far a model's mean is from it. */
export function actionsByPhrase(
  cells: readonly ActionCell[],
  {
    phrases,
    actions,
    student,
    short,
  }: {
    readonly phrases: readonly string[];
    readonly actions: readonly string[];
    readonly student: string;
    readonly short: string;
  },
  theme: Theme,
): Figure {
  const most = Math.max(0.01, ...cells.map(({ target }) => target));
  const reach = Math.ceil(100 * Math.max(0.01, ...cells.map((cell) => Math.abs(cell.student - cell.target)))) / 100;
  const panel = (title: string, difference: boolean) => ({
    title: { text: title, fontSize: 12, offset: 10 },
    width: { step: 37 },
    height: { step: 25 },
    data: {
      values: cells.map((cell) => {
        const value = difference ? cell.student - cell.target : cell.target;
        const text = Math.abs(value).toFixed(2).replace(/^0/, '');
        return {
          ...cell,
          mean: value,
          ink: difference
            ? inkOn(theme, theme.diverging, (value / reach + 1) / 2)
            : inkOn(theme, theme.sequential, value / most),
          shown: difference ? (Number(text) === 0 ? '0' : `${value < 0 ? '−' : '+'}${text}`) : text,
        };
      }),
    },
    encoding: {
      x: {
        field: 'action',
        type: 'nominal',
        title: null,
        scale: { domain: [...actions], paddingInner: 0.04 },
        axis: { labelAngle: -40, labelAlign: 'right', labelBaseline: 'middle' },
      },
      y: {
        field: 'phrase',
        type: 'nominal',
        title: null,
        scale: { domain: [...phrases], paddingInner: 0.05 },
        axis: { labels: !difference },
      },
    },
    layer: [
      {
        mark: { type: 'rect', cornerRadius: 2 },
        encoding: {
          color: {
            field: 'mean',
            type: 'quantitative',
            scale: difference
              ? { domain: [-reach, reach], range: [...theme.diverging], interpolate: 'lab' }
              : { domain: [0, most], range: [...theme.sequential] },
            legend: null,
          },
        },
      },
      { mark: { type: 'text', fontSize: 9, color: { expr: 'datum.ink' } }, encoding: { text: { field: 'shown' } } },
    ],
  });
  return {
    title: {
      text: 'What is done when: P of each action by phrase',
      subtitle: 'Means over the test rows in which the phrase holds; the default action has the rest',
    },
    spacing: 24,
    hconcat: [panel(short, false), panel(`${student} − ${short}`, true)],
    resolve: { scale: { color: 'independent' } },
  } as Figure;
}
