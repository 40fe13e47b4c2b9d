import { UnderstudyError } from '../../env/error.ts';
import { sensible } from '../../env/occurring.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { borrowTeacher, defaultTeacher } from '../../policies/open.ts';
import type { Elicitation } from '../../policies/policy.ts';
import { piecesAreDone } from '../../policies/shards/current.ts';
import { defaultScenario } from '../../scenarios/default-scenario.ts';
import type { DatasetManifest } from '../../workspace/dataset.ts';
import { sha256 } from '../../workspace/hash.ts';
import { type Workspace, workspace } from '../../workspace/paths.ts';
import { type FileFacts, pathWithin } from '../../workspace/provenance.ts';
import { jsonText } from '../../workspace/result-file.ts';
import { type DatasetRows, rowsText } from '../../workspace/rows.ts';
import { exportRows, requireExportable } from '../../workspace/tables/export.ts';
import { requireOurs } from '../../workspace/tables/ours.ts';
import { writeTogether } from '../../workspace/write-file.ts';
import { askAll } from './asking.ts';
import { explained, type Made, manifestOf } from './manifest.ts';
import { checkByNames } from './name-check.ts';
import { type DatasetOptions, elicitationOf, requireCheckable, requireConsistent } from './options.ts';
import { planOf } from './plan.ts';
import { provenanceOf, rowsOf } from './rows.ts';

export type { DatasetManifest } from '../../workspace/dataset.ts';
export type { DatasetOptions } from './options.ts';

/**
 * Asks a teacher about a sample of states and writes data/train.jsonl, data/test.jsonl, data/rejects.jsonl and
 * data/dataset.json. Every answer is in the label store as soon as it is given, so an interrupted run goes on where it
 * stopped; the rows depend on the options and the answers only.
 * @throws {UnderstudyError} DISTILL_SIZE, DISTILL_ARGUMENT for options that contradict each other, DISTILL_FILE where a data
 *   file is not one of ours, DISTILL_ANSWERS where too few answers can be used
 */
export async function dataset(options: DatasetOptions): Promise<DatasetManifest> {
  const { scenario = defaultScenario, log } = options;
  const began = performance.now();
  const paths = workspace(options.workspace);
  requireConsistent(options);
  await requireExportable(options.exports ?? [], scenario, paths);
  for (const path of [paths.train, paths.test, paths.rejects]) await requireOurs(path, paths);
  // Opening a model takes a while: what is to be asked is known before, but of a file, which says what it has.
  const { teacher: given = await defaultTeacher(scenario, options.workspace) } = options;
  const early =
    typeof given === 'string' && !given.startsWith('recorded:') ? await planOf(scenario, options) : undefined;
  const opening = {
    ...{ scenario, workspace: options.workspace, name: options.name, log, signal: options.signal },
    ...(options.batch && { batch: { journal: paths.batches, ...(options.batch !== true && options.batch) } }),
  };
  await using borrowed = await borrowTeacher(given, opening);
  const { teacher, name } = borrowed;
  if (teacher.recorded)
    log?.(`${name}: decisions are read from the file as they were elicited there; rows say elicitation recorded`);
  const plan = early ?? (await planOf(scenario, options, teacher.recorded));
  tellOfImpossible(scenario, plan.sample.masks, log);
  const made = await make({ scenario, options, teacher, name, plan });
  const manifest: DatasetManifest = {
    ...manifestOf(made),
    files: filesOf(made.rows, paths),
    exports: await exportAll(made.rows, paths, options.exports ?? []),
    finished: new Date().toISOString(),
    seconds: Number(((performance.now() - began) / 1000).toFixed(1)),
  };
  await writeTogether({ ...textsOf(made.rows, paths), [paths.dataset]: jsonText(manifest) });
  return manifest;
}

