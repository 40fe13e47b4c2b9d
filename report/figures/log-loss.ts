import { short } from '../wording.ts';
import type { Figure } from './render.ts';
import { colourOf, type Theme } from './theme.ts';

/** How well a model foresees single choices. */
export interface ForeseeingModel {
  readonly model: string;
  readonly baseline: boolean;
  /** Mean log loss in nats, with its interval. */
  readonly logLoss: number;
  readonly low: number;
  readonly high: number;
  /** NaN if it could not be computed. */
  readonly auc: number;
}

/** Log loss with its interval and area under the curve, the best model first; a line at the best baseline. */
export function logLossComparison(
  models: readonly ForeseeingModel[],
  { bestBaseline }: { readonly bestBaseline: string },
  theme: Theme,
): Figure {
  const order = [...models].sort((a, b) => a.logLoss - b.logLoss).map(({ model }) => model);
  const students = models.flatMap(({ model, baseline }) => (baseline ? [] : [model]));
  const color = {
    field: 'model',
    type: 'nominal',
    legend: null,
    scale: { domain: order, range: order.map((model) => colourOf(theme, model, students)) },
  } as const;
  const y = (labels: boolean) =>
    ({
      field: 'model',
      type: 'nominal',
      title: null,
      sort: order,
      scale: { domain: order },
      axis: { labels, grid: true, labelColor: theme.ink, labelFontSize: 12, labelPadding: 12 },
    }) as const;
  const x = (field: string) =>
    ({
      field,
      type: 'quantitative',
      title: 'log loss in nats (smaller is better)',
      scale: { zero: false },
      axis: { tickCount: 5, format: '.2~f' },
    }) as const;
  const height = { step: 34 };
  const values = models.map((row) => ({
    ...row,
    shown: `${row.logLoss.toFixed(3)} [${row.low.toFixed(3)}, ${row.high.toFixed(3)}]`,
  }));
  const reference = models.filter(({ model }) => model === bestBaseline);
  const areas = models.filter(({ auc }) => Number.isFinite(auc)).map(({ model, auc }) => ({ model, auc }));
  const losses = {
    width: 330,
    height,
    layer: [
      {
        data: { values: reference.map(({ logLoss }) => ({ logLoss })) },
        mark: { type: 'rule', strokeDash: [4, 4], color: theme.neutral },
        encoding: { x: x('logLoss') },
      },
      {
        data: { values },
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.45 },
        encoding: { y: y(true), x: x('low'), x2: { field: 'high' }, color },
      },
      {
        data: { values },
        mark: { type: 'point', size: 90, opacity: 1 },
        encoding: { y: y(true), x: x('logLoss'), color },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'left', color: theme.ink },
        encoding: { y: y(true), x: { value: 342 }, text: { field: 'shown' } },
      },
    ],
  };
  return {
    title: {
      text: 'How well each model foresees the choices',
      subtitle: [
        `Log loss with its 95 % bootstrap interval; dashed: the best baseline, ${bestBaseline}, ${short(reference[0]?.logLoss, 3)}`,
        'Right: how often a choice that was made has a higher probability than one that was not (AUC; .5 by chance)',
      ],
    },
    spacing: 36,
    hconcat: [
      losses,
      {
        width: 180,
        height,
        data: { values: areas },
        mark: { type: 'point', size: 80, opacity: 1 },
        encoding: {
          y: y(false),
          color,
          x: {
            field: 'auc',
            type: 'quantitative',
            title: 'AUC (larger is better)',
            scale: { domain: [Math.min(0.5, ...areas.map(({ auc }) => Math.floor(auc * 10) / 10)), 1], nice: false },
            axis: { tickCount: 5, format: '.1~f' },
          },
        },
      },
    ],
  } as unknown as Figure;
}
