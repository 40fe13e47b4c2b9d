import { existsSync } from 'node:fs';
import { UsageError } from './options.ts';
import { defineVerb } from './verb.ts';

export default defineVerb({
  name: 'visualize',
  summary: 'figures and one report of everything measured so far',
  description: [
    'Reads results/metrics and results/logs and writes results/plots/*.svg, *.png and the data of each as *.csv (training curves, model comparison, error distributions, heatmaps, calibration, …) and results/report.html, one self-contained page.',
    'Missing and damaged files are named and the rest is drawn. No file is lost: figures whose data is gone, and files in results/plots that other programs wrote or changed, are moved to results/plots/earlier if they are in the way.',
  ].join('\n'),
  options: {},
  examples: [
    ['understudy visualize', 'the study in this folder'],
    ['understudy visualize --workspace ~/studies/gemma', 'a study elsewhere'],
  ],
  async run({ values, scenario, signal, progress, log, report }) {
    if (!existsSync(values.workspace))
      throw new UsageError(`--workspace ${values.workspace} does not exist, so there is nothing to draw`, 'visualize');
    const { visualize } = await import('../report/visualize.ts');
    const result = await visualize({ workspace: values.workspace, scenario, signal, progress, log });
    const drawn = result.figures.filter((file) => file.endsWith('.svg')).length;
    report(result, [
      drawn > 0
        ? `${drawn} figures, and a report with all of them:`
        : 'Nothing has been measured here yet. The report names the steps:',
      `  ${result.report}`,
      ...(result.missing.length > 0 ? ['Missing:', ...result.missing.map((item) => `  ${item}`)] : []),
      ...(result.movedAside.length > 0
        ? ['Moved aside, because other figures take their place:', ...result.movedAside.map((path) => `  ${path}`)]
        : []),
    ]);
  },
});
