import type { Figure } from '../figures/render.ts';
import type { Theme } from '../figures/theme.ts';

/** A figure of the report. */
export interface ReportFigure {
  /** Name of its files in results/plots. */
  readonly name: string;
  readonly section: 'models' | 'phrases' | 'training' | 'stability';
  /** What a reader should see in it. */
  readonly caption: string;
  readonly draw: (theme: Theme) => Figure;
}
