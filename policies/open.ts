import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UnderstudyError } from '../env/error.ts';
import type { Scenario } from '../env/scenario.ts';
import { suggestion } from '../env/suggestion.ts';
import { bundledFiles, dataFile } from '../workspace/bundled.ts';
import { parseConstant } from './baselines/constant.ts';
import { uniform } from './baselines/uniform.ts';
import { openOracle } from './known/oracle.ts';
import { openRecorded } from './known/recorded.ts';
import { LabelStore } from './labels/store.ts';
import {
  type BundledModel,
  type HubModel,
  type NamedModel,
  namedModels,
  pulledPaths,
  wasPulled,
} from './models/catalog.ts';
import { readModelFile } from './models/gguf/model-file.ts';
import {
  decidesBy,
  type GgufOptions,
  type GgufTeacher,
  libraryBuild,
  modelName,
  openGguf,
} from './models/gguf/teacher.ts';
import { readRecord, recordedFiles } from './models/pull/present.ts';
import { modelKey, RememberedTeacher } from './models/remembered.ts';
import { openLabelledServer } from './models/server/labelled.ts';
import { openServer } from './models/server/teacher.ts';
import type { Policy, Teacher } from './policy.ts';
import { openStudent } from './students/open.ts';

export interface OpenPolicyOptions {
  readonly scenario: Scenario;
  /** Where pulled models, students and labels lie. Default: the current directory. */
  readonly workspace?: string;
  /** Whether a language model's answers are kept in the workspace's data/labels.jsonl and read from there. Default false. */
  readonly labels?: boolean;
  /** What runs a language model; default: see GgufOptions. */
  readonly gpu?: GgufOptions['gpu'];
  /** One line for the log. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

const TEACHERS = [...namedModels.map(({ name }) => name), 'gguf:PATH', 'server:URL#MODEL', 'recorded:FILE', 'oracle'];
const OTHERS = ['student:NAME', 'PATH.onnx', 'constant:P', 'uniform'];
const STUDENTS = ['logistic', 'mlp', 'encoder', 'decoder'];

/**
 * Opens a policy by name: a teacher, `student:NAME`, a path to `.onnx`, `constant:P` or `uniform`.
 * @throws {UnderstudyError} POLICY_UNKNOWN naming the known, POLICY_FILE, POLICY_ARGUMENT, TEACHER_UNSUPPORTED
 * @example await using policy = await openPolicy('constant:0.3', { scenario: iceCream })
 */
export async function openPolicy(name: string, options: OpenPolicyOptions): Promise<Policy> {
  const { scenario, workspace = '.', log } = options;
  if (name === 'uniform') return uniform(scenario);
  if (name.startsWith('constant:')) return parseConstant(scenario, name.slice('constant:'.length));
  if (name.startsWith('student:')) return openStudent(name.slice('student:'.length), { scenario, workspace, log });
  if (/\.onnx$/i.test(name)) return openStudent(name, { scenario, workspace });
  const teacher = await teacherOf(name, options);
  if (teacher) return teacher;
  throw unknown('policy', name, `(known: ${[...TEACHERS, ...OTHERS].join(', ')}; students: ${STUDENTS.join(', ')})`, [
    ...TEACHERS,
    ...OTHERS,
    ...STUDENTS.map((student) => `student:${student}`),
  ]);
}

/**
 * Opens a teacher by name: a model of the table (`tiny`, `gemma-3-4b`, …) or pulled under a name of its own, `gguf:PATH`,
 * `server:URL#MODEL`, `recorded:FILE` or `oracle`.
 * @throws {UnderstudyError} as openPolicy does
 */
export async function openTeacher(name: string, options: OpenPolicyOptions): Promise<Teacher> {
  const teacher = await teacherOf(name, options);
  if (teacher) return teacher;
  throw unknown('teacher', name, `(known: ${TEACHERS.join(', ')})`, TEACHERS);
}

async function teacherOf(name: string, options: OpenPolicyOptions): Promise<Teacher | undefined> {
  const { scenario, workspace = '.' } = options;
  if (name === 'oracle') return openOracle(scenario);
  if (name === 'recorded:' || name === 'gguf:')
    throw new UnderstudyError(
      'POLICY_ARGUMENT',
      `${name} names no file; write ${name === 'gguf:' ? 'gguf:PATH' : 'recorded:FILE'}`,
    );
  if (name.startsWith('recorded:')) return openRecorded(name.slice('recorded:'.length), scenario);
  if (name.startsWith('gguf:')) {
    const path = name.slice('gguf:'.length);
    return openModel(path, { remedy: 'check the path, or download the model again' }, options);
  }
  if (name.startsWith('server:')) {
    const served = { scenario, log: options.log, signal: options.signal };
    return options.labels
      ? openLabelledServer(name.slice('server:'.length), join(workspace, 'data', 'labels.jsonl'), served)
      : openServer(name.slice('server:'.length), served);
  }
  const named = namedModels.find((model) => model.name === name);
  if (!named && !wasPulled(workspace, name)) return undefined;
  const { path, ...checks } = named?.bundled ? bundledModel(named) : await pulledModel(name, named, workspace);
  return openModel(path, checks, options);
}

interface Checks {
  readonly name?: string;
  readonly caveat?: string;
  readonly sha256?: string;
  readonly remedy: string;
}

function bundledModel({ name, file, caveat }: BundledModel): Checks & { path: string } {
  const { sha256 } = bundledFiles()[file] ?? {};
  return { path: dataFile(file), name, caveat, sha256, remedy: 'install understudy again' };
}

/** Where a pulled model lies and what it is checked against: what `pull` recorded, else the hash in the table. */
async function pulledModel(
  name: string,
  model: NamedModel | undefined,
  workspace: string,
): Promise<Checks & { path: string }> {
  const remedy = `run understudy pull ${name}${model ? '' : ' --from URL|FILE'}`;
  const { gguf, provenance } = pulledPaths(workspace, name);
  const record = await readRecord(gguf);
  const { caveat, sha256: pinned } = (model ?? {}) as Partial<HubModel>;
  if (record === undefined) return { path: gguf, name, caveat, sha256: pinned, remedy };
  if (typeof record.sha256 !== 'string')
    throw new UnderstudyError('POLICY_FILE', `${provenance} does not name the SHA-256 of ${name}; ${remedy}`);
  return { path: recordedFiles(gguf, record)[0]!.path, name, caveat, sha256: record.sha256, remedy };
}

async function openModel(path: string, checks: Checks, options: OpenPolicyOptions): Promise<Teacher> {
  const { scenario, workspace = '.', gpu, log, signal } = options;
  const { sha256, ...named } = checks;
  const read = () => readModelFile(path, { expected: sha256, remedy: checks.remedy, signal });
  if (!options.labels) return openGguf({ path, scenario, ...named, file: await read(), gpu, log, signal });

  const store = LabelStore.open(join(workspace, 'data', 'labels.jsonl'));
  try {
    const library = libraryBuild();
    // Without the file, a model whose hash is known still answers what the store remembers of it.
    const replay = sha256 !== undefined && !existsSync(path) && store.has(modelKey(sha256, library));
    const file = replay ? undefined : await read();
    const model = file?.sha256 ?? sha256!;
    const open = async (signal?: AbortSignal) =>
      openGguf({ path, scenario, ...named, file: file ?? (await read()), gpu, log, signal });
    const key = modelKey(model, library);
    const name = checks.name ?? modelName(path);
    let known = store.get(key) as { template: string; unreadable?: string } | undefined;
    let loaded: GgufTeacher | undefined;
    if (!known) {
      store.prepare();
      loaded = await open(signal);
      const { identity, device, unreadable } = loaded;
      known = { template: identity.template, ...(unreadable !== undefined && { unreadable }) };
      try {
        await store.append(key, { model: name, sha256: model, library, device, ...known });
      } catch (error) {
        await loaded[Symbol.asyncDispose]();
        throw error;
      }
    }
    return new RememberedTeacher({
      scenario,
      name,
      ...(checks.caveat && { caveat: checks.caveat }),
      identity: { model, template: known.template, library },
      decidesBy: decidesBy(scenario, known.unreadable),
      store,
      ...(loaded && { loaded }),
      open: () => open(),
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** An error that names the known and, where one is close, the one that was probably meant. */
function unknown(kind: string, name: string, known: string, candidates: readonly string[]): UnderstudyError {
  const near = kind === 'policy' && STUDENTS.includes(name) ? `student:${name}` : suggestion(name, candidates);
  return new UnderstudyError(
    'POLICY_UNKNOWN',
    `unknown ${kind}: ${name || '""'} ${known}${near ? `; did you mean ${near}?` : ''}`,
  );
}
