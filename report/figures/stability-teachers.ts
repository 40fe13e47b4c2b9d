import type { Figure } from './render.ts';
import type { Theme } from './theme.ts';

/** What a facet moves the answers of a teacher by. */
export interface TeacherFacet {
  readonly teacher: string;
  readonly facet: string;
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
}

/** Teachers side by side, a panel for each facet. @param lines in the order in which they are drawn */
export function stabilityTeachers(lines: readonly TeacherFacet[], theme: Theme): Figure {
  const teachers = [...new Set(lines.map(({ teacher }) => teacher))];
  const most = Math.max(0.01, ...lines.map(({ upper }) => upper));
  const panel = (facet: string) => {
    const x = (field: string) =>
      ({
        field,
        type: 'quantitative',
        title: 'in probability, with its 95 % interval',
        scale: { domain: [0, most], nice: true },
        axis: { format: '~f', tickCount: 6 },
      }) as const;
    return {
      title: { text: facet, anchor: 'start', fontSize: 12 },
      width: 460,
      height: { step: 26 },
      data: { values: lines.filter((line) => line.facet === facet) },
      encoding: {
        y: {
          field: 'teacher',
          type: 'nominal',
          title: null,
          sort: teachers,
          axis: { grid: true, labelColor: theme.ink, labelFontSize: 12, labelLimit: 280 },
        },
      },
      layer: [
        {
          mark: { type: 'rule', strokeWidth: 3, opacity: 0.45, color: theme.categories[0]! },
          encoding: { x: x('lower'), x2: { field: 'upper' } },
        },
        { mark: { type: 'point', size: 90, opacity: 1, color: theme.categories[0]! }, encoding: { x: x('value') } },
      ],
    };
  };
  return {
    title: {
      text: 'Teachers side by side',
      subtitle: 'What moves the answers of each, on the same prompts',
    },
    spacing: 24,
    vconcat: [...new Set(lines.map(({ facet }) => facet))].map(panel),
  } as unknown as Figure;
}
