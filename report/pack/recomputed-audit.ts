import type { WordingFacet } from '../../env/sampling/wordings.ts';
import { analyse, type Estimated, goesAgainst } from '../../measure/audit/analysis.ts';
import type { Elicitation } from '../../policies/policy.ts';
import { readAudit } from '../../workspace/audits.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { type Check, checkOf } from './check.ts';
import { differences } from './differences.ts';

/** What an audit says, computed again from the specifications in audit.csv. Nothing where there was no audit. */
export async function auditCheck(paths: Workspace): Promise<Check[]> {
  const audit = await readAudit(paths);
  if (!audit) return [];
  const { report, rows } = audit;
  const { expect } = report.claim;
  const faults: string[] = [];
  const estimated = rows.map((row): Estimated => {
    const { policy, elicit, temperature, paraphrase, slots, order, list, punctuation, a, b, estimate, reason } = row;
    const at = `results/metrics/audit.csv, specification ${row.specification}`;
    if (estimate !== undefined && a !== undefined && b !== undefined && !near(estimate, b - a))
      faults.push(`${at}: its estimate is ${estimate}, and b less a ${b - a}`);
    if (estimate !== undefined && row.against !== goesAgainst(estimate, expect))
      faults.push(`${at}: says ${row.against} for going against the claim`);
    const wording = { paraphrase: Number(paraphrase), slots, order, list, punctuation };
    const specification = {
      policy,
      ...(elicit !== undefined && { elicit: elicit as Elicitation }),
      ...(temperature !== undefined && { temperature }),
      ...(paraphrase !== undefined && { wording: wording as Record<WordingFacet, never> }),
    } as Estimated['specification'];
    if (estimate === undefined) return { specification, failure: reason ?? '' };
    return { specification, estimate, contrasted: { a: [a ?? Number.NaN], b: [b ?? Number.NaN] } };
  });
  const { overPersonas: _, luck: __, ...made } = analyse(estimated, { expect, seed: report.seed });
  const again = {
    ...made,
    specifications: rows.length,
    failed: estimated.filter(({ failure }) => failure !== undefined).length,
  };
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
  const kept = plain(report);
  const known = Object.fromEntries(Object.keys(again).map((name) => [name, kept[name]]));
  faults.push(...differences(known, plain(again), new Set()).map((one) => `results/metrics/audit.json, ${one}`));
  const open = [
    ...(report.overPersonas ? ['the tests over persons: what each kind of person answers is not in a pack'] : []),
    ...(report.luck === null ? [] : ['what luck moves the estimate by: single runs are not in a pack']),
  ];
  return [
    checkOf('audit', faults),
    ...(open.length > 0 ? [{ what: 'parts of the audit', outcome: 'not checked' as const, details: open }] : []),
  ];
}

const near = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));
