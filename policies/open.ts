import { UnderstudyError } from '../env/error.ts';
import type { Vocabulary } from '../env/scenario.ts';
import { suggestion } from '../env/suggestion.ts';
import { bundledFiles } from '../workspace/bundled.ts';
import { hashOf } from '../workspace/hash.ts';
import { workspace as paths } from '../workspace/paths.ts';
import { parseConstant, uniform } from './baselines/constant.ts';
import type { BatchOptions } from './models/batch/backend.ts';
import { type BundledModel, namedModels, wasPulled } from './models/catalog.ts';
import type { ModelChecks } from './models/checks.ts';
import type { GgufOptions } from './models/gguf/backend.ts';
import type { Policy, Teacher } from './policy.ts';
import { policyOf } from './policy-of.ts';
import { currentShard, currentWork } from './shards/current.ts';

export interface OpenPolicyOptions {
  readonly scenario: Vocabulary;
  /** Where pulled models, students and labels lie. Default: the current directory. */
  readonly workspace?: string;
  /**
   * Whether a language model's answers are kept in the workspace's data/labels.jsonl and read from there. Default
   * false.
   */
  readonly labels?: boolean;
  /** How a model behind a server is asked in batches; default: it is asked at once. */
  readonly batch?: BatchOptions;
  /** Whether a language model is only looked at and not opened: what its label store lacks is not asked. Default false. */
  readonly unopened?: boolean;
  /** What runs a language model; default: see GgufOptions. */
  readonly gpu?: GgufOptions['gpu'];
  /** One line for the log. */
  readonly log?: (line: string) => void;
  readonly signal?: AbortSignal;
}

const TEACHERS = [
  ...namedModels.flatMap(({ name, embeds }) => (embeds ? [] : [name])),
  'gguf:PATH',
  'server:URL#MODEL',
  'openai:MODEL',
  'anthropic:MODEL',
  'gemini:MODEL',
  'ollama:MODEL',
  'vllm:URL#MODEL',
  'recorded:FILE',
  'oracle',
];
/** Teachers that are named by where they are, or by what is planted in them. */
const WITH_ADDRESS = /^(?:(?:gguf|server|openai|anthropic|gemini|ollama|vllm|recorded):|oracle\?)/;
/** Those that a server answers for. */
const SERVED = /^(?:server|openai|anthropic|gemini|ollama|vllm):/;
/** What stands before the address of one. */
const ADDRESSED = /^(?:server|vllm):/;
const OTHERS = ['student:NAME', 'PATH.onnx', 'constant:P', 'uniform', 'policy:NAME', 'cascade:STUDENT,TEACHER'];
const STUDENTS = ['logistic', 'mlp', 'encoder', 'decoder'];

/**
 * Opens a policy by name: a teacher, `student:NAME`, a path to `.onnx`, `constant:P`, `uniform`, `policy:NAME`, one
 * that the scenario brings, or `cascade:STUDENT,TEACHER`.
 * @throws {UnderstudyError} POLICY_UNKNOWN naming the known, POLICY_FILE, POLICY_ARGUMENT, TEACHER_UNSUPPORTED
 * @example await using policy = await openPolicy('constant:0.3', { scenario })
 */
export async function openPolicy(name: string, options: OpenPolicyOptions): Promise<Policy> {
  const { scenario, workspace = '.', log } = options;
  if (name === 'uniform') return uniform(scenario);
  if (name.startsWith('constant:')) return parseConstant(scenario, name.slice('constant:'.length));
  if (name.startsWith('policy:')) return ownPolicy(scenario, name.slice('policy:'.length));
  if (name.startsWith('cascade:')) {
    const { openCascade } = await import('./cascade/open.ts');
    return openCascade(name.slice('cascade:'.length), options, { policy: openPolicy, teacher: openTeacher });
  }
  const student = name.startsWith('student:') ? name.slice('student:'.length) : undefined;
  if (student !== undefined || /\.onnx$/i.test(name)) {
    const { openStudent } = await import('./students/open.ts');
    return openStudent(student ?? name, { scenario, workspace, ...(student !== undefined && { log }) });
  }
  const teacher = await teacherOf(name, options);
  if (teacher) return teacher;
  const own = Object.keys(scenario.policies).map((policy) => `policy:${policy}`);
  throw unknown('policy', name, `(known: ${[...TEACHERS, ...OTHERS].join(', ')}; students: ${STUDENTS.join(', ')})`, [
    ...TEACHERS,
    ...OTHERS,
    ...STUDENTS.map((student) => `student:${student}`),
    ...own,
  ]);
}

/**
 * Opens a teacher by name: a model of the table (`tiny`, `gemma-3-4b`, …) or pulled under a name of its own,
 * `gguf:PATH`, `server:URL#MODEL` (`vllm:` is the same), a hosted model by its provider (`openai:MODEL`, `anthropic:MODEL`,
 * `gemini:MODEL`, `ollama:MODEL`), `recorded:FILE` or `oracle`.
 * @throws {UnderstudyError} as openPolicy does
 */
