import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { iceCream } from '../env/ice-cream.ts';
import { type Observations, phrasesOf } from '../env/observation.ts';
import type { Scenario } from '../env/scenario.ts';
import { openTeacher } from '../policies/open.ts';
import type { Answer, AskOptions, Elicitation, Outcome, Teacher } from '../policies/policy.ts';
import { DistillError } from './distill-error.ts';
import type { WorkOptions } from './progress.ts';
import { type PhraseOrder, sampleObservations, testRows } from './sampling.ts';
import { workspace } from './workspace.ts';
import { writeFileAtomically } from './write-file.ts';

/** Fewer rows than this would leave the test set empty. */
export const SMALLEST_DATASET = 5;

export interface DatasetOptions extends WorkOptions {
  /** A name that openTeacher knows, or a teacher, which then stays open. */
  readonly teacher: string | Teacher;
  /** What to call a teacher that is given open; default its id. */
  readonly name?: string;
  /** Observations to ask about; `all` of the scenario's, the empty context included. */
  readonly size: number | 'all';
  readonly order: PhraseOrder;
  readonly elicit: Elicitation;
  /** Ask for an explanation too; not with `expected`, which reads the number without letting the model speak. */
  readonly explain?: boolean;
  /** For `sample`; default 1. */
  readonly temperature?: number;
  readonly workspace: string;
  readonly seed: number;
  /** Default ice-cream-v1. */
  readonly scenario?: Scenario;
}

/** Kept as data/dataset.json: where the rows come from, and what cannot be in them because it differs between runs. */
export interface DatasetManifest {
  readonly scenario: string;
  readonly teacher: string;
  readonly teacherId: string;
  readonly caveat?: string;
  readonly elicitation: Elicitation;
  readonly temperature?: number;
  readonly explain: boolean;
  readonly order: PhraseOrder;
  readonly seed: number;
  /** What the rows are a sample of. */
  readonly distribution: string;
  readonly split: string;
  readonly asked: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Questions that were asked once more because the first answer could not be used. */
  readonly askedAgain: number;
  readonly files: Readonly<Record<'train' | 'test' | 'rejects', { path: string; rows: number; sha256: string }>>;
  readonly finished: string;
  readonly seconds: number;
}

/**
 * Asks a teacher about a sample of observations and writes data/train.jsonl, data/test.jsonl, data/rejects.jsonl and
 * data/dataset.json. Every answer is in the label store as soon as it is given, so an interrupted run goes on where it
 * stopped; the rows depend on the options and the answers only.
 * @throws {DistillError} DISTILL_SIZE, DISTILL_ARGUMENT, DISTILL_FILE where a data file is not one of ours,
 *   DISTILL_ANSWERS where no answer can be used
 */
