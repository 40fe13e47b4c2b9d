import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { compiledData } from '../env/compiled.ts';
import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { hashOf } from '../workspace/hash.ts';
import { requireScenario } from '../workspace/one-scenario.ts';
import { type Workspace, workspace } from '../workspace/paths.ts';
import type { Study } from '../workspace/study.ts';
import { defaultWorld } from './default-world.ts';
import type { Parameters } from './load.ts';
import { openScenario, partsOfName } from './open-scenario.ts';

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
  /** What openScenario takes for it. */
  readonly source: { readonly name: string; readonly parameters: Parameters };
  /** The scenario with other values of some of its parameters; nothing is remembered of it. */
  reopen(parameters: Parameters): Promise<Vocabulary>;
  /** Writes study.json, so that the next verb needs no `--scenario`; also where a file that was moved lies now. */
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
  // Its schema takes as long to load as a small run takes.
  const known = existsSync(paths.study) ? await (await studyFile()).readStudyFile(paths) : undefined;
  const moved = known !== undefined && (await isGone(known, paths));
  if (moved && options.scenario === undefined)
    throw new UnderstudyError(
      'SCENARIO_FILE',
      `${options.workspace} holds a study of ${known.scenario}, and its file ${fileOf(known, paths)} is gone; if it was moved, say once where it is now: --scenario FILE`,
    );
  const name = options.scenario ?? (known ? nameOf(known, paths) : defaultWorld.id);
  const parameters = { ...((options.scenario === undefined || moved) && known?.parameters), ...options.parameters };
  const scenario = await openScenario(name, { parameters });
  const sha256 = scenarioHash(scenario);
  if (known && known.sha256 !== sha256) throw another(known, scenario, sha256, options);
  if (!known) await requireScenario(paths, scenario.id);
  const made = studyOf(scenario, name, parameters, sha256, paths);
  return {
    scenario,
    sha256,
    source: { name, parameters },
    reopen: (others) => openScenario(name, { parameters: { ...parameters, ...others } }),
    remember: async () => {
      if (!known || moved) await (await studyFile()).writeStudyFile(paths, made);
    },
  };
}

const studyFile = () => import('../workspace/study.ts');

/** The file that a workspace remembers; undefined for a world that ships with the package. */
const fileOf = ({ file }: Study, { root }: Workspace): string | undefined =>
  file === undefined || isAbsolute(file) ? file : join(root, file);

async function isGone(known: Study, paths: Workspace): Promise<boolean> {
  const file = fileOf(known, paths);
  return file !== undefined && !(await stat(file).catch(() => undefined));
}

/** What `openScenario` takes for the world that a workspace remembers. */
function nameOf(known: Study, paths: Workspace): string {
  const file = fileOf(known, paths);
  return file === undefined ? known.scenario : `${file}${known.export ? `#${known.export}` : ''}`;
}

function studyOf(
  scenario: Vocabulary,
  name: string,
  parameters: Parameters,
  sha256: string,
  { root }: Workspace,
): Study {
  const { file, exportName } = partsOfName(name);
  const shipped = file === scenario.id;
  return {
    scenario: scenario.id,
    ...(!shipped && { file: relative(root, resolve(file)) }),
    ...(exportName && { export: exportName }),
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
