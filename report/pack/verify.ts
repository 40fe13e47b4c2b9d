import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import { LabelStore } from '../../policies/labels/store.ts';
import { readStudent, studentFiles, studentsIn } from '../../policies/students/checkpoint.ts';
import { shippedNames } from '../../scenarios/default-world.ts';
import { openScenario } from '../../scenarios/open-scenario.ts';
import { scenarioHash } from '../../scenarios/study.ts';
import { readDataset } from '../../workspace/dataset.ts';
import { sha256 } from '../../workspace/hash.ts';
import { type OpenPack, openPack } from '../../workspace/pack.ts';
import { type Workspace, workspace } from '../../workspace/paths.ts';
import { readStudyFile } from '../../workspace/study.ts';
import { type Check, checkOf } from './check.ts';
import { auditCheck } from './recomputed-audit.ts';
import { comparisonCheck } from './recomputed-comparison.ts';
import { evaluationChecks } from './recomputed-evaluation.ts';
import { stabilityCheck } from './recomputed-stability.ts';
import { sweepCheck } from './recomputed-sweep.ts';

export interface VerifyOptions extends WorkOptions {
  /** The pack. */
  readonly file: string;
  /**
   * The scenario, for a pack whose scenario is a module: NAME or FILE, which is run. A module in a pack is never run.
   */
  readonly scenario?: string;
}

export interface VerifyReport {
  readonly file: string;
  readonly scenario: string;
  /** Whether nothing differs. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/**
 * Holds a pack against itself without asking a model: the files against the manifest, labels against their checksums, data and
 * students against the hashes that name them; and computes again the evaluation from test rows and students, the stability study
 * from its answers, the tables of a sweep from its journal, an audit from its specifications, and a comparison of populations by
 * playing it.
 * @throws {UnderstudyError} DISTILL_FILE for a file that is not a pack
 */
export async function verifyStudy({ file, scenario: given, ...work }: VerifyOptions): Promise<VerifyReport> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new UnderstudyError('DISTILL_FILE', `${file} cannot be read (${cause.code})`, { cause });
  });
  const pack = openPack(bytes, file);
  const root = await mkdtemp(join(tmpdir(), 'understudy-verify-'));
  try {
    await unpack(pack, root);
    const paths = workspace(root);
    const checks = [checkOf('files', pack.faults), ...(await innerChecks(pack, paths, given, work))];
    const { scenario } = pack.manifest;
    return { file, scenario, ok: checks.every(({ outcome }) => outcome !== 'differs'), checks };
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

type Reopen = (parameters: Readonly<Record<string, number>>) => Promise<Vocabulary>;

/** The archive was read by names that stay in their folder; this is the second lock. */
async function unpack({ files }: OpenPack, root: string): Promise<void> {
  for (const [name, content] of files) {
    const to = resolve(root, ...name.split('/'));
    if (!to.startsWith(root + sep)) throw new UnderstudyError('DISTILL_FILE', `${name} leads out of the pack`);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, content, { flag: 'wx' });
  }
}

async function innerChecks(
  pack: OpenPack,
  paths: Workspace,
  given: string | undefined,
  work: WorkOptions,
): Promise<Check[]> {
  const checks: Check[] = [await labelCheck(pack, paths), await dataCheck(pack, paths)];
  const { scenario, reopen, check } = await scenarioCheck(pack, paths, given);
  checks.push(check);
  if (!scenario || !reopen) return checks;
  const students = await studentFaults(paths, scenario);
  checks.push(checkOf('students', students));
  checks.push(...(await orFault('stability', paths, () => stabilityCheck(paths))));
  checks.push(...(await orFault('sweep', paths, () => sweepCheck(paths))));
  checks.push(...(await orFault('audit', paths, () => auditCheck(paths, scenario))));
  checks.push(...(await orFault('comparison', paths, () => comparisonCheck(paths, reopen, work))));
  if (students.length === 0)
    checks.push(...(await orFault('evaluation', paths, () => evaluationChecks(pack, paths, scenario, work))));
  else
    checks.push({
      what: 'evaluation',
      outcome: 'not checked',
      details: ['students that do not open cannot be evaluated'],
    });
  return [...checks, ...otherResults(pack)];
}

/** Results that are computed again. */
const COMPUTED =
  /^results\/(?:sweep\/|metrics\/(?:stability|audit(?:-runs|-persons)?|compare|evaluation|predictions|comparisons|subgroups|shares|effects|coefficients|teacher-answers)\.)/;

