import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** How far a population is from the teacher's after some questions to the teacher. */
export interface QuestionedError {
  /** How the questions are used. */
  readonly series: string;
  /** 0 for a student alone. */
  readonly questions: number;
  /** Above 0. */
  readonly error: number;
}

/** Questions of what was asked none, on a logarithmic scale. */
const NONE = 0.5;

/**
 * What questions to a teacher buy: the error of a population's outcome against their number, a line for each way of using them,
 * and what a student alone has as a line across.
 * @param errors of several ways; those with 0 questions are drawn across
 * @param teacher questions that the teacher itself takes to decide everything
 */
export function errorByQuestions(
  errors: readonly QuestionedError[],
  {
    title,
    subtitle,
    outcome,
    teacher,
  }: { readonly title: string; readonly subtitle: string; readonly outcome: string; readonly teacher: number },
  theme: Theme,
): Figure {
  const drawn = errors.filter(({ error }) => error > 0);
  const lines = drawn.filter(({ questions }) => questions > 0);
  const alone = drawn.filter(({ questions }) => questions === 0);
  const series = [...new Set(lines.map((one) => one.series))];
  const values = drawn.map(({ error }) => error);
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values)));
  const levels = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, i) => low * 10 ** i);
  const counts = [...new Set(lines.map(({ questions }) => questions))].sort((a, b) => a - b);
  const x = {
    field: 'questions',
    type: 'quantitative',
    title: 'questions to the teacher (logarithmic)',
    scale: { type: 'log', domain: [Math.max(NONE, counts[0]! / 1.2), teacher * 1.15], nice: false },
    axis: { values: [...counts, teacher], format: ',d', labelAngle: 0, labelOverlap: true, grid: false },
  };
  const y = {
    field: 'error',
    type: 'quantitative',
    title: `${outcome} (logarithmic)`,
    scale: { type: 'log', domain: [low, high], nice: false },
    axis: { values: levels, format: '~%' },
  };
  const colour = {
    field: 'series',
    type: 'nominal',
    title: null,
    scale: { domain: series, range: series.map((_, i) => theme.categories[i % theme.categories.length]!) },
    legend: { orient: 'right', symbolOpacity: 1, symbolSize: 70 },
  };
  return {
    title: { text: title, subtitle },
    width: 420,
    height: 260,
    layer: [
      {
        data: { values: alone },
        mark: { type: 'rule', strokeDash: [4, 3], color: theme.muted, strokeWidth: 1.5 },
        encoding: { y },
      },
      {
        data: { values: alone.map((one) => ({ ...one, questions: teacher })) },
        mark: { type: 'text', align: 'right', dy: -7, color: theme.muted },
        encoding: { x, y, text: { field: 'series' } },
      },
      {
        data: { values: lines },
        mark: { type: 'line', point: { filled: true, size: 55 }, strokeWidth: 2 },
        encoding: { x, y, color: colour, shape: { field: 'series', type: 'nominal', title: null } },
      },
      {
        data: { values: [{ questions: teacher }] },
        mark: { type: 'rule', strokeDash: [1, 3], color: theme.muted },
        encoding: { x },
      },
    ],
  } as unknown as Figure;
}
