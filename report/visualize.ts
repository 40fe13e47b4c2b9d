import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scenario } from '../env/scenario.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { workspace } from '../workspace/paths.ts';
import type { WorkOptions } from '../workspace/progress.ts';
import { writeFileAtomically } from '../workspace/write-file.ts';
import { figureTable } from './figures/figure-table.ts';
import { toPng, toSvg } from './figures/render.ts';
import { dark, light } from './figures/theme.ts';
import { figureNames, figuresOf } from './gallery.ts';
import { type DrawnFigure, reportOf } from './report.ts';
import { readStudy } from './study-files.ts';

export interface VisualizeOptions extends WorkOptions {
  readonly workspace: string;
  /** Default ice-cream-v1. */
  readonly scenario?: Scenario;
}

export interface Visualization {
  /** Paths of the SVG, PNG and CSV files. */
  readonly figures: string[];
  /** Path of report.html. */
  readonly report: string;
}

/**
 * Draws what the steps before have left in a workspace: results/plots/NAME.svg, NAME.png and, with
 * the data that it draws, NAME.csv; and results/report.html, one file with everything in it. What is missing is said in the report, with the verb that makes it; figures of an
 * earlier study that can no longer be drawn are removed.
 * @throws {UnderstudyError} DISTILL_FILE where a file of the study is damaged
 */
export async function visualize(options: VisualizeOptions): Promise<Visualization> {
  const { scenario = iceCream, progress, signal } = options;
  const paths = workspace(options.workspace);
  const study = await readStudy(paths);
  const planned = figuresOf(study, scenario);
  const drawn: DrawnFigure[] = [];
  const written: string[] = [];
  await mkdir(paths.plots, { recursive: true });
  for (const [i, figure] of planned.entries()) {
    signal?.throwIfAborted();
    progress?.({ stage: 'drawing figures', done: i, of: planned.length, note: figure.name });
    const spec = figure.draw(light);
    const svg = await toSvg(spec, light);
    const at = (extension: string) => join(paths.plots, `${figure.name}.${extension}`);
    await writeFile(at('svg'), svg);
    await writeFile(at('png'), toPng(svg));
    await writeFile(at('csv'), figureTable(spec));
    written.push(at('svg'), at('png'), at('csv'));
    drawn.push({ ...figure, light: svg, dark: await toSvg(figure.draw(dark), dark) });
  }
  for (const name of figureNames)
    if (!planned.some((figure) => figure.name === name))
      for (const extension of ['svg', 'png', 'csv'])
        await rm(join(paths.plots, `${name}.${extension}`), { force: true });
  await writeFileAtomically(paths.report, reportOf(study, scenario, drawn));
  progress?.({ stage: 'drawing figures', done: planned.length, of: planned.length });
  return { figures: written, report: paths.report };
}