export async function dataset(options: DatasetOptions): Promise<DatasetManifest> {
  const { scenario = iceCream, size, order, elicit, explain = false, seed, progress, log } = options;
  const { temperature = 1 } = options;
  const paths = workspace(options.workspace);
  if (explain && elicit === 'expected')
    throw new DistillError(
      'DISTILL_ARGUMENT',
      'elicit expected reads the number alone; for explanations use elicit greedy or sample',
    );
  if (size !== 'all' && size < SMALLEST_DATASET)
    throw new DistillError(
      'DISTILL_SIZE',
      `a data set has ${SMALLEST_DATASET} rows or more, so that train and test both have one; got ${size}`,
    );
  const began = performance.now();
  const sample = sampleObservations(scenario, { size, order, seed });
  for (const path of [paths.train, paths.test]) await requireOurs(path);

  const own = typeof options.teacher === 'string';
  const teacher =
    typeof options.teacher === 'string'
      ? await openTeacher(options.teacher, {
          scenario,
          workspace: options.workspace,
          labels: true,
          log,
          signal: options.signal,
        })
      : options.teacher;
  try {
    const name = typeof options.teacher === 'string' ? options.teacher : (options.name ?? teacher.id);
    const asking: AskOptions = {
      elicit,
      explain,
      ...(elicit === 'sample' && { temperature, seed }),
      signal: options.signal,
    };
    const answers = await teacher.ask(sample, { ...asking, onProgress: report(`asking ${name}`, progress) });
    const failed = answers.flatMap(({ outcome }, i) => (outcome === 'ok' || outcome === 'missing' ? [] : [i]));
    if (failed.length > 0) {
      log?.(`${failed.length} of ${answers.length} answers could not be used: asking once more`);
      const second = await teacher.ask(rows(sample, failed), {
        ...asking,
        repeat: 1,
        onProgress: report(`asking ${name} again`, progress),
      });
      failed.forEach((row, i) => {
        if (second[i]!.outcome === 'ok') answers[row] = second[i]!;
      });
    }

    const provenance = {
      scenario: scenario.id,
      teacher: teacher.id,
      elicitation: elicit,
      ...(elicit === 'sample' && { temperature }),
      seed,
    };
    const test = testRows(answers.length, seed);
    const lines = { train: [] as string[], test: [] as string[], rejects: [] as string[] };
    const outcomes: Record<Outcome, number> = { ok: 0, unparsable: 0, refused: 0, timeout: 0, missing: 0 };
    answers.forEach((answer, i) => {
      outcomes[answer.outcome]++;
      const file = answer.outcome !== 'ok' ? 'rejects' : test[i] ? 'test' : 'train';
      lines[file].push(JSON.stringify({ ...phrasesOf(scenario, sample, i), ...told(scenario, answer), ...provenance }));
    });
    options.signal?.throwIfAborted();
    if (lines.train.length === 0 || lines.test.length === 0) {
      const first = answers.find(({ outcome }) => outcome !== 'ok');
      throw new DistillError(
        'DISTILL_ANSWERS',
        `${name} gave ${outcomes.ok} usable answers of ${answers.length}, too few for a train and a test set; the first that is not: ${first?.reason ?? first?.outcome ?? 'none'}`,
      );
    }

    const manifest: DatasetManifest = {
      scenario: scenario.id,
      teacher: name,
      teacherId: teacher.id,
      ...(teacher.caveat && { caveat: teacher.caveat }),
      elicitation: elicit,
      ...(elicit === 'sample' && { temperature }),
      explain,
      order,
      seed,
      distribution:
        size === 'all'
          ? 'every observation of the vocabulary, the empty context included'
          : 'stratified by number of traits × number of contexts, without replacement',
      split: 'one observation in every five tests, in whatever order its phrases are',
      asked: answers.length,
      outcomes,
      askedAgain: failed.length,
      files: {
        train: await write(paths.root, paths.train, lines.train),
        test: await write(paths.root, paths.test, lines.test),
        rejects: await write(paths.root, paths.rejects, lines.rejects),
      },
      finished: new Date().toISOString(),
      seconds: Number(((performance.now() - began) / 1000).toFixed(1)),
    };
    await writeFileAtomically(join(paths.data, 'dataset.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
    return manifest;
  } finally {
    if (own) await teacher[Symbol.asyncDispose]();
  }
}

/** What the teacher said, in a row's words. A model's numbers agree between machines to six decimals. */
function told(scenario: Scenario, { outcome, probabilities, explanation, reply, reason }: Answer): object {
  if (outcome !== 'ok') return { outcome, ...(reason && { reason }), ...(reply !== undefined && { reply }) };
  const round = (p: number) => Number(p.toFixed(6));
  return {
    probability_LLM: round(probabilities![1]!),
    ...(scenario.actions.length > 2 && { probabilities: probabilities!.map(round) }),
    ...(explanation !== undefined && { explanation }),
  };
}

function rows(batch: Observations, chosen: readonly number[]): Observations {
  return {
    width: batch.width,
    masks: Uint32Array.from(chosen, (i) => batch.masks[i]!),
    ...(batch.orders && { orders: chosen.map((i) => batch.orders![i]) }),
  };
}

const report = (stage: string, progress: WorkOptions['progress']) =>
  progress && ((done: number, of: number) => progress({ stage, done, of }));

/** @returns the file as the manifest names it: relative to the workspace, which may be moved */
async function write(root: string, path: string, lines: readonly string[]) {
  const text = lines.map((line) => `${line}\n`).join('');
  await writeFileAtomically(path, text);
  return { path: relative(root, path), rows: lines.length, sha256: createHash('sha256').update(text).digest('hex') };
}

/** A data file that somebody else put there is not written over; one of ours can be made again from the labels. */
async function requireOurs(path: string): Promise<void> {
  let first: string | undefined;
  const stream = createReadStream(path);
  try {
    for await (const line of createInterface({ input: stream })) {
      first = line;
      break;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  } finally {
    stream.destroy();
  }
  if (first === undefined) return;
  try {
    const row = JSON.parse(first) as Record<string, unknown>;
    if (typeof row.teacher === 'string' && typeof row.elicitation === 'string') return;
  } catch {
    // Not even JSON: certainly not ours.
  }
  throw new DistillError(
    'DISTILL_FILE',
    `${path} was not written by this step and would be lost; move it away or use another workspace`,
  );
}