/** Results that are looked at by the manifest alone, by name. */
function otherResults({ files }: OpenPack): Check[] {
  const names = [...files.keys()].filter((name) => name.startsWith('results/') && !COMPUTED.test(name));
  const why = 'held against the manifest alone: training, playing and drawing are not done again';
  const asked = ['data/dataset.json', 'data/spending.jsonl'].filter((name) => files.has(name));
  const details = [
    ...names.map((name) => `${name} is ${why}`),
    ...asked.map((name) => `the counts in ${name} are held against the manifest alone: nobody is asked again`),
  ];
  return details.length > 0 ? [{ what: 'other results', outcome: 'not checked', details }] : [];
}

/** Faults as sentences, instead of the error that tells of the first. */
const faultOf = (error: unknown, { root }: Workspace): string[] => {
  if (!(error instanceof UnderstudyError)) throw error;
  return [error.message.replaceAll(`${root}${sep}`, '')];
};

/** Checks that may come upon a file that cannot be read. */
async function orFault(what: string, paths: Workspace, checks: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await checks();
  } catch (error) {
    return [checkOf(what, faultOf(error, paths))];
  }
}

async function labelCheck({ files }: OpenPack, paths: Workspace): Promise<Check> {
  if (!files.has('data/labels.jsonl'))
    return { what: 'labels', outcome: 'not checked', details: ['the pack has no store of labels'] };
  try {
    const store = LabelStore.open(paths.labels);
    const labels = store.size;
    await store.close();
    return { ...checkOf('labels', []), details: [`${labels.toLocaleString('en-US')} labels match their checksums`] };
  } catch (error) {
    return checkOf('labels', faultOf(error, paths));
  }
}

async function dataCheck({ files }: OpenPack, paths: Workspace): Promise<Check> {
  try {
    const made = await readDataset(paths);
    if (!made) return { what: 'data set', outcome: 'not checked', details: ['the pack has no data/dataset.json'] };
    const faults = (['train', 'test', 'rejects'] as const).flatMap((part) => {
      const content = files.get(`data/${part}.jsonl`);
      const expected = made.files[part]?.sha256;
      if (expected === undefined) return [];
      if (!content) return [`data/${part}.jsonl is missing`];
      return sha256(content) === expected
        ? []
        : [`data/${part}.jsonl is not what data/dataset.json says that was made`];
    });
    return checkOf('data set', faults);
  } catch (error) {
    return checkOf('data set', faultOf(error, paths));
  }
}

async function scenarioCheck(
  { manifest }: OpenPack,
  paths: Workspace,
  given: string | undefined,
): Promise<{ readonly scenario?: Vocabulary; readonly reopen?: Reopen; readonly check: Check }> {
  try {
    const study = await readStudyFile(paths);
    if (!study) return { check: checkOf('scenario', ['study.json is missing']) };
    const { module } = manifest;
    const inPack = module?.endsWith('.json') ? join(paths.root, module) : undefined;
    const shipped = shippedNames.includes(study.scenario as never) && module === undefined;
    const name = given ?? inPack ?? (shipped ? study.scenario : undefined);
    if (name === undefined)
      return {
        check: {
          what: 'scenario',
          outcome: 'not checked',
          details: [
            `${module} is a program, and a program in a pack is never run: read it, and name one that you trust with --scenario FILE`,
          ],
        },
      };
    const scenario = await openScenario(name, { parameters: study.parameters });
    const reopen: Reopen = (parameters) => openScenario(name, { parameters });
    const found = scenarioHash(scenario);
    return found === study.sha256
      ? { scenario, reopen, check: checkOf('scenario', []) }
      : {
          check: checkOf('scenario', [
            `${given ?? study.scenario} gives tables ${found.slice(0, 12)}, the study is of ${study.sha256.slice(0, 12)}`,
          ]),
        };
  } catch (error) {
    return { check: checkOf('scenario', faultOf(error, paths)) };
  }
}

async function studentFaults(paths: Workspace, scenario: Vocabulary): Promise<string[]> {
  const faults: string[] = [];
  for (const name of (await studentsIn(paths.root)).sort())
    try {
      await readStudent(studentFiles(paths.root, name), scenario);
    } catch (error) {
      faults.push(...faultOf(error, paths));
    }
  return faults;
}
