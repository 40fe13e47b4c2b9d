import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { grouped, listed, percent, short, withInterval } from '../../report/wording.ts';
import type { CertificateFile } from '../../workspace/certificates.ts';
import { readRecordedRun } from '../../workspace/recorded-run.ts';
import type { SweepFiles } from '../../workspace/sweep.ts';
import type { FoundResult, Run } from './result-commands.ts';
import { quoted } from './work-plan.ts';

/** The mean of one outcome in each arm: of a measure, of reward where there is none. */
export function swept({ manifest, summary }: SweepFiles, folder: string, run: Run): FoundResult[] {
  const { design, runs, failed, policies, replications, seed, cohorts } = manifest;
  const outcomes = [...new Set(summary.map(({ outcome }) => outcome!))];
  const outcome = outcomes.find((name) => !/^(?:agents_|mean_p_|reward$)/.test(name)) ?? outcomes[0];
  const rows = summary.filter((row) => row.outcome === outcome);
  const values = (name: string) => [...new Set(manifest.settings.map(({ parameters }) => parameters[name]))].join(',');
  const agents = [...new Set(rows.map((row) => row.agents!))].join(',');
  const populations = [...new Set(manifest.settings.flatMap(({ population }) => population ?? []))];
  const command =
    design.kind === 'grid' || design.kind === 'file'
      ? run(
          design.file === undefined ? 'sweep' : `sweep ${quoted(design.file)}`,
          ...(design.file === undefined
            ? design.parameters.map((name) => ['set', `${name}=${values(name)}`] as const)
            : []),
          ...Object.keys(policies).map((policy) => ['policy', policy] as const),
          ...(agents === '' ? [] : [['agents', agents] as const]),
          ['replications', replications],
          ['ticks', manifest.ticks],
          ...populations.map((population) => ['population', population] as const),
          ...(manifest.people === 'exact' ? [['people', 'exact'] as const] : []),
          ...(cohorts ? ['--cohorts'] : []),
          ['seed', seed],
          ...(folder === join('results', 'sweep') ? [] : [['out', folder] as const]),
        )
      : undefined;
  const head: FoundResult = {
    what: `${grouped(runs)} runs over ${listed(design.parameters) || 'policies'} (${design.kind})`,
    number: failed > 0 ? `${grouped(failed)} failed` : 'all played',
    ...(command !== undefined && { command }),
  };
  const numberIn = (cell: string | undefined) => (cell === undefined || cell === '' ? Number.NaN : Number(cell));
  return [
    head,
    ...rows.map((row) => ({
      what: [
        ...design.parameters.map((name) => `${name} ${row[`parameter_${name}`] ?? row[name]}`),
        row.policy!,
        `${outcome}`,
      ].join(', '),
      number: withInterval(numberIn(row.mean), { lower: numberIn(row.lower), upper: numberIn(row.upper) }),
      ...(command !== undefined && { command }),
    })),
  ];
}

/** How far each total is from what it would have been under the teacher. */
export function certified(certificate: CertificateFile, run: Run): FoundResult[] {
  const { policy, teacher, agents, ticks, seed, parameters, cohorts, atMost, asked, level, outcomes } = certificate;
  const command = run(
    'simulate',
    ['policy', policy],
    ['agents', agents],
    ['ticks', ticks],
    cohorts ? '--cohorts' : '--no-cohorts',
    ...Object.entries(parameters).map(([name, value]) => ['set', `${name}=${value}`] as const),
    ['certify', teacher],
    ['questions', atMost],
    ['seed', seed],
  );
  return Object.entries(outcomes).map(([name, { total, difference, lower, upper }]) => ({
    what: `${name} of ${grouped(agents)} agents × ${grouped(ticks)} ticks: ${policy} less ${teacher}`,
    number: `${amountInWords(difference)} [${amountInWords(lower)}, ${amountInWords(upper)}] of ${amountInWords(total)}, ${Number((100 * level).toPrecision(6))} % certain, ${grouped(asked)} questions`,
    command,
  }));
}

/** A total with four digits that say something. */
const amountInWords = (value: number): string =>
  Math.abs(value) >= 1000 ? grouped(Math.round(value)).replace('-', '−') : short(value, 3);

const totals = z.object({
  actions: z.record(z.string(), z.number()).optional(),
  measures: z.record(z.string(), z.number()).optional(),
  disagreement: z.number().optional(),
});

export async function recorded(directory: string, folder: string, workspace: string): Promise<FoundResult[]> {
  const { plan } = await readRecordedRun(directory);
  const {
    actions = {},
    measures = {},
    disagreement,
  } = totals.parse(JSON.parse(await readFile(join(directory, 'run.json'), 'utf8')));
  const counted = Object.entries(Object.keys(measures).length > 0 ? measures : actions);
  return [
    {
      what: `${folder}: ${plan.policy}, ${grouped(plan.agents)} agents × ${grouped(plan.ticks)} ticks, seed ${plan.seed}`,
      number: [
        ...counted.slice(0, 3).map(([name, total]) => `${name} ${grouped(total)}`),
        ...(disagreement === undefined ? [] : [`${percent(disagreement)} decided otherwise than under ${plan.twin}`]),
      ].join(', '),
      command: `understudy replay ${quoted(join(workspace, folder))}${workspace === '.' ? '' : ` --workspace ${quoted(workspace)}`}`,
    },
  ];
}
