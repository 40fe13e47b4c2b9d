import { setImmediate as nextTurn } from 'node:timers/promises';
import { UnderstudyError } from '../../env/error.ts';
import { type Observations, requireWidth } from '../../env/observation.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';
import type { DecideOptions, Decisions, Policy } from '../policy.ts';
import { Answered } from './answered.ts';
import { checkedConfig, findStudent, studentContents, studentsIn } from './checkpoint.ts';
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
  const contents = await studentContents(files);
  const { onnx } = contents;
  const answered = await Answered.open(onnx, contents.config, scenario);
  const config = answered.config ?? (await checkedConfig(files, contents, scenario));
  const network = new Network(() => openNetwork(files.onnx, onnx, config, scenario));
  // One that was checked before is loaded when it is first asked what it was never asked.
  if (!answered.config) await network.session();
  return new OnnxStudent(`student:${files.name}-${config.sha256.slice(0, 12)}`, {
    ...{ scenario, config, onnx, network, answered },
  });
}

/** A network that is loaded once, when it is first needed. */
class Network {
  readonly #open: () => Promise<Session>;
  #session: Promise<Session> | undefined;

  constructor(open: () => Promise<Session>) {
    this.#open = open;
  }

  session(): Promise<Session> {
    return (this.#session ??= this.#open());
  }

  async release(): Promise<void> {
    await (await this.#session)?.release();
  }
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
  readonly eager = true;
  readonly config: StudentConfig;
  readonly onnx: Uint8Array;
  readonly input: InputForm;
  readonly #vocabulary: Pick<Vocabulary, 'id' | 'phrases' | 'actions' | 'sets'>;
  readonly #network: Network;
  readonly #answered: Answered;
  /** Runs of one session must not overlap. */
  #last: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(
    id: string,
    {
      scenario,
      config,
      onnx,
      network,
      answered,
    }: { scenario: Vocabulary; config: StudentConfig; onnx: Uint8Array; network: Network; answered: Answered },
  ) {
    this.id = id;
    this.scenario = scenario.id;
    this.config = config;
    this.onnx = onnx;
    this.input = inputFormOf(config.architecture);
    if (config.teacher.caveat) this.caveat = `learned from a teacher that is ${config.teacher.caveat}`;
    this.#vocabulary = scenario;
    this.#network = network;
    this.#answered = answered;
  }

  async decide(batch: Observations, options: DecideOptions = {}): Promise<Decisions> {
    this.#requireOpen();
    options.signal?.throwIfAborted();
    requireWidth(this.#vocabulary, batch);
    const n = batch.masks.length;
    const k = this.#vocabulary.actions.length;
    const probabilities = new Float64Array(n * k);
    const open: number[] = [];
    batch.masks.forEach((mask, i) => {
      const row = batch.orders?.[i] === undefined ? this.#answered.row(mask) : undefined;
      if (row) writeRow(row, probabilities, i * k);
      else open.push(i);
    });
    for (let from = 0; from < open.length; from += ROWS) {
      const part = open.slice(from, from + ROWS);
      const answers = await this.#ask(rowsOf(batch, part));
      part.forEach((i, r) => {
        const row = answers.subarray(r * k, (r + 1) * k);
        this.#requireDistribution(row, batch.masks[i]!);
        if (batch.orders?.[i] === undefined) this.#answered.add(batch.masks[i]!, row);
        writeRow(row, probabilities, i * k);
      });
      options.onProgress?.(n - open.length + from + part.length, n);
      // A large batch must not keep a signal or a viewer waiting.
      await nextTurn();
      options.signal?.throwIfAborted();
    }
    if (open.length === 0) options.onProgress?.(n, n);
    return { probabilities, outcomes: Array(n).fill('ok') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#last.catch(() => {});
    await this.#network.release();
    await this.#answered.keep(this.config);
  }

  /** What the network says, shape [n, k], to at most ROWS observations. */
  #ask(batch: Observations): Promise<Float32Array> {
    const n = batch.masks.length;
    return this.#exclusively(async () => {
      const session = await this.#network.session();
      const input = inputOf(this.input, batch, 0, n, ROWS, session.columns);
      // Copied before the next run of this session may reuse the memory.
      return (await session.run(input)).slice(0, n * this.#vocabulary.actions.length);
    });
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

const rowsOf = ({ width, masks, orders }: Observations, rows: readonly number[]): Observations => ({
  width,
  masks: Uint32Array.from(rows, (i) => masks[i]!),
  ...(orders && { orders: rows.map((i) => orders[i]) }),
});

/** Copies a row in double precision so that it sums to 1 exactly: the default action takes what the others leave. */
function writeRow(row: Float32Array, out: Float64Array, at: number): void {
  let rest = 1;
  for (let a = 1; a < row.length; a++) {
    out[at + a] = row[a]!;
    rest -= row[a]!;
  }
  out[at] = Math.max(0, rest);
}