/** Says how many states of a sample cannot occur, if what people see depends on who they are. */
function tellOfImpossible(scenario: Vocabulary, masks: Uint32Array, log: DatasetOptions['log']): void {
  const occurs = log && sensible(scenario);
  if (!occurs) return;
  const impossible = masks.filter((mask) => !occurs(mask)).length;
  if (impossible > 0)
    log(
      `${impossible} of the ${masks.length} observations cannot occur in ${scenario.id}, whose contexts depend on traits; a sample with a size (--size N), or without one, has only those that can`,
    );
}

/** Asks what is planned and makes rows of what is answered. */
async function make(asked: Pick<Made, 'scenario' | 'options' | 'teacher' | 'name' | 'plan'>): Promise<Made> {
  const { scenario, options, teacher, name, plan } = asked;
  const { seed, temperature = 1, progress, log, signal } = options;
  const { questions, repeats } = plan;
  const elicit = elicitationOf(options, teacher);
  requireCheckable(options, teacher, name, elicit);
  const asking = {
    elicitation: teacher.recorded ? ('recorded' as const) : elicit,
    ...(elicit === 'sample' && { temperature }),
    seed,
  };
  const before = teacher.modelAnswers;
  const { replies, all, askedAgain } = await askAll(teacher, questions, {
    name,
    width: scenario.phrases.length,
    elicit,
    rotations: options.rotations,
    temperature,
    seed,
    repeats,
    progress,
    log,
    signal,
  });
  signal?.throwIfAborted();
  const names =
    options.checkNames === undefined
      ? undefined
      : await checkByNames(teacher, questions, replies, {
          ...{ count: options.checkNames, name, width: scenario.phrases.length },
          ...{ rotations: options.rotations, progress, signal },
        });
  signal?.throwIfAborted();
  await piecesAreDone();
  const rows = rowsOf(scenario, questions, replies, repeats, provenanceOf(teacher, asking));
  requireBoth(rows, name, questions.length, elicit);
  if (plan.explain > 0 && explained(rows) === 0)
    log?.(
      `explanations were asked for, but ${teacher.recorded ? `the file of ${name} has none` : `${name} gave none`}`,
    );
  const askedNow =
    before === undefined || teacher.modelAnswers === undefined ? undefined : teacher.modelAnswers - before;
  return {
    ...{ ...asked, asking, replies, askedAgain, askedNow, rows },
    all: [...all, ...(names?.answers ?? [])],
    ...(names && { names: names.check }),
  };
}

/** @throws {UnderstudyError} DISTILL_ANSWERS where train or test has no row */
function requireBoth({ train, test, rejects }: DatasetRows, name: string, asked: number, elicit: Elicitation): void {
  if (train.length > 0 && test.length > 0) return;
  const first = rejects[0]?.reason ?? rejects[0]?.outcome ?? 'none';
  throw new UnderstudyError(
    'DISTILL_ANSWERS',
    `${name} gave usable answers about ${train.length + test.length} of ${asked} states, too few for a train and a test set; the first unusable one: ${first}${elicit === 'choice' ? ' (--elicit greedy)' : ''}`,
  );
}

const parts = ['train', 'test', 'rejects'] as const;

const textsOf = (rows: DatasetRows, paths: Workspace): Record<string, string> =>
  Object.fromEntries(parts.map((part) => [paths[part], rowsText(rows[part])]));

function filesOf(rows: DatasetRows, paths: Workspace): DatasetManifest['files'] {
  const facts = (part: (typeof parts)[number]): FileFacts => ({
    path: pathWithin(paths.root, paths[part]),
    rows: rows[part].length,
    sha256: sha256(rowsText(rows[part])),
  });
  return { train: facts('train'), test: facts('test'), rejects: facts('rejects') };
}

async function exportAll(rows: DatasetRows, { root }: Workspace, exports: readonly string[]): Promise<FileFacts[]> {
  const written: FileFacts[] = [];
  for (const path of exports) written.push(await exportRows(path, rows, root));
  return written;
}
