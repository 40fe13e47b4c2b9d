import { setImmediate as nextTurn } from 'node:timers/promises';
import { UnderstudyError } from '../../env/error.ts';
import { type Observations, requireWidth } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';
import type { DecideOptions, Decisions, Policy } from '../policy.ts';
import { findStudent, readStudent, studentsIn } from './checkpoint.ts';
import { brokenRule, firstLine, rowFault } from './contract.ts';
import { type InputForm, inputColumns, inputFormOf, inputOf } from './input.ts';
import { openSession, type Session } from './session.ts';

/** A student, ready to decide. */
export interface Student extends Policy {
  readonly config: StudentConfig;
  /** Bytes of NAME.onnx. */
  readonly onnx: Uint8Array;
  readonly input: InputForm;
}

/** Whether a policy is a student that was opened here. */
export const isStudent = (policy: Policy): policy is Student => policy instanceof OnnxStudent;

/** Rows in a run of the network. Shorter batches are filled up, so a row's bits do not depend on its company. */
const ROWS = 64;

/**
 * Opens a student by name (`mlp`: the workspace's own, otherwise the bundled one) or by the path of its .onnx.
 * @throws {UnderstudyError} POLICY_UNKNOWN, POLICY_FILE or POLICY_SCENARIO: which file, what is wrong, what to do
 */
export async function openStudent(
  nameOrPath: string,
  { scenario, workspace = '.', log }: { scenario: Vocabulary; workspace?: string; log?: (line: string) => void },
): Promise<Student> {
  const files = await findStudent(nameOrPath, workspace);
  const others = files.bundled ? await studentsIn(workspace) : [];
  if (others.length > 0)
    log?.(
      `student:${files.name}: ${workspace} has no student of this name (it has ${others.join(', ')}); the bundled one, which learned from tiny, decides`,
    );
  const { onnx, config } = await readStudent(files, scenario);
  const session = await openNetwork(files.onnx, onnx, config, scenario);
  return new OnnxStudent(`student:${files.name}-${config.sha256.slice(0, 12)}`, scenario, config, onnx, session);
}

/**
 * Loads a network and tries whether it answers as a student does. @throws {UnderstudyError} POLICY_FILE with the rule
 * that it breaks
 */
async function openNetwork(
  file: string,
  onnx: Uint8Array,
  { architecture }: StudentConfig,
  scenario: Vocabulary,
): Promise<Session> {
  const wrong = (what: string, cause?: unknown) => new UnderstudyError('POLICY_FILE', `${file} ${what}`, { cause });
  if (onnx.length === 0) throw wrong('does not load: it is empty');
  const form = inputFormOf(architecture);
  const columns = inputColumns(architecture, form);
  const session = await openSession(onnx, [ROWS, columns]).catch((error: unknown) => {
    throw wrong(`does not load: ${beginning(onnx) ?? firstLine(error)}`, error);
  });
  const broken = await brokenRule(session, form, scenario, columns);
  if (broken === undefined) return session;
  await session.release();
  throw wrong(`is not a student: ${broken} (docs/onnx.md describes the form)`);
}

/** What stands at the beginning of a file that is text: a web page, a pointer, a configuration. */
function beginning(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 40)).toString('latin1');
  return /^[\t\n\r\x20-\x7e]+$/.test(start)
    ? `it is text, not an ONNX file: ${JSON.stringify(start.split('\n')[0])}`
    : undefined;
}

class OnnxStudent implements Student {
  readonly id: string;
  readonly scenario: string;
  readonly caveat?: string;
  readonly config: StudentConfig;
  readonly onnx: Uint8Array;
  readonly input: InputForm;
  readonly #vocabulary: Pick<Vocabulary, 'id' | 'phrases' | 'actions' | 'sets'>;
  readonly #session: Session;
  /** Runs of one session must not overlap. */
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(id: string, scenario: Vocabulary, config: StudentConfig, onnx: Uint8Array, session: Session) {
    this.id = id;
    this.scenario = scenario.id;
    this.config = config;
    this.onnx = onnx;
    this.input = inputFormOf(config.architecture);
    if (config.teacher.caveat) this.caveat = `learned from a teacher that is ${config.teacher.caveat}`;
    this.#vocabulary = scenario;
    this.#session = session;
  }

  async decide(batch: Observations, options: DecideOptions = {}): Promise<Decisions> {
    this.#requireOpen();
    options.signal?.throwIfAborted();
    requireWidth(this.#vocabulary, batch);
    const n = batch.masks.length;
    const k = this.#vocabulary.actions.length;
    const probabilities = new Float64Array(n * k);
    for (let from = 0; from < n; from += ROWS) {
      const rows = Math.min(ROWS, n - from);
      const input = inputOf(this.input, batch, from, rows, ROWS, this.#session.columns);
      // Copied before the next run of this session may reuse the memory.
      const answers = await this.#exclusively(async () => (await this.#session.run(input)).slice(0, rows * k));
      for (let i = 0; i < rows; i++) {
        const row = answers.subarray(i * k, (i + 1) * k);
        this.#requireDistribution(row, batch.masks[from + i]!);
        writeRow(row, probabilities, (from + i) * k);
      }
      options.onProgress?.(from + rows, n);
      // A large batch must not keep a signal or a viewer waiting.
      await nextTurn();
      options.signal?.throwIfAborted();
    }
    return { probabilities, outcomes: Array(n).fill('ok') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#last.catch(() => {});
    await this.#session.release();
  }

  /** A network that kept to the form when it was tried may leave it elsewhere. */
  #requireDistribution(row: Float32Array, mask: number): void {
    const fault = rowFault(row);
    if (fault === undefined) return;
    const shown = this.#vocabulary.sets.indices(mask).map((phrase) => this.#vocabulary.phrases[phrase]);
    throw new UnderstudyError('POLICY_FILE', `${this.id} answers {${shown.join(', ')}} with ${fault}`);
  }

  #requireOpen(): void {
    if (this.#disposed) throw new UnderstudyError('POLICY_DISPOSED', `${this.id} is disposed; open it again`);
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      this.#requireOpen();
      return work();
    });
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/** Copies a row in double precision so that it sums to 1 exactly: the default action takes what the others leave. */
function writeRow(row: Float32Array, out: Float64Array, at: number): void {
  let rest = 1;
  for (let a = 1; a < row.length; a++) {
    out[at + a] = row[a]!;
    rest -= row[a]!;
  }
  out[at] = Math.max(0, rest);
}