export async function openTeacher(name: string, options: OpenPolicyOptions): Promise<Teacher> {
  const teacher = await teacherOf(name, options);
  if (teacher) return teacher;
  throw unknownTeacher(name);
}

const unknownTeacher = (name: string) => unknown('teacher', name, `(known: ${TEACHERS.join(', ')})`, TEACHERS);

/**
 * Refuses a name that no teacher has, without opening one.
 * @throws {UnderstudyError} POLICY_UNKNOWN naming the known
 */
export function requireTeacherName(name: string, workspace = '.'): void {
  if (!isTeacherName(name, workspace)) throw unknownTeacher(name);
}

const isTeacherName = (name: string, workspace: string): boolean =>
  TEACHERS.includes(name) || WITH_ADDRESS.test(name) || wasPulled(workspace, name);

/** A teacher; in a merge one of language is not opened, and a shard notes what identifies it. */
async function teacherOf(name: string, options: OpenPolicyOptions): Promise<Teacher | undefined> {
  const work = currentWork();
  if (!work) return openedTeacher(name, options);
  const { absentTeacher, identify } = await import('./models/absent.ts');
  if (work.merges) return absentTeacher(work, name, options) ?? openedTeacher(name, options);
  const teacher = await openedTeacher(name, options);
  if (teacher) identify(work, name, teacher);
  return teacher;
}

async function openedTeacher(name: string, options: OpenPolicyOptions): Promise<Teacher | undefined> {
  const { scenario, workspace = '.' } = options;
  const served = SERVED.test(name);
  if (options.batch && !served && isTeacherName(name, workspace))
    throw new UnderstudyError(
      'POLICY_ARGUMENT',
      `${name} is asked here at once and takes no batches: openai:MODEL, anthropic:MODEL, gemini:MODEL and servers with OpenAI's batch API do`,
    );
  if (name === 'oracle' || name.startsWith('oracle?')) {
    const [{ openOracle }, { readShifts }, { counted }] = await Promise.all([
      import('./known/oracle.ts'),
      import('./known/shifts.ts'),
      import('./spending/counted.ts'),
    ]);
    const planted = name === 'oracle' ? undefined : readShifts(name.slice('oracle?'.length), scenario);
    return counted(openOracle(scenario, planted));
  }
  if (name === 'recorded:' || name === 'gguf:')
    throw new UnderstudyError(
      'POLICY_ARGUMENT',
      `${name} names no file; write ${name === 'gguf:' ? 'gguf:PATH' : 'recorded:FILE'}`,
    );
  if (name.startsWith('recorded:')) {
    const { openRecorded } = await import('./known/recorded.ts');
    return openRecorded(name.slice('recorded:'.length), scenario, options.log);
  }
  if (name.startsWith('gguf:')) {
    const path = name.slice('gguf:'.length);
    return openModel({ path, remedy: 'check the path, or download the model again' }, options);
  }
  if (served && options.batch && !options.unopened) {
    const { openBatch } = await import('./models/batch/open.ts');
    const { batch, log, labels = true } = options;
    const store = labelsOf({ labels, workspace })!;
    return openBatch(name.replace(ADDRESSED, ''), { scenario, labels: store, batch, ...(log && { log }) });
  }
  if (served) {
    const { openServer } = await import('./models/server/backend.ts');
    return openServer(name.replace(ADDRESSED, ''), {
      scenario,
      log: options.log,
      labels: labelsOf(options),
      ...(options.unopened && { unopened: true }),
      signal: options.signal,
    });
  }
  const named = namedModels.find((model) => model.name === name);
  if (named?.embeds)
    throw new UnderstudyError(
      'TEACHER_UNSUPPORTED',
      `${name} is an embedding model: it compares texts and answers no questions; give it to stability as --embedder ${name}, and ask another teacher (known: ${TEACHERS.join(', ')})`,
    );
  if (!named && !wasPulled(workspace, name)) return undefined;
  const { bundledModel, pulledModel } = await import('./models/checks.ts');
  return openModel(named?.bundled ? bundledModel(named) : await pulledModel(name, named, workspace), options);
}

async function openModel(
  checks: ModelChecks,
  { scenario, gpu, log, signal, ...more }: OpenPolicyOptions,
): Promise<Teacher> {
  const [{ ggufModel }, { openLanguageModel }] = await Promise.all([
    import('./models/gguf/backend.ts'),
    import('./models/open-model.ts'),
  ]);
  const model = await ggufModel({ ...checks, scenario, gpu, log, signal });
  requireTrainedFor(scenario, model.model, checks.name ?? model.name);
  return openLanguageModel(model, {
    scenario,
    labels: labelsOf(more),
    ...(more.unopened && { unopened: true }),
    log,
    signal,
  });
}

const labelsOf = ({ labels, workspace = '.' }: Pick<OpenPolicyOptions, 'labels' | 'workspace'>) =>
  labels ? paths(workspace).labels : undefined;

/**
 * A model that was trained for one scenario answers any other with a number too, which says nothing.
 * @param sha256 of the model, whatever name it is opened by
 * @throws {UnderstudyError} POLICY_SCENARIO
 */
