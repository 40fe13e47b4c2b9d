import { readFile } from 'node:fs/promises';
import type { WordingFacet } from '../../env/sampling/wordings.ts';
import type { Scenario, Vocabulary } from '../../env/scenario.ts';
import { analyse, type Estimated } from '../../measure/audit/analysis.ts';
import { rowOf } from '../../measure/audit/audit.ts';
import type { Elicitation } from '../../policies/policy.ts';
import { mean } from '../../stats/moments.ts';
import { type AuditFiles, auditText, readAudit } from '../../workspace/audits.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { type Check, checkOf, tableFaults } from './check.ts';
import { differences } from './differences.ts';

/**
 * What an audit says, computed again from what its specifications came to, run by run and person by person. Nothing where there
 * was no audit.
 */
export async function auditCheck(paths: Workspace, scenario: Vocabulary): Promise<Check[]> {
  const audit = await readAudit(paths);
  if (!audit) return [];
  const { report, rows, runs } = audit;
  if (!runs)
    return [
      { what: 'audit', outcome: 'not checked', details: ['the pack has no results/metrics/audit-runs.csv: it is of an earlier version'] }, // biome-ignore format: one line
    ];
  const { expect } = report.claim;
  const estimated = estimatedOf(audit);
  const faults: string[] = [];
  const kept = (await readFile(paths.auditTable, 'utf8')).split('\n');
  const again = auditText(estimated.map((one, i) => rowOf(one, i + 1, expect))).split('\n');
  for (const [i, line] of kept.entries())
    if (line !== again[i]) faults.push(`results/metrics/audit.csv, line ${i + 1}, is not what its runs give`);
  const made = {
    ...analyse(estimated, { expect, seed: report.seed }),
    specifications: rows.length,
    failed: estimated.filter(({ failure }) => failure !== undefined).length,
    ...settingsOf(audit, scenario),
  };
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  const all = plain(report);
  const known = Object.fromEntries(Object.keys(made).map((name) => [name, all[name]]));
  faults.push(...differences(known, plain(made), new Set()).map((one) => `results/metrics/audit.json, ${one}`));
  return [checkOf('audit', [...faults, ...(await tableFaults(paths.audit))])];
}

/** The specifications of audit.csv with what stands of them in the other tables. */
function estimatedOf({ rows, runs = [], persons }: AuditFiles): Estimated[] {
  const kinds = new Map<string, number>();
  const kindOf = (traits: readonly string[]) => {
    const name = JSON.stringify(traits);
    const kind = kinds.get(name) ?? kinds.size;
    kinds.set(name, kind);
    return kind;
  };
  return rows.map((row): Estimated => {
    const { policy, elicit, temperature, paraphrase, slots, order, list, punctuation, reason } = row;
    const wording = { paraphrase: Number(paraphrase), slots, order, list, punctuation };
    const specification = {
      policy,
      ...(elicit !== undefined && { elicit: elicit as Elicitation }),
      ...(temperature !== undefined && { temperature }),
      ...(paraphrase !== undefined && { wording: wording as Record<WordingFacet, never> }),
    } as Estimated['specification'];
    const own = runs.filter(({ specification }) => specification === row.specification);
    if (own.length === 0) return { specification, failure: reason ?? '' };
    const differing = persons.filter(({ specification }) => specification === row.specification);
    const contrasted = {
      ...{ a: own.map(({ a }) => a), b: own.map(({ b }) => b) },
      ...(differing.length > 0 && {
        personas: new Map(differing.map(({ traits, difference }) => [kindOf(traits), difference])),
      }),
    };
    return { specification, contrasted, estimate: mean(contrasted.b) - mean(contrasted.a) };
  });
}

/** What was asked for, from the command, and how much there is of it. */
function settingsOf({ report, runs = [], persons }: AuditFiles, scenario: Vocabulary): Record<string, unknown> {
  const flag = (name: string) => {
    const value = new RegExp(`--${name} (\\S+)`).exec(report.command)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  const kinds = new Set(persons.map(({ traits }) => JSON.stringify(traits))).size;
  const simulated = report.way === 'simulated';
  return {
    replications: Math.max(0, ...runs.map(({ replication }) => replication)),
    seed: flag('seed') ?? 0,
    ticks: simulated ? (flag('ticks') ?? (scenario as Scenario).horizon) : null,
    ...(simulated ? { agents: flag('agents') ?? 1000 } : kinds > 0 && { agents: kinds }),
  };
}
