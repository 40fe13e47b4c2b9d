import { access, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { suggestion } from '../../env/suggestion.ts';
import { dataFile } from '../../workspace/bundled.ts';
import { sha256 } from '../../workspace/hash.ts';
import { workspace } from '../../workspace/paths.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';
import { outputsOf, students } from './architecture.ts';

/** Where a student's two files are. */
export interface StudentFiles {
  readonly onnx: string;
  readonly config: string;
}

/** Where `train` puts a student of a workspace. */
export function studentFiles(directory: string, name: string): StudentFiles {
  const { savedModels, configs } = workspace(directory);
  return { onnx: join(savedModels, `${name}.onnx`), config: join(configs, `${name}.json`) };
}

/** Where the students that ship with the package are. */
export const bundledStudent = (name: string): StudentFiles => ({
  onnx: dataFile(`students/${name}.onnx`),
  config: dataFile(`students/${name}.json`),
});

/** What a person can do about a student that does not open. */
const again = 'run `understudy train` again, or restore the file';

/** What a student's files hold. */
export interface StudentContents {
  readonly onnx: Uint8Array;
  readonly config: Uint8Array;
}

/** @throws {UnderstudyError} POLICY_FILE for a file that cannot be read */
export async function studentContents(files: StudentFiles): Promise<StudentContents> {
  const [onnx, config] = await Promise.all([contentOf(files.onnx), contentOf(files.config)]);
  return { onnx, config };
}

/**
 * A student's files, checked against each other and against the scenario.
 * @throws {UnderstudyError} POLICY_FILE naming the file and what is wrong with it, POLICY_SCENARIO
 */
export async function readStudent(
  files: StudentFiles,
  scenario: Vocabulary,
): Promise<{ onnx: Uint8Array; config: StudentConfig }> {
  const contents = await studentContents(files);
  return { onnx: contents.onnx, config: await checkedConfig(files, contents, scenario) };
}

/**
 * The configuration of a student, checked against the network and against the scenario.
 * @throws {UnderstudyError} POLICY_FILE naming the file and what is wrong with it, POLICY_SCENARIO
 */
export async function checkedConfig(
  files: StudentFiles,
  { onnx, config: text }: StudentContents,
  scenario: Vocabulary,
): Promise<StudentConfig> {
  const config = await parseConfig(files.config, text);
  if (sha256(onnx) !== config.sha256)
    throw new UnderstudyError(
      'POLICY_FILE',
      `${files.onnx} is damaged or does not belong to ${files.config}: its sha256 is ${sha256(onnx).slice(0, 12)}…, expected ${config.sha256.slice(0, 12)}…; ${again}`,
    );
  requireScenario(files.config, config, scenario);
  return config;
}

async function contentOf(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'is missing' : `cannot be read (${error.code})`;
    throw new UnderstudyError('POLICY_FILE', `${file} ${reason}; ${again}`, { cause: error });
  });
}

async function parseConfig(file: string, bytes: Uint8Array): Promise<StudentConfig> {
  let value: unknown;
  try {
    // Editors on Windows put a byte order mark before the text, which decoding takes away.
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new UnderstudyError('POLICY_FILE', `${file} is not JSON; ${again}`, { cause: error });
  }
  const { studentConfig } = await import('../../workspace/student-config.ts');
  const parsed = studentConfig.safeParse(value);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new UnderstudyError(
      'POLICY_FILE',
      `${file} does not describe a student: ${path.length > 0 ? `${path.join('.')}: ` : ''}${message}; ${again}`,
    );
  }
  return parsed.data;
}

function requireScenario(file: string, config: StudentConfig, scenario: Vocabulary): void {
  const mismatch = (what: string) =>
    new UnderstudyError(
      'POLICY_SCENARIO',
      `${file} was trained for ${config.scenario}, ${what}; train a student for ${scenario.id}`,
    );
  if (config.scenario !== scenario.id) throw mismatch(`expected ${scenario.id}`);
  const { width } = config.architecture;
  if (width !== scenario.phrases.length || config.phrases.length !== width)
    throw mismatch(`over ${width} phrases; ${scenario.id} has ${scenario.phrases.length}`);
  const other = scenario.phrases.findIndex((phrase, j) => phrase !== config.phrases[j]);
  if (other >= 0)
    throw mismatch(`whose phrase ${other} is "${config.phrases[other]}", not "${scenario.phrases[other]}"`);
  if (String(config.actions) !== String(scenario.actions))
    throw mismatch(`whose actions are ${config.actions.join(', ')}, not ${scenario.actions.join(', ')}`);
  const given = config.head.kind === 'softmax' ? outputsOf(config.head) : 2;
  if (given !== scenario.actions.length) throw mismatch(`with ${given} actions, not ${scenario.actions.length}`);
}

/**
 * The files of a student by name (the workspace's, otherwise the bundled ones) or by the path of its .onnx, whose .json
 * lies beside it or in ../configs.
 */
export async function findStudent(
  nameOrPath: string,
  workspace: string,
): Promise<StudentFiles & { name: string; bundled?: true }> {
  if (/\.onnx$/i.test(nameOrPath)) {
    const onnx = resolve(nameOrPath);
    const name = basename(onnx).slice(0, -'.onnx'.length);
    const beside = join(dirname(onnx), `${name}.json`);
    const configs = join(dirname(onnx), '..', 'configs', `${name}.json`);
    return { name, onnx, config: !(await exists(beside)) && (await exists(configs)) ? configs : beside };
  }
  const own = studentFiles(workspace, nameOrPath);
  if ((await exists(own.onnx)) || (await exists(own.config))) return { name: nameOrPath, ...own };
  const bundled: readonly string[] = students;
  if (!bundled.includes(nameOrPath)) {
    const known = [...new Set([...bundled, ...(await studentsIn(workspace))])];
    const near = suggestion(nameOrPath, known);
    throw new UnderstudyError(
      'POLICY_UNKNOWN',
      `unknown student: ${nameOrPath} (known: ${known.join(', ')})${near ? `; did you mean ${near}?` : ''}`,
    );
  }
  return { name: nameOrPath, bundled: true, ...bundledStudent(nameOrPath) };
}

/** Names of the students that a workspace has of its own. */
export async function studentsIn(workspace: string): Promise<string[]> {
  const files = await readdir(dirname(studentFiles(workspace, '').onnx)).catch(() => []);
  return files.filter((file) => file.endsWith('.onnx')).map((file) => file.slice(0, -'.onnx'.length));
}

/**
 * Names of the students that can be opened in a scenario: those of the workspace, and the bundled ones that were trained
 * for it.
 */
export async function studentsFor(scenario: Vocabulary, workspace: string): Promise<string[]> {
  const bundled = await Promise.all(
    students.map(async (name) => {
      const { config } = bundledStudent(name);
      return (await parseConfig(config, await contentOf(config))).scenario === scenario.id ? [name] : [];
    }),
  );
  return [...new Set([...bundled.flat(), ...(await studentsIn(workspace)).sort()])];
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
