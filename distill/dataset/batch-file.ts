import { readFile } from 'node:fs/promises';
import { UnderstudyError } from '../../env/error.ts';
import { askingOf } from '../../policies/models/backend.ts';
import { batchAnswer, batchAsk } from '../../policies/models/batch/backend.ts';
import { shapeOf } from '../../policies/models/batch/open.ts';
import type { Result } from '../../policies/models/batch/shapes.ts';
import { type LanguageModelTeacher, seedOf } from '../../policies/models/teacher.ts';
import { defaultTeacher, openTeacher } from '../../policies/open.ts';
import type { OpenQuestion } from '../../policies/spending/rehearsal.ts';
import { defaultScenario } from '../../scenarios/default-scenario.ts';
import { writeNewFile } from '../../workspace/write-file.ts';
import { type PlannedDataset, walkDataset } from '../plan/walk.ts';

export interface BatchFileOptions extends PlannedDataset {
  /** A model behind a server, by its name; it is not reached. */
  readonly teacher?: string | undefined;
}

/** What became of a file of requests or results. */
export interface BatchFileReport {
  readonly path: string;
  /** Questions that were written, or answers that were kept. */
  readonly questions: number;
  /** Questions that are open afterwards. */
  readonly open: number;
  /** Lines that are no answer to an open question: asked by another command, or answered before. */
  readonly others: number;
  /** Open questions that a line says were not answered. */
  readonly unanswered: number;
}

/**
 * Writes the open questions of a data set as a file of requests for a batch API, or for vLLM's `run-batch`, on a network where this
 * program cannot reach the server.
 * @throws {UnderstudyError} DISTILL_FILE if the file is there already, POLICY_ARGUMENT for a teacher without a server
 */
export async function writeBatchFile(path: string, options: BatchFileOptions): Promise<BatchFileReport> {
  await using opened = await openUnreached(options);
  const { name, open, model, actions } = opened;
  const shape = shapeOf(name);
  const lines = open.map((question) => {
    const asking = askingOf(opened.scenario, question.options);
    const [prompt] = question.prompts as [string];
    const line = shape.line(model, batchAsk(prompt, seedOf(asking, prompt), asking, actions), question.key);
    return `${JSON.stringify(line)}\n`;
  });
  await writeNewFile(path, lines.join(''));
  return { path, questions: lines.length, open: open.length, others: 0, unanswered: 0 };
}

/**
 * Keeps the answers of a file of results as labels.
 * @throws {UnderstudyError} DISTILL_FILE naming a line that is not a result
 */
export async function readBatchResults(path: string, options: BatchFileOptions): Promise<BatchFileReport> {
  await using opened = await openUnreached(options);
  const { teacher, name, open, actions, scenario } = opened;
  const shape = shapeOf(name);
  const questions = new Map(open.map((question) => [question.key, question]));
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UnderstudyError('DISTILL_FILE', `${path} cannot be read (${error.message})`);
  });
  let [kept, others, unanswered] = [0, 0, 0];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    let result: Result;
    try {
      result = shape.result(JSON.parse(line), name);
      if (typeof result.key !== 'string') throw new Error('it names no question (custom_id)');
    } catch (error) {
      throw new UnderstudyError(
        'DISTILL_FILE',
        `${path}, line ${i + 1} is not a result of ${name}: ${(error as Error).message}; ${kept} answers before it are kept`,
      );
    }
    const question = questions.get(result.key);
    if (!question) {
      others++;
      continue;
    }
    if (!('completion' in result)) {
      unanswered++;
      continue;
    }
    questions.delete(result.key);
    const { explain } = askingOf(scenario, question.options);
    await teacher.keep(
      question.key,
      question,
      batchAnswer(result.completion, actions, explain, `batch file of ${name}`),
    );
    kept++;
  }
  return { path, questions: kept, open: questions.size, others, unanswered };
}

async function openUnreached(options: BatchFileOptions) {
  const { scenario = defaultScenario, workspace, signal } = options;
  const name = options.teacher ?? (await defaultTeacher(scenario, workspace));
  const opening = { scenario, workspace, labels: true, signal, unopened: true, batch: { journal: '' } };
  const teacher = (await openTeacher(name, opening)) as LanguageModelTeacher;
  try {
    const elicit = options.elicit ?? 'greedy';
    const walk = await walkDataset(scenario, { ...options, elicit }, teacher, name);
    const open: readonly OpenQuestion[] = walk.rehearsal.open;
    return {
      ...{ teacher, open, scenario, actions: scenario.actions },
      name: name.replace(/^(?:server|vllm):/, ''),
      model: name.slice(name.includes('#') ? name.lastIndexOf('#') + 1 : name.indexOf(':') + 1),
      [Symbol.asyncDispose]: () => teacher[Symbol.asyncDispose](),
    };
  } catch (error) {
    await teacher[Symbol.asyncDispose]();
    throw error;
  }
}
