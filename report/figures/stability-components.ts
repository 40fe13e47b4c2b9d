import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** One source of the variance of single answers. */
export interface DrawnComponent {
  readonly effect: string;
  /** Below 0 where the effect shows less than chance would. */
  readonly variance: number;
  /** Bounds of the variance. */
  readonly lower: number;
  readonly upper: number;
}

/** With more rows than this, those too small to be seen are drawn as one. */
const MOST = 8;
const SEEN = 0.005;

/** What makes answers differ: each effect's share of the variance, and its size in probabilities, the largest first. */
export function stabilityComponents(components: readonly DrawnComponent[], theme: Theme): Figure {
  const total = components.reduce((sum, { variance }) => sum + Math.max(0, variance), 0);
  const sorted = [...components].sort((a, b) => b.variance - a.variance);
  const seen = sorted.slice(0, MOST - 1).filter(({ variance }) => variance >= SEEN * total);
  const shown = sorted.length > MOST ? seen : sorted;
  const small = sorted.slice(shown.length);
  const rows = shown.map((component) => {
    const [variance, lower, upper] = [component.variance, component.lower, component.upper].map((v) => Math.max(0, v));
    const others = total - variance!;
    // A bound of the variance as a share, the other sources as they are estimated.
    const shareOf = (v: number) => (v > 0 ? v / (v + others) : 0);
    const [share, from, to] = [variance!, lower!, upper!].map(shareOf);
    const per = (value: number) => (100 * value).toFixed(share! < 0.0995 ? 1 : 0);
    return {
      effect: component.effect,
      share: share!,
      from,
      to,
      sd: Math.sqrt(variance!),
      sdFrom: Math.sqrt(lower!),
      sdTo: Math.sqrt(upper!),
      shown: `${per(share!)} % [${per(from!)}, ${per(to!)}]`,
      sdShown: Math.sqrt(variance!).toFixed(3),
    };
  });
  const together = small.reduce((sum, { variance }) => sum + Math.max(0, variance), 0);
  const folded = {
    effect: `${small.length} smaller ones together`,
    share: together / total,
    sd: Math.sqrt(together),
    shown: `${((100 * together) / total).toFixed(1)} %`,
    sdShown: Math.sqrt(together).toFixed(3),
  };
  const values = small.length > 0 ? [...rows, folded] : rows;
  const order = values.map(({ effect }) => effect);
  const height = { step: 30 };
  const y = (labels: boolean) =>
    ({
      field: 'effect',
      type: 'nominal',
      title: null,
      sort: order,
      axis: { labels, grid: false, labelColor: theme.ink, labelFontSize: 12, labelPadding: 10, labelLimit: 320 },
    }) as const;
  const colour = theme.categories[0]!;
  return {
    title: {
      text: 'What makes answers differ',
      subtitle: [
        'Variance of single answers by its sources, with 95 % intervals over prompts.',
        'The prompt is what a student can learn; everything else is noise to it',
      ],
    },
    spacing: 36,
    data: { values },
    hconcat: [
      {
        width: 300,
        height,
        encoding: { y: y(true) },
        layer: [
          {
            mark: { type: 'bar', color: colour, height: 14, opacity: 0.55 },
            encoding: {
              x: {
                field: 'share',
                type: 'quantitative',
                title: 'share of the variance',
                scale: { domain: [0, 1], nice: false },
                axis: { format: '.0%', tickCount: 5, labelFlush: false },
              },
            },
          },
          {
            transform: [{ filter: 'isValid(datum.from)' }],
            mark: { type: 'rule', strokeWidth: 2, color: theme.ink },
            encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'to' } },
          },
          {
            mark: { type: 'text', align: 'left', color: theme.ink },
            encoding: { x: { value: 312 }, text: { field: 'shown' } },
          },
        ],
      },
      {
        width: 210,
        height,
        encoding: { y: y(false) },
        layer: [
          {
            transform: [{ filter: 'isValid(datum.sdFrom)' }],
            mark: { type: 'rule', strokeWidth: 3, opacity: 0.45, color: colour },
            encoding: {
              x: {
                field: 'sdFrom',
                type: 'quantitative',
                title: 'standard deviation, in probability',
                scale: { domainMin: 0, nice: true },
                axis: { format: '~f', tickCount: 5, labelFlush: false },
              },
              x2: { field: 'sdTo' },
            },
          },
          {
            mark: { type: 'point', size: 80, opacity: 1, color: colour },
            encoding: { x: { field: 'sd', type: 'quantitative' } },
          },
          {
            mark: { type: 'text', align: 'left', color: theme.ink },
            encoding: { x: { value: 222 }, text: { field: 'sdShown' } },
          },
        ],
      },
    ],
  } as Figure;
}
