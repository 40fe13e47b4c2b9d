import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** How far a population is from the teacher's after some questions to the teacher. */
export interface QuestionedError {
  /** How the questions are used. */
  readonly series: string;
  /** 0 for a student alone. */
  readonly questions: number;
  /** Above 0; others have no place on a logarithmic scale and are left out. */
  readonly error: number;
}

export interface QuestionedOutcome {
  readonly outcome: string;
  readonly errors: readonly QuestionedError[];
}

/**
 * What questions to a teacher are worth: errors of a population's outcomes against their number, a panel an outcome and a line for each way
 * of using them. What was asked nothing is a line across; what the teacher itself takes to decide everything, a line down.
 * @param teacher questions that the teacher itself takes
 */
export function errorByQuestions(
  panels: readonly QuestionedOutcome[],
  {
    title,
    subtitle,
    teacher,
  }: { readonly title: string; readonly subtitle: string | readonly string[]; readonly teacher: number },
  theme: Theme,
): Figure {
  const drawable = panels.map(({ outcome, errors }) => ({ outcome, errors: errors.filter(({ error }) => error > 0) }));
  const asked = drawable.flatMap(({ errors }) => errors.filter(({ questions }) => questions > 0));
  const series = [...new Set(asked.map((one) => one.series))];
  const counts = [...new Set(asked.map(({ questions }) => questions))].sort((a, b) => a - b);
  const named = {
    field: 'series',
    type: 'nominal',
    title: null,
    legend: { orient: 'bottom', symbolOpacity: 1, symbolSize: 70 },
  };
  const colour = {
    ...named,
    scale: { domain: series, range: series.map((_, i) => theme.categories[i % theme.categories.length]!) },
  };
  const shape = { ...named, scale: { domain: series, range: ['circle', 'diamond', 'square', 'triangle-up'] } };
  const x = {
    field: 'questions',
    type: 'quantitative',
    title: 'questions to the teacher (logarithmic)',
    scale: { type: 'log', domain: [(counts[0] ?? 1) / 1.3, teacher * 1.3], nice: false },
    axis: {
      values: [...counts.filter((_, i) => i % 2 === 0), teacher],
      format: ',d',
      grid: false,
      labelOverlap: false,
    },
  };
  const panel = ({ outcome, errors }: QuestionedOutcome) => {
    const values = errors.map(({ error }) => error);
    const domain: [number, number] =
      values.length > 0 ? [Math.min(...values) / 1.3, Math.max(...values) * 1.3] : [0.001, 1];
    const y = {
      field: 'error',
      type: 'quantitative',
      title: `${outcome} (logarithmic)`,
      scale: { type: 'log', domain, nice: false },
      axis: { values: levelsWithin(domain), format: '~%' },
    };
    const alone = errors.filter(({ questions }) => questions === 0);
    return {
      width: 300,
      height: 240,
      layer: [
        {
          data: { values: alone },
          mark: { type: 'rule', strokeDash: [4, 3], color: theme.neutral, strokeWidth: 1.5 },
          encoding: { y },
        },
        {
          data: { values: alone.map((one) => ({ ...one, questions: teacher })) },
          mark: { type: 'text', align: 'right', dx: -6, dy: -7, color: theme.muted },
          encoding: { x, y, text: { field: 'series' } },
        },
        {
          data: { values: [{ questions: teacher }] },
          mark: { type: 'rule', strokeDash: [1, 3], color: theme.neutral },
          encoding: { x },
        },
        {
          data: { values: errors.filter(({ questions }) => questions > 0) },
          mark: { type: 'line', point: { filled: true, size: 55 }, strokeWidth: 2 },
          encoding: { x, y, color: colour, shape },
        },
      ],
    };
  };
  return { title: { text: title, subtitle }, spacing: 36, hconcat: drawable.map(panel) } as unknown as Figure;
}

/** 1, 2 and 5 times powers of ten. */
function levelsWithin([low, high]: readonly [number, number]): number[] {
  const levels: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const digit of [1, 2, 5]) levels.push(Number(`${digit}e${power}`));
  return levels.filter((level) => level >= low && level <= high);
}
