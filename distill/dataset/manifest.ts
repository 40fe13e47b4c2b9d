import type { Vocabulary } from '../../env/scenario.ts';
import { choicesOf } from '../../policies/choices.ts';
import { type Answer, type Outcome, outcomes, type Rung, type Teacher } from '../../policies/policy.ts';
import { countRungs } from '../../policies/rungs.ts';
import { scenarioHash } from '../../scenarios/study.ts';
import type { NameCheck } from '../../workspace/choices.ts';
import type { Costs, DatasetManifest, Hashed, Origin } from '../../workspace/dataset.ts';
import { sha256 } from '../../workspace/hash.ts';
import type { DatasetRows, RowProvenance } from '../../workspace/rows.ts';
import type { Replies } from './asking.ts';
import type { DatasetOptions } from './options.ts';
import type { Plan } from './plan.ts';

/** What a manifest is made of. */
export interface Made {
  readonly scenario: Vocabulary;
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
  /** The check by whole names, if one was asked for. */
  readonly names?: NameCheck;
}

export function manifestOf(made: Made): Omit<DatasetManifest, 'files' | 'exports' | 'finished' | 'seconds'> {
  const { scenario, options, teacher, name, plan, asking, replies, all, askedAgain, rows } = made;
  const { sample, questions } = plan;
  const { prompt } = scenario;
  const { unknown: unsaid, ...origin } = originOf(teacher);
  const { unknown, ...costs } = costsOf(all);
  const choices = choicesOf(replies.flatMap(({ answers }) => answers));
  const asked = teacher.recorded ? 0 : (made.askedNow ?? null);
  return {
    scenario: scenario.id,
    scenarioSha256: scenarioHash(scenario),
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
    ...(choices && { choices: { ...choices, ...(made.names && { names: made.names }) } }),
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

/** What a teacher's answers add up to. */
export interface Accounts {
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** How the usable replies were read; numbers that were read without a reply have no rung. */
  readonly rungs: Readonly<Record<Rung, number>>;
}

/** @param answers those that count, the second where one was asked for again */
export function accountsOf(answers: readonly Answer[]): Accounts {
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  for (const { outcome } of answers) counts[outcome]++;
  return { outcomes: counts, rungs: countRungs(answers) };
}

/** @param answers all that were given, those that could not be used too */
export function costsOf(answers: readonly Answer[]): Costs {
  const unknown: Record<string, string> = { energy: 'not measured' };
  /** Notes for how many answers something is not known. */
  const known = <T>(name: string, values: readonly T[], what: string): readonly T[] => {
    if (values.length < answers.length)
      unknown[name] =
        values.length === 0 ? `no answer says ${what}` : `${answers.length - values.length} answers do not say ${what}`;
    return values;
  };
  const devices = known('devices', present(answers.map(({ device }) => device)), 'what ran the model');
  const usages = known('tokens', present(answers.map(({ usage }) => usage)), 'how many tokens it took');
  const costs = known('cost', present(answers.map(({ usage }) => usage?.cost)), 'what it cost');
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const counts = new Map<string, number>();
  for (const device of devices) counts.set(device, (counts.get(device) ?? 0) + 1);
  return {
    devices: devices.length > 0 ? Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))) : null,
    tokens:
      usages.length > 0
        ? {
            prompt: sum(usages.map(({ promptTokens }) => promptTokens)),
            completion: sum(usages.map(({ completionTokens }) => completionTokens)),
          }
        : null,
    cost: costs.length > 0 ? sum(costs) : null,
    energy: null,
    unknown,
  };
}

/**
 * Why states were rejected: counts by outcome and reason, without what differs from one to the next (quotations,
 * numbers, and what follows a colon).
 */
export function reasonsOf(rejected: readonly { readonly outcome: Outcome; readonly reason?: string }[]) {
  const counts: Record<string, number> = {};
  for (const { outcome, reason } of rejected) {
    const kind = reason?.replace(/:.*/s, '').replace(/-?\d+(\.\d+)?/g, 'N');
    // A file's name is in the reason for each state that it does not have, which says nothing more.
    const name = kind === undefined || outcome === 'missing' ? outcome : `${outcome}: ${kind}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

const present = <T>(values: readonly (T | undefined)[]): T[] => values.filter((value) => value !== undefined);
