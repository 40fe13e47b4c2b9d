import { costFidelity } from '../figures/cost-fidelity.ts';
import type { ReportFigure } from '../report-figure.ts';
import type { StudyFiles } from '../study-files.ts';

/** What fidelity costs. */
export function ofCost({ evaluation }: StudyFiles): ReportFigure[] {
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
