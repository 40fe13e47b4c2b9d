import { UnderstudyError } from '../../env/error.ts';
import type { PhraseOrder } from '../../env/sampling/orders.ts';
import type { EmptyContext } from '../../env/sampling/states.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import type { WorkOptions } from '../../env/work.ts';
import type { BatchOptions } from '../../policies/models/batch/backend.ts';
import { withoutNames } from '../../policies/models/teacher.ts';
import type { Elicitation, Teacher } from '../../policies/policy.ts';
import { type Sampling, samplingOf } from './sample.ts';
import type { SplitBy } from './splits.ts';

export interface DatasetOptions extends WorkOptions {
  /** A name that openTeacher knows, or a teacher, which then stays open. Default: that of defaultTeacher. */
  readonly teacher?: string | Teacher;
  /** What to call a teacher that is given open; default its id. */
  readonly name?: string;
  /** Default stratified; `all` where the size is. */
  readonly sampling?: Sampling;
  /**
   * States to ask about, or `all`: of the scenario's, or of a recorded file's. Default: as many as a pairwise covering
   * needs, otherwise 2,000; all states of a recorded file.
   */
  readonly size?: number | 'all';
  /** Whether states of an ordinary hour are among them; default as `states` has it: `include`. */
  readonly emptyContext?: EmptyContext;
  readonly order: PhraseOrder;
  /**
   * Default: `greedy` with `explain`, otherwise as the teacher decides when it acts itself. A teacher of recorded
   * decisions has them as they were elicited, whatever is said here.
   */
  readonly elicit?: Elicitation;
  /** For `choice`: orders of the options; default as many as there are actions, at most 4. */
  readonly rotations?: number;
  /** For `choice`: questions that are asked again by the whole names of the options, as a check; default none. */
  readonly checkNames?: number;
  /** Times that each state is asked about; default 1. A row then has the mean and the spread. */
  readonly repeats?: number;
  /** Ask for an explanation with every row. */
  readonly explain?: boolean;
  /** Ask for an explanation with a share of the states, above 0 and at most 1. */
  readonly explainShare?: number;
  /** For `sample`; default 1. */
  readonly temperature?: number;
  /** What the test rows are held out by; default `state`. */
  readonly split?: SplitBy;
  /** How the teacher is asked in batches: replies in words, within a day, at a lower price; default: it is asked at once. */
  readonly batch?: boolean | Omit<BatchOptions, 'journal'>;
  /** Files to write the rows to in other forms: .jsonl, .csv or .parquet; relative to the current directory. */
  readonly exports?: readonly string[];
  readonly workspace: string;
  readonly seed: number;
  /** Default: the world that is meant if none is named. */
  readonly scenario?: Vocabulary;
}

/**
 * @throws {UnderstudyError} DISTILL_ARGUMENT for options that contradict each other, DISTILL_SIZE for too small a size
 */
export function requireConsistent(options: DatasetOptions): void {
  const { repeats = 1, order, elicit, rotations, checkNames, explain, explainShare } = options;
  samplingOf(options);
  if (!Number.isSafeInteger(repeats) || repeats < 1) throw wrong(`repeats are an integer of 1 or more, got ${repeats}`);
  if (repeats > 1 && order === 'canonical' && elicit !== 'sample')
    throw wrong(
      `${repeats} repeats of ${elicit ?? 'a reading'} in canonical order would all be the same answer; take elicit sample, which draws each anew, or order shuffled, which shows each in another order`,
    );
  if (rotations !== undefined && elicit !== 'choice')
    throw wrong(`rotations are of the options of elicit choice, and elicit is ${elicit ?? "the teacher's own"}`);
  if (checkNames !== undefined && !(Number.isSafeInteger(checkNames) && checkNames >= 1))
    throw wrong(`a check by names asks 1 question or more again, got ${checkNames}`);
  if (checkNames !== undefined && elicit !== undefined && elicit !== 'choice')
    throw wrong(`a check by names is of the letters of elicit choice, and elicit is ${elicit}`);
  if (explain && explainShare !== undefined)
    throw wrong(`explain applies to every row, explain share ${explainShare} to some; use one of the two`);
  if (explainShare !== undefined && !(explainShare > 0 && explainShare <= 1))
    throw wrong(`an explain share is above 0 and at most 1, got ${explainShare}`);
}

/** How a teacher is asked for a data set: as the caller wants, otherwise in the best way that the teacher has. */
export function elicitationOf({ elicit, explain }: DatasetOptions, { recorded, decidesBy }: Teacher): Elicitation {
  // Whatever a file holds is one answer to one question.
  if (recorded) return 'greedy';
  return elicit ?? (explain ? 'greedy' : (decidesBy ?? 'expected'));
}

/**
 * @throws {UnderstudyError} DISTILL_ARGUMENT if there are no letters to check by names, TEACHER_UNSUPPORTED if the teacher
 *   cannot be asked for names
 */
export function requireCheckable({ checkNames }: DatasetOptions, teacher: Teacher, name: string, elicit: Elicitation) {
  if (checkNames === undefined) return;
  if (elicit !== 'choice')
    throw wrong(`a check by names is of the letters of elicit choice, and ${name} is asked by ${elicit}`);
  if (!teacher.readsNames) throw withoutNames(name);
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT for what a file of decisions cannot be asked */
export function requireRecordable({ repeats = 1, order, split }: DatasetOptions): void {
  const cannot = (what: string) =>
    wrong(`a recorded file has one decision for each state, whatever the order of its phrases: ${what}`);
  if (repeats > 1) throw cannot(`it cannot be asked ${repeats} times`);
  if (order === 'shuffled') throw cannot('it was not asked in shuffled order');
  if (split === 'order') throw cannot('there is no other order to hold out');
}

const wrong = (message: string) => new UnderstudyError('DISTILL_ARGUMENT', message);
