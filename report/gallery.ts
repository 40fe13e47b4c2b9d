import type { Scenario } from '../env/scenario.ts';
import { ofModels } from './gallery/models.ts';
import { ofPhrases } from './gallery/phrases.ts';
import type { ReportFigure } from './gallery/report-figure.ts';
import { ofStability } from './gallery/stability.ts';
import { ofAsking, ofTraining } from './gallery/training.ts';
import type { StudyFiles } from './study-files.ts';

/** Names of all figures that a study can have. */
export const figureNames = [
  'model-comparison',
  'cost-fidelity',
  'predicted-vs-true',
  'error-distribution',
  'calibration',
  'error-by-size',
  'subgroups',
  'probability-by-phrase',
  'order-sensitivity',
  'phrase-effects',
  'pair-effects',
  'training-curves',
  'learning-curve',
  'on-policy',
  'stability-spread',
  'stability-icc',
  'stability-facets',
  'stability-components',
  'stability-repeats',
  'stability-heaping',
] as const;

/** The figures that a study has the files for. */
export function figuresOf(study: StudyFiles, scenario: Scenario): ReportFigure[] {
  return [
    ...ofModels(study, scenario),
    ...ofPhrases(study, scenario),
    ...ofTraining(study),
    ...ofAsking(study),
    ...ofStability(study),
  ];
}