function requireTrainedFor(scenario: Vocabulary, sha256: string, name: string): void {
  const model = namedModels.find((one) => one.bundled && bundledFiles()[one.file]?.sha256 === sha256);
  const { trainedFor } = (model ?? {}) as Partial<BundledModel>;
  if (!trainedFor) return;
  const { id } = scenario;
  if (isTrainedFor(trainedFor, scenario)) return;
  const same = trainedFor.some((one) => one.scenario === id);
  const ids = trainedFor.map((one) => one.scenario).join(', ');
  throw new UnderstudyError(
    'POLICY_SCENARIO',
    `${name} was trained for ${ids} alone and ${same ? `this ${id} has other phrases or actions` : `cannot answer about ${id}`}; ` +
      'ask a general model instead: --teacher gemma-3-4b (after understudy pull gemma-3-4b), gguf:PATH or server:URL#MODEL',
  );
}

/** @throws {UnderstudyError} POLICY_UNKNOWN naming those that the scenario has */
function ownPolicy(scenario: Vocabulary, name: string): Policy {
  const { id, policies } = scenario;
  const rule = Object.hasOwn(policies, name) ? policies[name] : undefined;
  if (rule) return policyOf(scenario, rule, { id: `policy:${name}` });
  const names = Object.keys(policies);
  const known = names.length > 0 ? `(${id} has: ${names.join(', ')})` : `: ${id} brings no policies`;
  throw unknown(`policy of ${id}`, name, known, names);
}

const isTrainedFor = (
  trainedFor: NonNullable<BundledModel['trainedFor']>,
  { id, phrases, actions }: Vocabulary,
): boolean => trainedFor.some(({ scenario, words }) => scenario === id && words === hashOf({ phrases, actions }));

/**
 * The teacher of a scenario if none is named: the one that the workspace's data set was asked of, otherwise the bundled model
 * that was trained for the scenario, otherwise the oracle of one whose rule is known.
 * @throws {UnderstudyError} POLICY_ARGUMENT if there is none, saying what to name
 */
export async function defaultTeacher(scenario: Vocabulary, workspace = '.'): Promise<string> {
  const { teacherOfDataset } = await import('../workspace/dataset.ts');
  const asked = await teacherOfDataset(paths(workspace), scenario.id);
  if (asked !== undefined && (TEACHERS.includes(asked) || WITH_ADDRESS.test(asked))) return asked;
  const bundled = namedModels.find((model) => model.bundled && isTrainedFor(model.trainedFor ?? [], scenario));
  if (bundled) return bundled.name;
  if (scenario.knownRule) return 'oracle';
  throw new UnderstudyError(
    'POLICY_ARGUMENT',
    `${scenario.id} needs a teacher of its own: --teacher gemma-3-4b (after understudy pull gemma-3-4b), gguf:PATH or server:URL#MODEL`,
  );
}

/**
 * Who decides in a population if nobody is named: the mlp of the workspace or of the package, another student of the
 * scenario, otherwise the teacher.
 * @param teacher default: that of defaultTeacher
 * @throws {UnderstudyError} POLICY_ARGUMENT as defaultTeacher does
 */
export async function defaultPolicy(scenario: Vocabulary, workspace: string, teacher?: string): Promise<string> {
  const { studentsFor } = await import('./students/checkpoint.ts');
  const students = await studentsFor(scenario, workspace);
  const name = students.includes('mlp') ? 'mlp' : students[0];
  return name === undefined ? (teacher ?? (await defaultTeacher(scenario, workspace))) : `student:${name}`;
}

/** A teacher for as long as a caller needs it, with its name. */
export interface BorrowedTeacher extends AsyncDisposable {
  readonly teacher: Teacher;
  readonly name: string;
}

/**
 * The teacher of a verb: opened by its name (by default that of defaultTeacher), with labels, and closed when it is
 * disposed of; or one that is open, which stays so.
 * @param name what to call one that is open; default its id
 * @throws {UnderstudyError} as openTeacher does
 * @example await using borrowed = await borrowTeacher('tiny', { scenario, workspace })
 */
export async function borrowTeacher(
  given: string | Teacher | undefined,
  { name, ...options }: Omit<OpenPolicyOptions, 'labels'> & { name?: string },
): Promise<BorrowedTeacher> {
  if (typeof given === 'object') {
    const borrowed = { teacher: given, name: name ?? given.id, [Symbol.asyncDispose]: async () => undefined };
    const shard = currentShard();
    if (shard) (await import('./models/absent.ts')).identify(shard, borrowed.name, given);
    return borrowed;
  }
  const teacher = given ?? (await defaultTeacher(options.scenario, options.workspace));
  const opened = await openTeacher(teacher, { ...options, labels: true });
  return { teacher: opened, name: teacher, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

/** An error that names the known and, where one is close, the one that was probably meant. */
function unknown(kind: string, name: string, known: string, candidates: readonly string[]): UnderstudyError {
  const near = kind === 'policy' && STUDENTS.includes(name) ? `student:${name}` : suggestion(name, candidates);
  return new UnderstudyError(
    'POLICY_UNKNOWN',
    `unknown ${kind}: ${name || '""'} ${known}${near ? `; did you mean ${near}?` : ''}`,
  );
}
