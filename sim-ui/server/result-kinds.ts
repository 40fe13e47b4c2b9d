import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { grouped, listed, percent, pValue, short, withInterval } from '../../report/wording.ts';
import { type CertificateFile, certificateFiles, readCertificate } from '../../workspace/certificates.ts';
import { readComparisons } from '../../workspace/comparisons.ts';
import { readDataset } from '../../workspace/dataset.ts';
import { readEvaluation, type StudyEvaluation } from '../../workspace/evaluation.ts';
import { readLearning } from '../../workspace/learning-curve.ts';
import { readOnPolicy } from '../../workspace/on-policy.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { readRecordedRun } from '../../workspace/recorded-run.ts';
import { readStability, type StudyStability } from '../../workspace/stability.ts';
import { readSweep, type SweepFiles } from '../../workspace/sweep.ts';
import type { Result } from '../workshop.ts';
import { quoted } from './work-plan.ts';

export type FoundResult = Pick<Result, 'what' | 'number' | 'command'>;

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

type Run = ReturnType<typeof commandIn>;

/** Writes commands about a workspace. */
const commandIn =
  (workspace: string) =>
  (verb: string, ...flags: readonly (readonly [string, string | number] | string)[]): string =>
    [
      `understudy ${verb}`,
      ...flags
        // The verbs' own seed goes without saying.
        .filter((flag) => !(flag[0] === 'seed' && flag[1] === 0))
        .map((flag) => (typeof flag === 'string' ? flag : `--${flag[0]} ${quoted(String(flag[1]))}`)),
      ...(workspace === '.' ? [] : [`--workspace ${quoted(workspace)}`]),
    ].join(' ');

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

/** The mean of one outcome in each arm: of a measure, of reward where there is none. */
function swept({ manifest, summary }: SweepFiles, folder: string, run: Run): FoundResult[] {
  const { design, runs, failed, policies, replications, seed, cohorts } = manifest;
  const outcomes = [...new Set(summary.map(({ outcome }) => outcome!))];
  const outcome = outcomes.find((name) => !/^(?:agents_|mean_p_|reward$)/.test(name)) ?? outcomes[0];
  const rows = summary.filter((row) => row.outcome === outcome);
  const values = (name: string) => [...new Set(manifest.settings.map(({ parameters }) => parameters[name]))].join(',');
  const agents = [...new Set(rows.map((row) => row.agents!))].join(',');
  const populations = [...new Set(manifest.settings.flatMap(({ population }) => population ?? []))];
  const command =
    design.kind === 'grid' || design.kind === 'file'
      ? run(
          design.file === undefined ? 'sweep' : `sweep ${quoted(design.file)}`,
          ...(design.file === undefined
            ? design.parameters.map((name) => ['set', `${name}=${values(name)}`] as const)
            : []),
          ...Object.keys(policies).map((policy) => ['policy', policy] as const),
          ...(agents === '' ? [] : [['agents', agents] as const]),
          ['replications', replications],
          ['ticks', manifest.ticks],
          ...populations.map((population) => ['population', population] as const),
          ...(manifest.people === 'exact' ? [['people', 'exact'] as const] : []),
          ...(cohorts ? ['--cohorts'] : []),
          ['seed', seed],
          ...(folder === join('results', 'sweep') ? [] : [['out', folder] as const]),
        )
      : undefined;
  const head: FoundResult = {
    what: `${grouped(runs)} runs over ${listed(design.parameters) || 'policies'} (${design.kind})`,
    number: failed > 0 ? `${grouped(failed)} failed` : 'all played',
    ...(command !== undefined && { command }),
  };
  const numberIn = (cell: string | undefined) => (cell === undefined || cell === '' ? Number.NaN : Number(cell));
  return [
    head,
    ...rows.map((row) => ({
      what: [
        ...design.parameters.map((name) => `${name} ${row[`parameter_${name}`] ?? row[name]}`),
        row.policy!,
        `${outcome}`,
      ].join(', '),
      number: withInterval(numberIn(row.mean), { lower: numberIn(row.lower), upper: numberIn(row.upper) }),
      ...(command !== undefined && { command }),
    })),
  ];
}

/** How far each total is from what it would have been under the teacher. */
function certified(certificate: CertificateFile, run: Run): FoundResult[] {
  const { policy, teacher, agents, ticks, seed, parameters, cohorts, atMost, asked, level, outcomes } = certificate;
  const command = run(
    'simulate',
    ['policy', policy],
    ['agents', agents],
    ['ticks', ticks],
    cohorts ? '--cohorts' : '--no-cohorts',
    ...Object.entries(parameters).map(([name, value]) => ['set', `${name}=${value}`] as const),
    ['certify', teacher],
    ['questions', atMost],
    ['seed', seed],
  );
  return Object.entries(outcomes).map(([name, { total, difference, lower, upper }]) => ({
    what: `${name} of ${grouped(agents)} agents × ${grouped(ticks)} ticks: ${policy} less ${teacher}`,
    number: `${amountInWords(difference)} [${amountInWords(lower)}, ${amountInWords(upper)}] of ${amountInWords(total)}, ${Number((100 * level).toPrecision(6))} % certain, ${grouped(asked)} questions`,
    command,
  }));
}

/** A total with four digits that say something. */
const amountInWords = (value: number): string =>
  Math.abs(value) >= 1000 ? grouped(Math.round(value)).replace('-', '−') : short(value, 3);

const totals = z.object({
  actions: z.record(z.string(), z.number()).optional(),
  measures: z.record(z.string(), z.number()).optional(),
  disagreement: z.number().optional(),
});

async function recorded(directory: string, folder: string, workspace: string): Promise<FoundResult[]> {
  const { plan } = await readRecordedRun(directory);
  const {
    actions = {},
    measures = {},
    disagreement,
  } = totals.parse(JSON.parse(await readFile(join(directory, 'run.json'), 'utf8')));
  const counted = Object.entries(Object.keys(measures).length > 0 ? measures : actions);
  return [
    {
      what: `${folder}: ${plan.policy}, ${grouped(plan.agents)} agents × ${grouped(plan.ticks)} ticks, seed ${plan.seed}`,
      number: [
        ...counted.slice(0, 3).map(([name, total]) => `${name} ${grouped(total)}`),
        ...(disagreement === undefined ? [] : [`${percent(disagreement)} decided otherwise than under ${plan.twin}`]),
      ].join(', '),
      command: `understudy replay ${quoted(join(workspace, folder))}${workspace === '.' ? '' : ` --workspace ${quoted(workspace)}`}`,
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
