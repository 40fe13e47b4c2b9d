import type { Config } from 'vega-lite';
import { emphasis, family } from './font.ts';

/** Colours of one appearance. Figures take them from here and name none of their own. */
export interface Theme {
  readonly name: 'light' | 'dark';
  readonly background: string;
  /** Text and marks that carry the argument. */
  readonly ink: string;
  /** Axis labels, annotations. */
  readonly muted: string;
  readonly grid: string;
  /** Reference lines and whatever is not a student. */
  readonly neutral: string;
  /**
   * For categories, distinguishable with normal vision and with red–green and blue–yellow blindness; each has a
   * contrast of 3 to 1 or more with the background. After Okabe & Ito, "Color universal design", 2008.
   */
  readonly categories: readonly string[];
  /** From nothing to much, for areas; starts near the background. */
  readonly sequential: readonly string[];
  /** From below through none to above. */
  readonly diverging: readonly string[];
}

export const light: Theme = {
  name: 'light',
  background: '#ffffff',
  ink: '#1c2530',
  muted: '#5a6675',
  grid: '#e6e9ee',
  neutral: '#7d8896',
  categories: ['#0072b2', '#d55e00', '#00866a', '#a5417f', '#8a6a00', '#4a5fc1'],
  sequential: ['#f1f5fa', '#c5dbee', '#8bbadb', '#4a90c2', '#1c669f', '#0b3f6f'],
  diverging: ['#a34a00', '#dd8a4d', '#f3d3b8', '#f6f6f4', '#bcd8ea', '#5aa0cb', '#0b5c92'],
};

export const dark: Theme = {
  name: 'dark',
  background: '#14181f',
  ink: '#e8ecf2',
  muted: '#a3adba',
  grid: '#2a313b',
  neutral: '#8a95a3',
  categories: ['#56b4e9', '#f28e4a', '#2fc49b', '#dc8fc0', '#d9b63f', '#9aa9f5'],
  sequential: ['#1b232d', '#1d3f5c', '#20628f', '#3488bf', '#74b3dd', '#c9e4f7'],
  diverging: ['#f0a35e', '#b26a2c', '#5c3f29', '#232830', '#26465c', '#3a82ad', '#8fcbf0'],
};

/** What all figures share. */
export function configOf(theme: Theme): Config {
  return {
    background: theme.background,
    // A figure is described as a whole where it is shown; a label for each of its marks says less.
    aria: false,
    font: family,
    padding: 16,
    view: { stroke: null },
    axis: {
      domainColor: theme.grid,
      gridColor: theme.grid,
      tickColor: theme.grid,
      labelColor: theme.muted,
      titleColor: theme.muted,
      labelFontSize: 11,
      titleFontSize: 12,
      titleFontWeight: 'normal',
      titlePadding: 10,
      labelPadding: 6,
      labelLimit: 260,
      ticks: false,
      domain: false,
    },
    legend: {
      labelColor: theme.ink,
      titleColor: theme.muted,
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: 'normal',
      orient: 'top',
      titleOrient: 'left',
      labelLimit: 240,
      offset: 12,
    },
    title: {
      font: emphasis,
      color: theme.ink,
      subtitleColor: theme.muted,
      fontSize: 15,
      fontWeight: 600,
      subtitleFontSize: 12,
      subtitlePadding: 6,
      anchor: 'start',
      frame: 'group',
      offset: 18,
    },
    header: {
      labelFont: emphasis,
      labelColor: theme.ink,
      labelFontSize: 12,
      labelFontWeight: 600,
      labelAnchor: 'start',
      titleColor: theme.muted,
      titleFontWeight: 'normal',
      titleFontSize: 12,
    },
    text: { color: theme.ink, fontSize: 11 },
    rule: { color: theme.neutral },
    point: { filled: true, size: 60 },
    line: { strokeWidth: 2 },
    range: { category: [...theme.categories], heatmap: [...theme.sequential], diverging: [...theme.diverging] },
  };
}

/** Relative luminance (WCAG 2.2) of a colour given by its red, green and blue, from 0 to 255. */
function luminance(channels: readonly number[]): number {
  const [r, g, b] = channels.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

const channelsOf = (colour: string) => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

/** Contrast of two colours (WCAG 2.2), from 1 to 21. */
export function contrast(a: string | readonly number[], b: string | readonly number[]): number {
  const [dim, bright] = [a, b]
    .map((colour) => luminance(typeof colour === 'string' ? channelsOf(colour) : colour))
    .sort((x, y) => x - y);
  return (bright! + 0.05) / (dim! + 0.05);
}

/**
 * The colour of text on a cell that is the share `at` (0…1) along a ramp: ink or background, whichever is read better.
 */
export function inkOn(theme: Theme, ramp: readonly string[], at: number): string {
  const place = Math.min(1, Math.max(0, at)) * (ramp.length - 1);
  const [below, above] = [Math.floor(place), Math.ceil(place)].map((i) => channelsOf(ramp[i]!));
  const cell = below!.map((channel, i) => channel + (place - Math.floor(place)) * (above![i]! - channel));
  return contrast(theme.ink, cell) >= contrast(theme.background, cell) ? theme.ink : theme.background;
}

const STUDENTS = ['logistic', 'mlp', 'encoder', 'decoder'];

/** A student keeps its colour from figure to figure, also where others are missing; baselines are neutral. */
export function colourOf(theme: Theme, model: string, others: readonly string[] = []): string {
  const known = STUDENTS.indexOf(model);
  if (known >= 0) return theme.categories[known]!;
  const rest = others.filter((other) => !STUDENTS.includes(other)).indexOf(model);
  return rest < 0 ? theme.neutral : theme.categories[(STUDENTS.length + rest) % theme.categories.length]!;
}
