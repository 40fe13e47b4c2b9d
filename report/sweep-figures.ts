import type { ReportFigure } from './figures/render.ts';
import { type DrawnIndex, sensitivityBars } from './figures/sensitivity-bars.ts';
import { type Response, sweepResponse } from './figures/sweep-response.ts';
import type { StudyFiles } from './study-files.ts';
import { grouped } from './wording.ts';

/** Lines that can be told apart in one panel, and panels in one figure. */
const MOST_LINES = 6;
const MOST_PANELS = 6;

type Sweep = NonNullable<StudyFiles['sweep']>;

/** What a sweep found out: each outcome against each parameter, and sensitivity indices. */
export function ofSweep({ sweep }: StudyFiles): ReportFigure[] {
  if (!sweep) return [];
  const { design, replications } = sweep.manifest;
  const runs = replications === 1 ? 'one run' : `${grouped(replications)} runs`;
  return [
    ...design.parameters.flatMap((parameter): ReportFigure[] => {
      const { responses, lines } = responsesOf(sweep, parameter);
      if (new Set(responses.map(({ at }) => at)).size < 2) return [];
      return [
        {
          name: `sweep-${parameter}`,
          section: 'sweep',
          caption: `${runs[0]!.toUpperCase()}${runs.slice(1)} at each setting, on the same seeds everywhere: lines differ by what is set and by who decides, not by luck.`,
          draw: (theme) => sweepResponse(responses, { parameter, lines }, theme),
        },
      ];
    }),
    ...(sweep.sensitivity.length > 0
      ? [
          {
            name: 'sensitivity',
            section: 'sweep' as const,
            caption:
              'By itself: the share of the outcome’s variance over the design that goes if the parameter is held at a value. With interactions: the share that stays if all others are held. Where the two agree, the parameter acts alone.',
            draw: (theme) => sensitivityBars(indicesOf(sweep), theme),
          } satisfies ReportFigure,
        ]
      : []),
  ];
}

/** Outcomes that are drawn: reward and measures; without measures, the actions as well. */
function drawnOutcomes(names: readonly string[]): string[] {
  const totals = names.filter((name) => !/^(?:agents_|mean_p_)/.test(name));
  return (totals.length > 1 ? totals : names.filter((name) => !name.startsWith('mean_p_'))).slice(0, MOST_PANELS);
}

const columnOf = (parameter: string, row: Readonly<Record<string, string>> | undefined): string =>
  row && `parameter_${parameter}` in row ? `parameter_${parameter}` : parameter;

const numberIn = (cell: string | undefined): number => (cell === undefined || cell === '' ? Number.NaN : Number(cell));

function responsesOf({ manifest, summary }: Sweep, parameter: string) {
  const outcomes = drawnOutcomes([...new Set(summary.map(({ outcome }) => outcome!))]);
  const others = manifest.design.parameters.filter((name) => name !== parameter);
  const varied = (name: string) => new Set(summary.map((row) => row[name])).size > 1;
  const rows = summary.filter(({ outcome }) => outcomes.includes(outcome!));
  const seriesWith = (settings: boolean) => (row: Readonly<Record<string, string>>) =>
    [
      row.policy!,
      ...(varied('population') ? [row.population!] : []),
      ...(varied('agents') ? [`${row.agents} agents`] : []),
      ...(settings
        ? others.map((name) => columnOf(name, row)).flatMap((name) => (varied(name) ? [`${name} ${row[name]}`] : []))
        : []),
    ].join(', ');
  const lines = new Set(rows.map(seriesWith(true))).size <= MOST_LINES;
  const seriesOf = seriesWith(lines);
  const responses = rows.map(
    (row): Response => ({
      outcome: row.outcome!,
      series: seriesOf(row),
      at: numberIn(row[columnOf(parameter, row)]),
      mean: numberIn(row.mean),
      lower: numberIn(row.lower),
      upper: numberIn(row.upper),
    }),
  );
  return { responses: responses.sort((a, b) => a.at - b.at), lines };
}

function indicesOf({ sensitivity }: Sweep): DrawnIndex[] {
  const outcomes = drawnOutcomes([...new Set(sensitivity.map(({ outcome }) => outcome!))]);
  const kindOf = ({ policy, population, agents }: Sweep['sensitivity'][number]) =>
    [policy, ...(population ? [population] : []), `${agents} agents`].join(', ');
  const several = new Set(sensitivity.map(kindOf)).size > 1;
  return sensitivity
    .filter(({ outcome, first }) => outcomes.includes(outcome!) && first !== '')
    .flatMap((row) =>
      (
        [
          ['by itself', 'first'],
          ['with interactions', 'total'],
        ] as const
      ).map(([index, column]) => ({
        outcome: several ? `${row.outcome} (${kindOf(row)})` : row.outcome!,
        ...{ parameter: row.parameter!, index },
        ...{
          value: numberIn(row[column]),
          lower: numberIn(row[`${column}_lower`]),
          upper: numberIn(row[`${column}_upper`]),
        },
      })),
    );
}
