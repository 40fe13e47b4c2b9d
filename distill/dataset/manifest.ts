import type { Scenario } from '../../env/scenario.ts';
import type { Answer, Teacher } from '../../policies/policy.ts';
import type { Costs, DatasetManifest, Hashed, Origin } from '../../workspace/dataset.ts';
import { sha256 } from '../../workspace/hash.ts';
import type { DatasetRows, RowProvenance } from '../../workspace/rows.ts';
import { accountsOf, costsOf, reasonsOf } from './accounts.ts';
import type { Replies } from './asking.ts';
import type { DatasetOptions } from './options.ts';
import type { Plan } from './plan.ts';

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
