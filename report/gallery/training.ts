import { learningCurve } from '../figures/learning-curve.ts';
import { onPolicy } from '../figures/on-policy.ts';
import { trainingCurves } from '../figures/training-curves.ts';
import type { StudyFiles } from '../study-files.ts';
import type { ReportFigure } from './report-figure.ts';

/** How the students learned. */
export function ofTraining({ logs }: StudyFiles): ReportFigure[] {
  if (logs.length === 0) return [];
  return [
    {
      name: 'training-curves',
      section: 'training',
      caption:
        'Losses are comparable only between students with the same kind of output; a validation loss that rises again above the train loss is overfitting.',
      draw: (theme) => trainingCurves(logs, theme),
    },
  ];
}

/** What labels were worth, where they were chosen. */
export function ofAsking({ learning = [], onPolicy: rounds = [] }: StudyFiles): ReportFigure[] {
  const curve: ReportFigure = {
    name: 'learning-curve',
    section: 'training',
    caption:
      'Error by number of labels, chosen at random or where a committee of MLPs disagrees. Both start from the same random batch.',
    draw: (theme) => learningCurve(learning, theme),
  };
  const town: ReportFigure = {
    name: 'on-policy',
    section: 'training',
    caption:
      'On the left, the states that agents visit under the student itself, weighted by their visits, on a seed that no round used. Labels spent there help there; over all states equally, random ones may help more.',
    draw: (theme) => onPolicy(rounds, theme),
  };
  return [...(learning.length > 0 ? [curve] : []), ...(rounds.length > 0 ? [town] : [])];
}
