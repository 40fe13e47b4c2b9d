import { capital } from '../wording.ts';
import { SIGNED } from './error-distribution.ts';
import type { Figure } from './render.ts';
import { colourOf, type Theme } from './theme.ts';

/** How often an action was taken in a group of rows, and how often somebody says so. */
export interface DrawnShare {
  readonly model: string;
  /** As a person would name the group. */
  readonly name: string;
  readonly by: 'all' | 'trait' | 'context' | 'number of phrases';
  readonly action: string;
  readonly n: number;
  readonly observed: number;
  readonly observedLow: number;
  readonly observedHigh: number;
  readonly predicted: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

export interface ShareNames {
  /** Who says so, in the order of the legend. */
  readonly models: readonly string[];
  /** Heading of what was observed: "observed". */
  readonly short: string;
  /** Groups from top to bottom. */
  readonly groups: readonly string[];
  /** A panel each. */
  readonly actions: readonly string[];
}

/** The share of each action by group as it was observed, with its interval, and as models have it. */
export function sharesByGroup(rows: readonly DrawnShare[], names: ShareNames, theme: Theme): Figure {
  return {
    title: {
      text:
        names.actions.length === 1
          ? `How often ${names.actions[0]}, by group of rows`
          : 'How often each action, by group of rows',
      subtitle: `${capital(names.short)} with its 95 % interval, and the mean probability of ${names.models.length === 1 ? names.models[0] : 'each model'} in the same rows`,
    },
    spacing: 24,
    hconcat: names.actions.map((action, i) => levels(rows, { ...names, action, labels: i === 0 }, theme)),
    resolve: { scale: { color: 'shared' } },
  } as unknown as Figure;
}

/** The same of one column beside the labels, and how far it is from them. */
export function sharesBeside(rows: readonly DrawnShare[], names: ShareNames, theme: Theme): Figure {
  const [action, model] = [names.actions[0]!, names.models[0]!];
  return {
    title: {
      text: `${model} beside the labels: P(${action}) by group of rows`,
      subtitle: `Left: ${names.short} with its 95 % interval, and the mean of ${model}. Right: ${model} − ${names.short}, with its paired interval`,
    },
    spacing: 24,
    hconcat: [
      levels(rows, { ...names, action, labels: true }, theme),
      {
        width: 220,
        height: { step: 24 },
        layer: gaps(
          rows.filter((row) => row.action === action && row.model === model),
          names.groups,
          { title: `${model} − ${names.short}`, labels: false, colour: colourOf(theme, model, names.models) },
          theme,
        ),
      },
    ],
  } as unknown as Figure;
}

/** Groups drawn at most. */
const ROWS = 14;
const KINDS = ['trait', 'context', 'number of phrases'] as const;

/** Where one model's shares are furthest off: predicted minus observed by group, the clearest first. */
export function shareGaps(
  rows: readonly DrawnShare[],
  { model, short, several }: { readonly model: string; readonly short: string; readonly several: boolean },
  theme: Theme,
): Figure {
  const beyond = ({ low, high }: DrawnShare) => Math.max(0, low, -high);
  const values = [...rows]
    .sort((a, b) => beyond(b) - beyond(a) || Math.abs(b.difference) - Math.abs(a.difference))
    .slice(0, ROWS)
    .map((row) => ({
      ...row,
      name: several ? `${row.name} · ${row.action}` : row.name,
      shown: signed(row.difference),
      rows: `n = ${row.n.toLocaleString('en-US')}`,
    }));
  const kinds = KINDS.filter((kind) => values.some(({ by }) => by === kind));
  const color = {
    field: 'by',
    type: 'nominal',
    title: null,
    scale: { domain: kinds, range: kinds.map((kind) => theme.categories[KINDS.indexOf(kind)]!) },
    legend: { symbolType: 'circle', symbolStrokeWidth: 0, symbolOpacity: 1 },
  };
  const groups = values.map(({ name }) => name);
  return {
    title: {
      text: `Where ${model} is off on average`,
      subtitle: `Mean prediction − ${short === 'observed' ? 'observed share' : `mean ${short}`} by group of rows, with its 95 % interval`,
    },
    width: 400,
    height: { step: 26 },
    layer: [
      ...gaps(values, groups, { title: `predicted − ${short}`, labels: true, color }, theme),
      {
        data: { values },
        mark: { type: 'text', align: 'left', color: theme.ink },
        encoding: { y: yOf(groups, true, theme), x: { value: 416 }, text: { field: 'shown' } },
      },
      {
        data: { values },
        mark: { type: 'text', align: 'left', color: theme.muted },
        encoding: { y: yOf(groups, true, theme), x: { value: 468 }, text: { field: 'rows' } },
      },
    ],
  } as unknown as Figure;
}

/** A mark as high as a line of the table, so that marks on it leave it to be seen. */
const BAR = 'M-.18,-1.1L.18,-1.1L.18,1.1L-.18,1.1Z';

const signed = (value: number) => {
  const text = Math.abs(value).toFixed(3).replace(/^0/, '');
  return Number(text) === 0 ? '0' : `${value < 0 ? '−' : '+'}${text}`;
};

const yOf = (groups: readonly string[], labels: boolean, theme: Theme) => ({
  field: 'name',
  type: 'nominal',
  title: null,
  sort: [...groups],
  scale: { domain: [...groups] },
  axis: { labels, grid: true, labelColor: theme.ink, labelFontSize: 12, labelPadding: 12 },
});

interface Panel extends ShareNames {
  readonly action: string;
  readonly labels: boolean;
}

function levels(rows: readonly DrawnShare[], { models, short, groups, action, actions, labels }: Panel, theme: Theme) {
  const own = rows.filter((row) => row.action === action && groups.includes(row.name));
  const y = yOf(groups, labels, theme);
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: actions.length === 1 ? `P(${action})` : action,
    scale: { domain: [0, 1] },
    axis: { tickCount: 5, format: '.1~f' },
  });
  const domain = [short, ...models];
  const legend = {
    field: 'who',
    type: 'nominal',
    title: null,
    scale: { domain, range: [theme.ink, ...models.map((model) => colourOf(theme, model, models))] },
    legend: { symbolOpacity: 1, symbolSize: 70, symbolStrokeWidth: 0 },
  };
  const shape = {
    ...legend,
    scale: { domain, range: [BAR, ...models.map(() => 'circle')] },
  };
  const observed = groups.flatMap((name) => {
    const row = own.find((one) => one.name === name);
    return row
      ? [{ name, who: short, n: row.n, share: row.observed, low: row.observedLow, high: row.observedHigh }]
      : [];
  });
  const said = own.map(({ name, model, n, predicted }) => ({ name, who: model, n, share: predicted }));
  return {
    width: actions.length === 1 ? 380 : 240,
    height: { step: 24 },
    layer: [
      {
        data: { values: observed },
        mark: { type: 'rule', strokeWidth: 7, opacity: 0.22, color: theme.ink },
        encoding: { y, x: x('low'), x2: { field: 'high' } },
      },
      {
        data: { values: observed },
        mark: { type: 'point', size: 60, opacity: 1 },
        encoding: { y, x: x('share'), color: legend, shape },
      },
      {
        data: { values: said },
        mark: { type: 'point', size: 46, opacity: 0.95 },
        encoding: { y, x: x('share'), color: legend, shape },
      },
    ],
  };
}

interface GapOptions {
  readonly title: string;
  readonly labels: boolean;
  readonly colour?: string;
  readonly color?: object;
}

function gaps(
  rows: readonly DrawnShare[],
  groups: readonly string[],
  { title, labels, colour, color }: GapOptions,
  theme: Theme,
) {
  const values = rows
    .filter(({ name }) => groups.includes(name))
    .map(({ observedLow: _l, observedHigh: _h, ...row }) => row);
  const y = yOf(groups, labels, theme);
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title,
    scale: { zero: true },
    axis: { tickCount: 5, format: '+.2~f', labelExpr: SIGNED },
  });
  const encoding = color ? { color } : { color: { value: colour } };
  return [
    {
      data: { values: [{ none: 0 }] },
      mark: { type: 'rule', strokeDash: [4, 4], color: theme.neutral },
      encoding: { x: x('none') },
    },
    {
      data: { values },
      mark: { type: 'rule', strokeWidth: 3, opacity: 0.45 },
      encoding: { y, x: x('low'), x2: { field: 'high' }, ...encoding },
    },
    {
      data: { values },
      mark: { type: 'point', size: 80, opacity: 1 },
      encoding: { y, x: x('difference'), ...encoding },
    },
  ];
}
