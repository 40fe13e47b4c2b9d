import type { Observations } from '../../env/observation.ts';
import type { WorkOptions } from '../../env/work.ts';
import type { Answer, AskOptions, Elicitation, Teacher } from '../../policies/policy.ts';
import type { Question } from './plan.ts';

export interface AskAllOptions extends WorkOptions {
  /** What to call the teacher. */
  readonly name: string;
  /** Phrases in the vocabulary. */
  readonly width: number;
  readonly elicit: Elicitation;
  /** For `choice`; default as AskOptions has it. */
  readonly rotations?: number | undefined;
  readonly temperature: number;
  readonly seed: number;
  readonly repeats: number;
}

/** What a teacher said to one question. */
export interface Replies {
  /** Shape [repeats]: the last answer to each; ok where the first or the second could be used. */
  readonly answers: readonly Answer[];
  /** For `expected` and `choice`, which have no words: the greedy reply with an explanation, if one was asked for. */
  readonly greedy?: Answer;
}

/** One call of a teacher: some questions, asked alike. */
interface Round {
  readonly kind: 'number' | 'explanation';
  readonly rows: readonly number[];
  readonly repeat: number;
  readonly asking: Pick<AskOptions, 'elicit' | 'explain'>;
}

/**
 * Asks every question as often as it wants, and once more where an answer cannot be used. An explanation is asked for
 * with the first repeat, since the number stands before it in the reply and is the same; `expected` and `choice` read
 * without letting the model speak, so there a greedy reply is asked for in addition.
 * @returns replies of shape [questions], and all answers that were given, those that could not be used too
 */
export async function askAll(
  teacher: Teacher,
  questions: readonly Question[],
  options: AskAllOptions,
): Promise<{ replies: Replies[]; all: Answer[]; askedAgain: number }> {
  const { elicit, rotations, temperature, seed, repeats, name, progress, log, signal } = options;
  const rounds = roundsOf(questions, options);
  const all: Answer[] = [];
  const ask = async (round: Round, rows: readonly number[], repeat: number, stage: Stage): Promise<Answer[]> => {
    const answers = await teacher.ask(shown(questions, rows, round.repeat, options.width), {
      ...round.asking,
      ...(round.asking.elicit === 'sample' && { temperature, seed }),
      ...(round.asking.elicit === 'choice' && rotations !== undefined && { rotations }),
      ...(repeat > 0 && { repeat }),
      ...(signal && { signal }),
      ...(progress && { onProgress: (done) => progress({ ...stage, done: stage.done + done }) }),
    });
    stage.done += rows.length;
    all.push(...answers);
    return answers;
  };

  const count = (lists: readonly (readonly unknown[])[]) => lists.reduce((sum, { length }) => sum + length, 0);
  const first = { stage: `asking ${name}`, done: 0, of: count(rounds.map(({ rows }) => rows)) };
  const answered: Answer[][] = [];
  // The repeats of a sample differ by number; a number or a greedy reply that is shown in another order is asked for
  // once.
  for (const round of rounds)
    answered.push(await ask(round, round.rows, elicit === 'sample' ? round.repeat : 0, first));

  const failed = rounds.map(({ rows }, r) => rows.flatMap((_, i) => (usable(answered[r]![i]!) ? [] : [i])));
  const askedAgain = count(failed);
  if (askedAgain > 0) {
    log?.(`${askedAgain} of ${first.of} answers could not be used: asking these once more`);
    const second = { stage: `asking ${name} again`, done: 0, of: askedAgain };
    for (const [r, round] of rounds.entries()) {
      if (failed[r]!.length === 0) continue;
      const repeat = elicit === 'sample' ? repeats + round.repeat : 1;
      const rows = failed[r]!.map((i) => round.rows[i]!);
      (await ask(round, rows, repeat, second)).forEach((answer, i) => {
        if (answer.outcome === 'ok') answered[r]![failed[r]![i]!] = answer;
      });
    }
  }

  const replies = questions.map((): { answers: Answer[]; greedy?: Answer } => ({ answers: [] }));
  rounds.forEach(({ kind, rows, repeat }, r) => {
    rows.forEach((row, i) => {
      if (kind === 'explanation') replies[row]!.greedy = answered[r]![i]!;
      else replies[row]!.answers[repeat] = answered[r]![i]!;
    });
  });
  return { replies, all, askedAgain };
}

interface Stage {
  readonly stage: string;
  done: number;
  readonly of: number;
}

/** A state that a file does not have will not be there the second time. */
const usable = ({ outcome }: Answer) => outcome === 'ok' || outcome === 'missing';

function roundsOf(questions: readonly Question[], { elicit, repeats }: AskAllOptions): Round[] {
  const rounds: Round[] = [];
  const rows = (wanted: (question: Question) => boolean) =>
    questions.flatMap((question, row) => (wanted(question) ? [row] : []));
  const add = (round: Round) => {
    if (round.rows.length > 0) rounds.push(round);
  };
  const speaks = elicit !== 'expected' && elicit !== 'choice';
  for (let repeat = 0; repeat < repeats; repeat++) {
    const explained = ({ explain }: Question) => speaks && explain && repeat === 0;
    const number = { kind: 'number', repeat } as const;
    add({
      ...number,
      rows: rows((question) => question.showings.length > repeat && explained(question)),
      asking: { elicit, explain: true },
    });
    add({
      ...number,
      rows: rows((question) => question.showings.length > repeat && !explained(question)),
      asking: { elicit, explain: false },
    });
  }
  if (!speaks)
    add({
      kind: 'explanation',
      repeat: 0,
      rows: rows(({ explain }) => explain),
      asking: { elicit: 'greedy', explain: true },
    });
  return rounds;
}

/** Some questions as they are shown at a repeat. */
export function shown(
  questions: readonly Question[],
  rows: readonly number[],
  repeat: number,
  width: number,
): Observations {
  const orders = rows.map((row) => questions[row]!.showings[repeat]);
  return {
    width,
    masks: Uint32Array.from(rows, (row) => questions[row]!.mask),
    ...(orders.some((order) => order !== undefined) && { orders }),
  };
}
