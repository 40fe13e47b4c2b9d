import { stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { compiledData } from '../env/compiled.ts';
import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { hashOf } from '../workspace/hash.ts';
import { type Workspace, workspace } from '../workspace/paths.ts';
import { readStudyFile, requireScenario, type Study, writeStudyFile } from '../workspace/study.ts';
import { iceCream } from './ice-cream-v1/scenario.ts';
import type { Parameters } from './load.ts';
import { openScenario } from './open.ts';

export interface StudyOptions {
  /** Directory of the study. */
  readonly workspace: string;
  /** NAME or FILE[#EXPORT]. Default: what the workspace remembers, else ice-cream-v1. */
  readonly scenario?: string;
  /** Values of the scenario's parameters. Default: what the workspace remembers. */
  readonly parameters?: Parameters;
}

/** The world of a workspace. */
export interface OpenStudy {
  readonly scenario: Vocabulary;
  /** SHA-256 of the canonical JSON of its compiled data. */
  readonly sha256: string;
  /** Writes study.json, so that the next verb needs no `--scenario`. */
  remember(): Promise<void>;
}

/** SHA-256 of the canonical JSON of a scenario's compiled data, in lower-case hex: equal for equal worlds. */
export const scenarioHash = (scenario: Vocabulary): string =>
  // Through JSON, which has no infinity: an oracle's last bound becomes null.
  hashOf(JSON.parse(JSON.stringify(compiledData(scenario))) as object);

/**
 * Opens the world that a workspace is about. Nothing in the workspace is touched.
 * @throws {UnderstudyError} STUDY_SCENARIO where the workspace holds another world, naming both; SCENARIO_FILE and what
 *   defineScenario throws for a scenario that does not open
 */
export async function openStudy(options: StudyOptions): Promise<OpenStudy> {
  const paths = workspace(options.workspace);
  const known = await readStudyFile(paths);
  if (options.scenario === undefined && known) await requireThere(known, paths);
  const name = options.scenario ?? (known ? nameOf(known, paths) : iceCream.id);
  const parameters = { ...(options.scenario === undefined && known?.parameters), ...options.parameters };
  const scenario = await openScenario(name, { parameters });
  const sha256 = scenarioHash(scenario);
  if (known && known.sha256 !== sha256) throw another(known, scenario, sha256, options);
  if (!known) await requireScenario(paths, scenario.id);
  const made = studyOf(scenario, name, parameters, sha256, paths);
  const moved = known && known.file !== made.file && !(await isThere(known, paths));
  return {
    scenario,
    sha256,
    remember: () => (known && !moved ? Promise.resolve() : writeStudyFile(paths, made)),
  };
}

/** Whether the file that a study remembers is where it was; true for a world that ships with the package. */
const isThere = async ({ file }: Study, { root }: Workspace): Promise<boolean> =>
  file === undefined ||
  (await stat(isAbsolute(file) ? file : join(root, file)).then(
    () => true,
    () => false,
  ));

/** @throws {UnderstudyError} SCENARIO_FILE for a study whose scenario was moved, with what to give */
async function requireThere(study: Study, paths: Workspace): Promise<void> {
  if (await isThere(study, paths)) return;
  throw new UnderstudyError(
    'SCENARIO_FILE',
    `${paths.study} says that ${study.scenario} is declared in ${study.file}, which is not there; move it back, or say where it is now (--scenario FILE)`,
  );
}

/** What `openScenario` takes for the world that a workspace remembers. */
const nameOf = ({ scenario, file, export: exported }: Study, { root }: Workspace): string =>
  file === undefined ? scenario : `${isAbsolute(file) ? file : join(root, file)}${exported ? `#${exported}` : ''}`;

function studyOf(
  scenario: Vocabulary,
  name: string,
  parameters: Parameters,
  sha256: string,
  { root }: Workspace,
): Study {
  const [file = '', exported] = name.split('#');
  const shipped = file === scenario.id;
  return {
    scenario: scenario.id,
    ...(!shipped && { file: relative(root, resolve(file)) }),
    ...(exported && { export: exported }),
    sha256,
    parameters,
  };
}

function another(known: Study, { id }: Vocabulary, sha256: string, options: StudyOptions): UnderstudyError {
  const set = Object.entries(options.parameters ?? {}).map(([name, value]) => `${name}=${value}`);
  const what =
    options.scenario !== undefined || set.length > 0
      ? `it was opened with ${[options.scenario, ...set].filter((part) => part !== undefined).join(' and ')}, which is ${id} with tables ${sha256.slice(0, 12)}`
      : `${known.file ?? id} gives tables ${sha256.slice(0, 12)} now; it was changed since`;
  return new UnderstudyError(
    'STUDY_SCENARIO',
    `${options.workspace} holds a study of ${known.scenario} with tables ${known.sha256.slice(0, 12)}, and ${what}; use a workspace for each scenario (--workspace DIR)`,
  );
}
