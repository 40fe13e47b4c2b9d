import { z } from 'zod';
import type { Workspace } from './paths.ts';
import { interval, list, number, readJson } from './result-file.ts';
import { jsonBesideTables } from './result-tables.ts';
import {
  count,
  decimal,
  type EarlierRowOf,
  flag,
  optional,
  phrases,
  type RowOf,
  readTable,
  tableText,
  text,
} from './table.ts';
import { writeTogether } from './write-file.ts';

const rankTest = z.object({ n: z.number(), p: z.number() });

/** results/metrics/audit.json: whether a claim survives other specifications. */
const auditSchema = z.object({
  scenario: z.string(),
  /** `outcome` is `b` less `a`, and should be more or less than 0. */
  claim: z.object({
    outcome: z.string(),
    kind: z.enum(['probability', 'share', 'measure']),
    a: z.string(),
    b: z.string(),
    expect: z.enum(['more', 'less']),
  }),
  /** `asked`: kinds of people are asked with phrases; `simulated`: a population lives in two worlds. */
  way: z.enum(['asked', 'simulated']),
  /** Of a simulation; of asking, kinds of people. */
  agents: z.number(),
  ticks: z.number().nullable(),
  replications: z.number(),
  seed: z.number(),
  specifications: z.number(),
  failed: z.number(),
  failures: list(z.object({ reason: z.string(), specifications: z.number() })),
  /** Over all specifications that did not fail. */
  range: z.object({ ...interval.shape, median: number }),
  /** Specifications whose estimate goes against the claim. */
  against: z.number(),
  /** The mean over wordings, each a mean over the ways of asking; null without two whole wordings. */
  estimate: z
    .object({
      mean: z.number(),
      /** 95 %, of the test itself: unbounded below six wordings. */
      interval,
      /** Sign-flip test with the wording as the unit, two-sided. */
      p: z.number(),
      exact: z.boolean(),
      /** Standard deviation over wordings. */
      sd: z.number(),
      wordings: z.number(),
      /** Wordings that some way of asking has no estimate for. */
      leftOut: z.number(),
      /** As many wordings as these would be worth if they had no level in common. */
      effectiveWordings: z.number(),
      /** The p-value if the levels of facets are a sample of such levels too: larger where one facet decides. */
      pOfLevels: z.number(),
    })
    .nullable(),
  /** Which facet moves the estimate, largest first. */
  facets: list(
    z.object({
      facet: z.string(),
      /** Of the variance over specifications that have a wording. */
      share: z.number(),
      levels: list(z.object({ level: z.string(), mean: number, specifications: z.number(), against: z.number() })),
    }),
  ),
  /** Shares of what wordings differ by beyond their facets, and of what acts together. */
  wordingShare: z.number(),
  togetherShare: z.number(),
  power: z.object({
    wordings: z.number(),
    /** The smallest p that so many wordings can give. */
    leastP: z.number(),
    /** Of an effect as large as what a wording shifts the estimate by. */
    atOneShift: z.number(),
    /** Wordings that find such an effect nine times in ten; null if these do. */
    needed: z.number().nullable(),
  }),
  /** Tests that take persons, who share a wording's shift, for independent: wrong, and there to be seen. */
  overPersonas: z.object({ personas: z.number(), sign: rankTest, wilcoxon: rankTest }).nullable(),
  /** Standard error of the mean estimate over replications: what luck moves it by; null for one replication. */
  luck: z.number().nullable(),
  /** Who decided, with the ids of content. */
  policies: z.record(z.string(), z.string()),
  command: z.string(),
});
export type AuditReport = z.infer<typeof auditSchema>;

const columns = {
  specification: ['specification', count],
  policy: ['policy', text],
  elicit: ['elicit', optional(text)],
  temperature: ['temperature', optional(decimal)],
  paraphrase: ['paraphrase', optional(text)],
  slots: ['slots', optional(text)],
  order: ['order', optional(text)],
  list: ['list', optional(text)],
  punctuation: ['punctuation', optional(text)],
  a: ['a', optional(decimal)],
  b: ['b', optional(decimal)],
  estimate: ['estimate', optional(decimal)],
  lower: ['lower', optional(decimal)],
  upper: ['upper', optional(decimal)],
  /** Whether the estimate goes against the claim. */
  against: ['against', optional(flag)],
  /** Why there is no estimate. */
  reason: ['reason', optional(text)],
} as const;

/** results/metrics/audit.csv: one row a specification. */
export type AuditRow = RowOf<typeof columns>;

const runColumns = {
  specification: ['specification', count],
  /** From 1 on; all specifications have the same luck in it. */
  replication: ['replication', count],
  a: ['a', decimal],
  b: ['b', decimal],
} as const;

/** results/metrics/audit-runs.csv: what the outcome was on both sides, by specification and replication. */
export type AuditRun = RowOf<typeof runColumns>;

const personColumns = {
  specification: ['specification', count],
  /** What a kind of person has. */
  traits: ['traits', phrases],
  difference: ['difference', decimal],
} as const;

/** results/metrics/audit-persons.csv: what the outcome differs by, b less a, by specification and kind of person. */
export type AuditPerson = RowOf<typeof personColumns>;

/** Everything that an audit says beside its report. */
export interface AuditTables {
  readonly rows: readonly AuditRow[];
  readonly runs: readonly AuditRun[];
  /** None if kinds of people cannot be paired. */
  readonly persons: readonly AuditPerson[];
}

/** An audit as its files have it; those of earlier versions lack runs and persons. */
export interface AuditFiles {
  readonly report: AuditReport;
  readonly rows: readonly EarlierRowOf<typeof columns>[];
  readonly runs: readonly AuditRun[] | undefined;
  readonly persons: readonly AuditPerson[];
}

export const auditText = (rows: readonly AuditRow[]): string => tableText(columns, rows);

/** Writes all files in one step. */
export function writeAudit(paths: Workspace, report: AuditReport, { rows, runs, persons }: AuditTables): Promise<void> {
  const tables = {
    [paths.auditTable]: auditText(rows),
    [paths.auditRuns]: tableText(runColumns, runs),
    [paths.auditPersons]: persons.length > 0 ? tableText(personColumns, persons) : undefined,
  };
  return writeTogether({ ...tables, [paths.audit]: jsonBesideTables(report, tables) });
}

/** @throws {UnderstudyError} DISTILL_FILE where a file is damaged */
export async function readAudit(paths: Workspace): Promise<AuditFiles | undefined> {
  const report = await readJson(paths, paths.audit, 'audit', auditSchema);
  if (!report) return undefined;
  return {
    report,
    rows: (await readTable(paths, paths.auditTable, 'audit', columns)) ?? [],
    runs: await readTable(paths, paths.auditRuns, 'audit', runColumns),
    persons: (await readTable(paths, paths.auditPersons, 'audit', personColumns)) ?? [],
  };
}
