import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { claimWords, verdictOf } from '../../report/findings/audit.ts';
import { sideName } from '../../report/findings/populations.ts';
import { grouped, pValue, short, withInterval } from '../../report/wording.ts';
import { readAudit } from '../../workspace/audits.ts';
import { certificateFiles, readCertificate } from '../../workspace/certificates.ts';
import { readComparisons } from '../../workspace/comparisons.ts';
import { readDataset } from '../../workspace/dataset.ts';
import { readEvaluation, type StudyEvaluation } from '../../workspace/evaluation.ts';
import { readLearning } from '../../workspace/learning-curve.ts';
import { readOnPolicy } from '../../workspace/on-policy.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { readPopulationComparison } from '../../workspace/population-comparison.ts';
import { readStability, type StudyStability } from '../../workspace/stability.ts';
import { readSweep } from '../../workspace/sweep.ts';
import { commandIn, type FoundResult, type Run } from './result-commands.ts';
import { certified, recorded, swept } from './run-results.ts';

/** Results of one kind. To list another kind, add one to `resultKinds`. */
export interface ResultKind {
  readonly kind: string;
  /** Over its list. */
  readonly title: string;
  /** Files that may hold some; those that are not there are passed over. */
  files(paths: Workspace): Promise<readonly string[]>;
  /** What one of the files says. @throws where it cannot be read, saying why */
  read(paths: Workspace, file: string): Promise<readonly FoundResult[]>;
}

/** Every kind, in the order of the list. @param workspace as commands name it */
export function resultKinds(workspace: string): readonly ResultKind[] {
  const run = commandIn(workspace);
  const one = (of: (paths: Workspace) => string) => async (paths: Workspace) => [of(paths)];
  return [
    {
      kind: 'evaluation',
      title: 'Students and their errors',
      files: one(({ evaluation }) => evaluation),
      read: async (paths) => evaluated((await readEvaluation(paths))!, run),
    },
    {
      kind: 'comparison',
      title: 'Pairs of students',
      files: one(({ comparisons }) => comparisons),
      read: async (paths) =>
        (await readComparisons(paths)).map(({ a, b, difference, lower, upper, pHolm }) => ({
          what: `${a} − ${b}`,
          number: `${withInterval(difference, { lower, upper })}, p ${pValue(pHolm)} after Holm`,
          command: run('evaluate'),
        })),
    },
    {
      kind: 'stability',
      title: 'How steady the teacher is',
      files: one(({ stability }) => stability),
      read: async (paths) => steady((await readStability(paths))!, run),
    },
    {
      kind: 'dataset',
      title: 'Data sets',
      files: one(({ dataset }) => dataset),
      read: async (paths) => {
        const { teacher, asked, files, order, seed } = (await readDataset(paths))!;
        const [train, test] = [files.train?.rows ?? 0, files.test?.rows ?? 0];
        return [
          {
            what: `${teacher}, ${grouped(asked)} observations`,
            number: `${grouped(train)} rows to learn from, ${grouped(test)} to test on`,
            command: run('dataset', ['teacher', teacher], ['size', asked], ['order', order], ['seed', seed]),
          },
        ];
      },
    },
    {
      kind: 'learning',
      title: 'What labels were worth',
      files: one(({ learningCurve }) => learningCurve),
      read: async (paths) =>
        (await readLearning(paths)).map(({ strategy, labels, seed, mse, lower, upper }) => ({
          what: `${grouped(labels)} labels, ${strategy}, seed ${seed}`,
          number: `MSE ${withInterval(mse, { lower, upper })}`,
          command: run('train', ['active', labels], ['seed', seed]),
        })),
    },
    {
      kind: 'on-policy',
      title: 'Rounds of on-policy distillation',
      files: one(({ onPolicyCurve }) => onPolicyCurve),
      read: async (paths) =>
        (await readOnPolicy(paths)).map(({ round, strategy, labels, mseOnPolicy, seed }) => ({
          what: `round ${round ?? '?'} (${strategy}), ${grouped(labels)} labels`,
          number: `MSE ${short(mseOnPolicy)} where its own town goes`,
          command: run('train', ['on-policy', round || 1], ['seed', seed]),
        })),
    },
    {
      kind: 'audit',
      title: 'Claims',
      files: one(({ audit }) => audit),
      read: async (paths) => {
        const { report } = (await readAudit(paths))!;
        const { estimate, specifications, command } = report;
        const number = estimate
          ? `${withInterval(estimate.mean, estimate.interval)}, p ${pValue(estimate.p)}: ${verdictOf(report)}`
          : verdictOf(report);
        return [{ what: `${claimWords(report)} (${grouped(specifications)} specifications)`, number, command }];
      },
    },
    {
      kind: 'populations',
      title: 'Populations beside each other',
      files: one(({ compare }) => compare),
      read: async (paths) => {
        const { a, b, p, differs, statistics, command } = (await readPopulationComparison(paths))!;
        const sides = `${sideName(b, a)} less ${sideName(a, b)}`;
        return [
          {
            what: `${sideName(a, b)} and ${sideName(b, a)}, ${grouped(statistics.length)} statistics`,
            number: `${differs ? 'they differ' : 'no difference found'}, p ${pValue(p.energy)}`,
            command,
          },
          ...statistics.map(({ name, difference, interval }) => ({
            what: `${name}: ${sides}`,
            number: `${withInterval(difference, interval)} (90 %)`,
            command,
          })),
        ];
      },
    },
    {
      kind: 'sweep',
      title: 'Sweeps',
      files: (paths) => foldersWith('sweep.json', paths),
      read: async (paths, file) => swept((await readSweep(dirname(file)))!, relative(paths.root, dirname(file)), run),
    },
    {
      kind: 'certificate',
      title: 'Certificates: runs beside their teacher’s',
      files: certificateFiles,
      read: async (paths, file) => certified((await readCertificate(paths, file))!, run),
    },
    {
      kind: 'run',
      title: 'Recorded runs',
      files: (paths) => foldersWith('run.json', paths),
      read: async (paths, file) => recorded(dirname(file), relative(paths.root, dirname(file)), workspace),
    },
  ];
}

