import type { PhraseOrder } from '../../env/sampling/orders.ts';
import type { Scenario } from '../../env/scenario.ts';
import type { Answer, Elicitation, Outcome, Rung, Teacher } from '../../policies/policy.ts';
import type { WrittenFile } from '../../workspace/tables/export.ts';
import { accountsOf, type Costs, costsOf, reasonsOf } from './accounts.ts';
import type { Replies } from './asking.ts';
import type { DatasetOptions } from './options.ts';
import type { Plan } from './plan.ts';
import { type DatasetRows, type RowProvenance, sha256 } from './rows.ts';
import type { Sample } from './sample.ts';
import type { HeldOut } from './splits.ts';

/** A text with its hash. */
export interface Hashed {
  readonly text: string;
  readonly sha256: string;
}

/** What stands behind a teacher's answers; null where it is not known, with the reason in `unknown`. */
export interface Origin {
  /** Chat template, with {prompt} in the question's place. */
  readonly template: Hashed | null;
  /** SHA-256 of the model file, or the model's name where a server keeps the file. */
  readonly model: string | null;
  readonly library: string | null;
  readonly endpoints: readonly string[] | null;
}

/** Kept as data/dataset.json: where the rows come from, and what cannot be in them because it differs between runs. */
export interface DatasetManifest extends Origin, Costs {
  readonly scenario: string;
  /** The question as it was put, with the places {traits} and {contexts}. */
  readonly prompt: Hashed;
  readonly teacher: string;
  readonly teacherId: string;
  readonly caveat?: string;
  /** `recorded` for decisions that were read from a file, however they were elicited there. */
  readonly elicitation: Elicitation | 'recorded';
  readonly temperature?: number;
  readonly explain: boolean;
  /** Share of the states whose decision was to be explained, rows for which that was, and rows that have an explanation. */
  readonly explanations: { readonly share: number; readonly wanted: number; readonly given: number };
  readonly order: PhraseOrder;
  readonly seed: number;
  /** Times that each state was asked about; fewer for a state that has fewer orders to be shown in. */
  readonly repeats: number;
  readonly sampling: Pick<Sample, 'emptyContext' | 'covering'> & {
    readonly method: Sample['sampling'];
    readonly states: number;
  };
  /** What the rows are a sample of. */
  readonly distribution: string;
  readonly split: string;
  readonly heldOut: HeldOut;
  /** Rows that were asked for: states, and states that are shown again for testing. */
  readonly asked: number;
  /** Single answers, repeats and explanations included; those the model was asked for in this run, and the rest. */
  readonly answers: { readonly total: number; readonly asked: number | null; readonly remembered: number | null };
  /** Of the answers that count, the second where one was asked for again; explanations beside `expected` do not. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** How the usable replies were read; a number that was read without a reply has no rung. */
  readonly rungs: Readonly<Record<Rung, number>>;
  /** Questions that were asked once more because the first answer could not be used. */
  readonly askedAgain: number;
  /** Rejected states by outcome and reason. */
  readonly rejects: Readonly<Record<string, number>>;
  readonly files: Readonly<Record<'train' | 'test' | 'rejects', WrittenFile>>;
  readonly exports: readonly WrittenFile[];
  readonly finished: string;
  /** Of this run. */
  readonly seconds: number;
}

/** What a manifest is made of. */
export interface Made {
  readonly scenario: Scenario;
  readonly options: DatasetOptions;
  readonly teacher: Teacher;
  readonly name: string;
  readonly plan: Plan;
  /** How the teacher was asked. */
  readonly asking: Pick<RowProvenance, 'elicitation' | 'temperature' | 'seed'>;
  readonly replies: readonly Replies[];
  /** All answers that were given. */
  readonly all: readonly Answer[];
  readonly askedAgain: number;
  /** Answers that the model gave in this run; undefined where the teacher does not count them. */
  readonly askedNow: number | undefined;
  readonly rows: DatasetRows;
}

export function manifestOf(made: Made): Omit<DatasetManifest, 'files' | 'exports' | 'finished' | 'seconds'> {
  const { scenario, options, teacher, name, plan, asking, replies, all, askedAgain, rows } = made;
  const { sample, questions } = plan;
  const { prompt } = scenario;
  const { unknown: unsaid, ...origin } = originOf(teacher);
  const { unknown, ...costs } = costsOf(all);
  const asked = teacher.recorded ? 0 : (made.askedNow ?? null);
  return {
    scenario: scenario.id,
    prompt: hashed(`${prompt.paraphrases[0]} ${prompt.question}`),
    teacher: name,
    teacherId: teacher.id,
    ...(teacher.caveat && { caveat: teacher.caveat }),
    ...origin,
    elicitation: asking.elicitation,
    ...(asking.temperature !== undefined && { temperature: asking.temperature }),
    explain: plan.explain === 1,
    explanations: {
      share: plan.explain,
      wanted: plan.explain > 0 ? questions.filter(({ explain }) => explain).length : 0,
      given: explained(rows),
    },
    order: options.order,
    seed: options.seed,
    repeats: plan.repeats,
    sampling: {
      method: sample.sampling,
      states: sample.masks.length,
      emptyContext: sample.emptyContext,
      ...(sample.covering && { covering: sample.covering }),
    },
    distribution: sample.distribution,
    split: plan.rule,
    heldOut: plan.heldOut,
    asked: questions.length,
    answers: { total: all.length, asked, remembered: asked === null ? null : all.length - asked },
    ...accountsOf(replies.flatMap(({ answers }) => answers)),
    askedAgain,
    rejects: reasonsOf(rows.rejects),
    ...costs,
    unknown: {
      ...unsaid,
      ...unknown,
      ...(asked === null && { answers: 'the teacher does not count what it was asked and what it remembers' }),
    },
  };
}

/** Rows that have an explanation. */
export const explained = ({ train, test }: DatasetRows): number =>
  [...train, ...test].filter(({ explanation }) => explanation !== undefined).length;

/** What a teacher says of itself, and why it does not say the rest. */
function originOf({ provenance, recorded }: Teacher): Origin & Pick<Costs, 'unknown'> {
  const { template, model, library, endpoints } = provenance ?? {};
  const why = recorded ? 'the recorded file does not say' : 'the teacher does not say';
  const unsaid = Object.entries({ template, model, library }).filter(([, value]) => value === undefined);
  return {
    template: template === undefined ? null : hashed(template),
    model: model ?? null,
    library: library ?? null,
    endpoints: endpoints ?? null,
    unknown: {
      ...Object.fromEntries(unsaid.map(([name]) => [name, why])),
      ...(endpoints === undefined && { endpoints: recorded ? why : 'no server was asked' }),
    },
  };
}

const hashed = (text: string): Hashed => ({ text, sha256: sha256(text) });
