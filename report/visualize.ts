import type { Vocabulary } from '../env/scenario.ts';
import type { WorkOptions } from '../env/work.ts';
import { defaultScenario } from '../scenarios/default-scenario.ts';
import { requireScenario } from '../workspace/one-scenario.ts';
import { workspace } from '../workspace/paths.ts';
import { writeFileAtomically } from '../workspace/write-file.ts';
import { mainExplained } from './explained.ts';
import { figureTable, type ReportFigure, toPng, toSvg } from './figures/render.ts';
import { dark, light } from './figures/theme.ts';
import type { Finding } from './findings/finding.ts';
import { allFindings, missingOf } from './findings/study.ts';
import { figuresOf } from './gallery.ts';
import { openPlots } from './plots.ts';
import { type DrawnFigure, reportOf } from './report.ts';
import { readStudy } from './study-files.ts';

export interface VisualizeOptions extends WorkOptions {
  readonly workspace: string;
  /** Default: the world that is meant if none is named. */
  readonly scenario?: Vocabulary;
}

export interface Visualization {
  /** Paths of the SVG, PNG and CSV files. */
  readonly figures: string[];
  /** Path of report.html. */
  readonly report: string;
  /** What the study shows, as the report says it. */
  readonly findings: readonly Finding[];
  /** Steps that have not been made yet, each with the verb that makes it, and files that could not be read. */
  readonly missing: readonly string[];
  /** Paths below results/plots/earlier of files that were moved out of the way. */
  readonly movedAside: readonly string[];
}

/**
 * Draws what the steps before have left in a workspace: results/plots/NAME.svg, NAME.png and, with the data that it
 * draws, NAME.csv; and results/report.html, one file with everything in it. What is missing or damaged is left out, and
 * the report says so. No file is lost: see `Plots`.
 * @throws {UnderstudyError} STUDY_SCENARIO if a file of the workspace is of another scenario; nothing is changed then
 */
export async function visualize(options: VisualizeOptions): Promise<Visualization> {
  const { scenario = defaultScenario, progress, signal } = options;
  const paths = workspace(options.workspace);
  await requireScenario(paths, scenario.id);
  const study = await readStudy(paths, scenario);
  const planned = figuresOf(study, scenario);
  const shown = mainExplained(study, scenario.actions);
  const drawn: DrawnFigure[] = [];
  const written: string[] = [];
  signal?.throwIfAborted();
  const plots = await openPlots(paths.plots);
  const undrawn: string[] = [];
  for (const [i, figure] of planned.entries()) {
    signal?.throwIfAborted();
    progress?.({ stage: 'drawing figures', done: i, of: planned.length, note: figure.name });
    const both = await drawingsOf(figure).catch((error: Error) => {
      undrawn.push(
        `The figure ${figure.name} could not be drawn (${error.message}): its data has values that it cannot show. Run the step that measures it again`,
      );
    });
    if (!both) continue;
    written.push(
      await plots.write(`${figure.name}.svg`, both.light),
      await plots.write(`${figure.name}.png`, toPng(both.light)),
      await plots.write(`${figure.name}.csv`, both.table),
    );
    drawn.push({ ...figure, light: both.light, dark: both.dark });
  }
  const movedAside = await plots.finish();
  const known = { ...study, damaged: [...(study.damaged ?? []), ...undrawn] };
  await writeFileAtomically(paths.report, reportOf(known, scenario, drawn));
  progress?.({ stage: 'drawing figures', done: planned.length, of: planned.length });
  return {
    figures: written,
    report: paths.report,
    findings: allFindings(shown.study, shown.action),
    missing: missingOf(study),
    movedAside,
  };
}

/** Both appearances of a figure, and its data as a table. */
async function drawingsOf(figure: ReportFigure): Promise<{ light: string; dark: string; table: string }> {
  const spec = figure.draw(light);
  return {
    light: await toSvg(spec, light),
    dark: await toSvg(figure.draw(dark), dark),
    table: figureTable(spec),
  };
}
