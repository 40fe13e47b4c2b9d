import { type Answer, type Outcome, outcomes, type Rung } from '../../policies/policy.ts';
import { countRungs } from '../../policies/rungs.ts';

/** What a teacher's answers add up to. */
export interface Accounts {
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** How the usable replies were read; numbers that were read without a reply have no rung. */
  readonly rungs: Readonly<Record<Rung, number>>;
}

/** What all answers cost that were ever given, in this run or remembered from an earlier one. */
export interface Costs {
  /** Answers by what ran the model. */
  readonly devices: Readonly<Record<string, number>> | null;
  readonly tokens: { readonly prompt: number; readonly completion: number } | null;
  /** In the currency of the server's bill. */
  readonly cost: number | null;
  /** In watt-hours. */
  readonly energy: null;
  /** Why what is null, or in part, is not known. */
  readonly unknown: Readonly<Record<string, string>>;
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
