import type { ComponentChildren } from 'preact';
import type { Point } from '../protocol/runs.ts';
import type { Chart } from './chart.ts';
import { Plot } from './plot.tsx';
import { Beside, overlays } from './runs.tsx';
import { actions, cssColour, hello, measured, pointed, pointOnShow, points } from './store.ts';
import { amount, capital, counted, decimal, integer, percent, policyLabel, shortened } from './words.ts';

/** A measure, mean probabilities and the distance between teacher and student, tick by tick, with swaps marked. */
export function Charts() {
  const at = points.value[pointed.value ?? -1] ?? pointOnShow.value;
  return (
    <section class="charts panel" aria-label="Charts">
      <Beside />
      <Figure
        chart={measureChart()}
        at={at}
        title={<MeasureChoice />}
        note={
          at && at.failed > 0
            ? unanswered(at)
              ? 'nobody got an answer: took the default'
              : `${integer(at.failed)} got no answer: took the default`
            : at && counted(at.distinct, 'distinct observation')
        }
      />
      <Figure
        chart={probabilityChart()}
        at={at}
        title={actions.value.length === 2 ? `Mean P(${actions.value[1]!.name})` : 'Mean P'}
        note={at && `decided by ${policyLabel(at.policy)}`}
      />
      <Figure chart={distanceChart} at={at} title="Mean |teacher − student|" {...coverageOf(at)} />
    </section>
  );
}

/** Whether nobody got an answer: what everybody did by default is nothing that the policy decided. */
const unanswered = ({ failed }: Point): boolean => failed > 0 && failed >= (hello.peek()?.agents ?? 0);

function measureChart(): Chart {
  const index = measured.value;
  const two = actions.value.length === 2;
  const { unit } = hello.value?.scenario.measures[index] ?? {};
  return {
    key: `measure ${index} of ${actions.value.length} actions`,
    lines: [
      {
        label: hello.value?.scenario.measures[index]?.label ?? '',
        value: (point) => (unanswered(point) ? null : (point.measures[index] ?? null)),
        // Among several actions no colour of theirs says what is counted.
        colour: () => (two ? actions.peek()[1]!.colour : cssColour('--ink')),
      },
    ],
    format: (value) => (unit ? `${amount(value)} ${unit}` : amount(value)),
    least: 10,
  };
}

function probabilityChart(): Chart {
  const shown = actions.value.length === 2 ? [1] : actions.value.map((_, a) => a);
  return {
    key: `probability ${shown.length}`,
    lines: shown.map((a) => ({
      label: actions.value[a]!.name,
      value: ({ meanP }) => meanP?.[a] ?? null,
      colour: () => (shown.length === 1 ? cssColour('--student') : (actions.peek()[a]?.colour ?? cssColour('--ink'))),
    })),
    format: (p) => decimal(p),
    least: 0.2,
  };
}

/** Below this share of agents whose observation the teacher knows, the mean over them is drawn as what it is: a part. */
const ENOUGH = 0.9;

const partly = (point: Point | undefined): boolean => point !== undefined && point.coverage < ENOUGH;

/** A line where most is known, dashes and paler where not, and around it all that the mean over everybody could be. */
const distanceChart: Chart = {
  key: 'distance',
  lines: [{ label: 'distance', value: ({ gap }) => gap, colour: () => cssColour('--teacher') }],
  strokes: [
    { value: (point) => (partly(point) ? null : point.gap), colour: () => cssColour('--teacher') },
    {
      // As far as the neighbours, so that there is no hole between the two.
      value: (point, i, all) => (partly(point) || partly(all[i - 1]) || partly(all[i + 1]) ? point.gap : null),
      colour: () => `${cssColour('--teacher')}a6`,
      dashed: true,
    },
    ...[1, 0].map((end) => ({
      value: ({ gap, gapBounds }: Point) => (gap === null ? null : (gapBounds?.[end] ?? null)),
      colour: () => `${cssColour('--teacher')}2e`,
      bound: true,
    })),
    // What the distance is to be held against, where a study of the teacher says it.
    {
      value: () => hello.peek()?.selfDistance?.reruns ?? null,
      colour: () => `${cssColour('--muted')}a6`,
      dashed: true,
    },
  ],
  format: (p) => decimal(p, 4),
  least: 0.005,
};

/** Lines that are read out under the pointer, the highest first. */
const READINGS = 6;

interface FigureProps {
  readonly chart: Chart;
  readonly at: Point | undefined;
  readonly title: ComponentChildren;
  readonly note?: string | undefined;
  /** What there is no room for. */
  readonly more?: string;
}

function Figure({ chart, at, title, note = 'no tick played yet', more }: FigureProps) {
  const readings = chart.lines
    .flatMap(({ label, value, colour }) => {
      const now = at && value(at);
      return now === undefined || now === null ? [] : [{ label, colour: colour(), value: now }];
    })
    .sort((a, b) => b.value - a.value);
  const several = chart.lines.length > 1;
  const [first] = readings;
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="chart-value">
          {several && first && <span class="chart-line">{shortened(first.label, 20)} </span>}
          {first ? chart.format(first.value) : '–'}
          {at && pointed.value !== null && <span class="chart-tick"> at tick {at.tick}</span>}
        </span>
      </figcaption>
      <Plot key={`${chart.key} ${overlays().map(({ run }) => run)}`} chart={chart} />
      {several && pointed.value !== null && (
        <ul class="readings">
          {readings.slice(0, READINGS).map(({ label, colour, value }) => (
            <li key={label}>
              <i class="key" style={{ background: colour }} /> {shortened(label, 40)} {chart.format(value)}
            </li>
          ))}
        </ul>
      )}
      <p class="chart-note" title={more ?? note}>
        {note}
      </p>
    </figure>
  );
}

/** Which measure is charted, if there are several. */
function MeasureChoice() {
  const measures = hello.value?.scenario.measures ?? [];
  const title = (label: string) => `${capital(label)} per tick`;
  if (measures.length < 2) return <>{title(measures[0]?.label ?? 'reward')}</>;
  return (
    <select
      aria-label="Measure"
      title={title(measures[measured.value]?.label ?? '')}
      value={measured.value}
      onChange={({ currentTarget: { value } }) => {
        measured.value = Number(value);
      }}
    >
      {measures.map(({ name, label }, i) => (
        <option key={name} value={i}>
          {title(label)}
        </option>
      ))}
    </select>
  );
}

/** For how many agents the distance is known, and between which policies. */
function coverageOf(at: Point | undefined): Pick<FigureProps, 'note' | 'more'> {
  if (!at) return {};
  if (at.student === null) return { note: 'no student to compare the teacher with' };
  const self = hello.value?.selfDistance?.reruns ?? null;
  const itself = self === null ? '' : ` · it differs from itself by ${decimal(self)} (the dashed line)`;
  const known =
    at.coverage === 1
      ? 'teacher knows all observations'
      : `teacher knows ${percent(at.coverage)} of agents' observations`;
  const [low, high] = at.gapBounds ?? [];
  const between =
    low === undefined || high === undefined || at.coverage === 1 || at.gap === null
      ? ''
      : `: ${decimal(low)} to ${decimal(high)}`;
  const explained = between
    ? `${known}; whatever it would say to the rest, the mean over all agents lies between ${decimal(low!, 4)} and ${decimal(high!, 4)} (the band)`
    : known;
  return {
    // Two bounds take the room that words had.
    note: `${between ? `teacher knows ${percent(at.coverage)}${between}` : known}${itself}`,
    more: `${explained}${itself}${at.student ? `; compared with ${at.student}` : ''}`,
  };
}