function evaluated({ models, labels, test, seed }: StudyEvaluation, run: Run): FoundResult[] {
  const command = run('evaluate', ...(test.path === 'data/test.jsonl' ? [] : [['test', test.path] as const]), [
    'seed',
    seed,
  ]);
  return models
    .filter(({ kind }) => kind !== 'baseline')
    .map(({ model, n, mse, logLoss, intervals }) => ({
      what: `${model}, ${grouped(n)} test rows`,
      number:
        labels === 'choices' && logLoss !== undefined && intervals.logLoss
          ? `log loss ${withInterval(logLoss, intervals.logLoss)}`
          : `MSE ${withInterval(mse, intervals.mse)}`,
      command,
    }));
}

function steady(study: StudyStability, run: Run): FoundResult[] {
  const { teacher, prompts, runs, temperature, seed, std, icc, facets, components } = study;
  const { value, lower = Number.NaN, upper = Number.NaN } = icc['ICC(1,1)'] ?? { value: null };
  const asked = Object.keys(facets ?? {}).filter((facet) => facet !== 'seed');
  return [
    {
      what: `${teacher}, ${grouped(prompts)} prompts × ${grouped(runs)} runs`,
      number: `sd ${short(std.sample)}${value === null ? '' : `, ICC(1,1) ${withInterval(value, { lower, upper })}`}`,
      command: run(
        'stability',
        ['teacher', teacher],
        ['prompts', prompts],
        ['runs', runs],
        ['temperature', temperature],
        ...(asked.length > 0 ? [['facets', ['seed', ...asked].join(',')] as const] : []),
        ...((components?.facets?.length ?? 0) > 1 ? ['--crossed'] : []),
        ['seed', seed],
      ),
    },
  ];
}

/** Entries of a folder that are looked at, and how many such folders are listed. */
const MOST_ENTRIES = 500;
const MOST_FOLDERS = 100;
/** Where nobody keeps results of runs. */
const ELSEWHERE = new Set(['node_modules', 'data', 'models', 'metrics', 'plots', 'logs']);

/** Paths of the files of a name, in folders of the workspace and in those of its results. */
async function foldersWith(file: string, paths: Workspace): Promise<string[]> {
  const found: string[] = [];
  for (const folder of [paths.root, join(paths.root, 'results'), join(paths.root, 'runs')]) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.slice(0, MOST_ENTRIES)) {
      if (!entry.isDirectory() || entry.name.startsWith('.') || ELSEWHERE.has(entry.name)) continue;
      const path = join(folder, entry.name, file);
      if (existsSync(path) && found.length < MOST_FOLDERS) found.push(path);
    }
  }
  return found.sort();
}
