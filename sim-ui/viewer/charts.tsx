import { untracked, useSignalEffect } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Point } from '../protocol.ts';
import { Beside, canariesOnShow, changesOnShow, overlays } from './runs.tsx';
import { actions, cssColour, dark, hello, measured, pointed, pointOnShow, points, runs, status } from './store.ts';
import { amount, capital, counted, decimal, integer, percent, policyLabel, shortened } from './words.ts';

interface Line {
  readonly label: string;
  /** null leaves a gap in the line. */
  readonly value: (point: Point) => number | null;
  readonly colour: () => string;
}

/** A line as it is drawn. */
interface Stroke extends Omit<Line, 'label' | 'value'> {
  readonly value: (point: Point, i: number, all: readonly Point[]) => number | null;
  readonly dashed?: boolean;
  /** Bounds a band: the first one its upper end, the second its lower one. */
  readonly bound?: boolean;
}

interface Chart {
  /** Another key is another picture. */
  readonly key: string;
  readonly lines: readonly Line[];
  /** How they are drawn; default: each in one stroke. */
  readonly strokes?: readonly Stroke[];
  readonly format: (value: number) => string;
  /** Largest value that the axis shows at least. */
  readonly least: number;
}

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
              ? 'no agent got an answer: all took the default'
              : `${counted(at.failed, 'agent')} got no answer and took the default`
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
  const { unit } = hello.value?.scenario.measures[index] ?? {};
  return {
    key: `measure ${index} of ${actions.value.length} actions`,
    lines: [
      {
        label: hello.value?.scenario.measures[index]?.label ?? '',
        value: (point) => (unanswered(point) ? null : (point.measures[index] ?? null)),
        colour: () => actions.peek()[1]?.colour ?? cssColour('--ink'),
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
          {first ? `${several ? `${first.label} ` : ''}${chart.format(first.value)}` : '–'}
          {at && pointed.value !== null && <span class="chart-tick"> at tick {at.tick}</span>}
        </span>
      </figcaption>
      <Plot key={`${chart.key} ${overlays().map(({ run }) => run)}`} chart={chart} />
      {several && pointed.value !== null && (
        <ul class="readings">
          {readings.slice(0, READINGS).map(({ label, colour, value }) => (
            <li key={label}>
              <i class="key" style={{ background: colour }} /> {label} {chart.format(value)}
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

function Plot({ chart }: { chart: Chart }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const latestChart = useRef(chart);
  latestChart.current = chart;

  useEffect(() => {
    let size = 0;
    const draw = () => {
      size = enlarged();
      plot.current?.destroy();
      const { clientWidth: width, clientHeight: height } = box.current!;
      plot.current = new uPlot(options(latestChart.current, width, height), dataOf(latestChart.current), box.current!);
    };
    draw();
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = box.current!;
      if (enlarged() === size) plot.current?.setSize({ width, height });
      else draw();
    });
    observer.observe(box.current!);
    const stop = dark.subscribe(draw);
    return () => {
      stop();
      observer.disconnect();
      plot.current?.destroy();
    };
  }, []);

  useSignalEffect(() => {
    void [points.value, hello.value, runs.value, overlays(), status.value?.past && status.value.tick];
    plot.current?.setData(dataOf(latestChart.current));
  });

  return <div class="plot" ref={box} aria-hidden="true" />;
}

const strokesOf = ({ lines, strokes }: Chart): readonly Stroke[] =>
  strokes ?? lines.map(({ value, colour }) => ({ value: (point) => value(point), colour }));

/** Of the run on show every stroke, of those beside it the lines alone. */
function dataOf(chart: Chart): uPlot.AlignedData {
  const ticks = Array.from({ length: lastTick() + 1 }, (_, tick) => tick);
  const column = (known: readonly Point[], value: Stroke['value']) =>
    ticks.map((tick) => (known[tick] ? value(known[tick], tick, known) : null));
  return [
    ticks,
    ...strokesOf(chart).map(({ value }) => column(points.peek(), value)),
    ...overlays().flatMap((overlay) => chart.lines.map(({ value }) => column(overlay.points, value))),
  ];
}

/** Indices of the values that stand alone between gaps, which no line shows. */
function alone(plot: uPlot, series: number): number[] {
  const values = plot.data[series]!;
  const there = (i: number) => values[i] !== null && values[i] !== undefined;
  return Array.from(values, (_, i) => i).filter((i) => there(i) && !there(i - 1) && !there(i + 1));
}

/** Ticks between the marks of the axis: a day, if a run has several. */
function unit(): { readonly ticks: number; readonly name: string; readonly first: number } {
  const { ticksPerDay = 15, horizon = 210, day = 'Day' } = hello.peek()?.scenario ?? {};
  return ticksPerDay < horizon
    ? { ticks: ticksPerDay, name: day.toLowerCase(), first: 1 }
    : { ticks: Math.max(1, Math.ceil(horizon / 20)), name: 'tick', first: 0 };
}

/** The axis grows by whole units, at least two. */
function reach(): number {
  const { ticks } = unit();
  return Math.max(2, Math.ceil((lastTick() + 1) / ticks)) * ticks;
}

/** The last tick of any run on the charts; −1 before the first is played. */
const lastTick = () =>
  Math.max(points.peek().at(-1)?.tick ?? -1, ...overlays().map((overlay) => overlay.points.at(-1)?.tick ?? -1));

/** Room for a mark of the axis, in CSS pixels of text of the usual size. */
const MARK = 44;

/** How much larger than usual text is here. */
const enlarged = (): number => Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 14;

function options(chart: Chart, width: number, height: number): uPlot.Options {
  const [grid, muted] = [cssColour('--line'), cssColour('--muted')];
  const large = enlarged();
  const font = `${11 * large}px ui-sans-serif, system-ui, sans-serif`;
  const axis = { stroke: muted, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: false, y: false },
      sync: { key: 'ticks' },
    },
    scales: {
      x: { time: false, range: () => [0, reach()] },
      // Room at the top for the names at swaps.
      y: { range: (_, min, max) => [Math.min(0, (min ?? 0) * 1.1), Math.max(chart.least, (max ?? 0) * 1.35)] },
    },
    axes: [
      {
        ...axis,
        // Clear of the lowest mark of the other axis.
        size: 24 * large,
        gap: 7,
        splits: ({ bbox }) => {
          const { ticks } = unit();
          const units = reach() / ticks;
          const every = Math.ceil((units * MARK * large * devicePixelRatio) / Math.max(1, bbox.width));
          return Array.from({ length: Math.floor(units / every) + 1 }, (_, i) => i * every * ticks);
        },
        values: (_, splits) => {
          const { ticks, name, first } = unit();
          const mark = (tick: number) => (first === 0 ? tick : tick / ticks + first);
          return splits.map((tick) => (tick >= reach() ? '' : `${tick === 0 ? `${name} ` : ''}${mark(tick)}`));
        },
        grid: { show: false },
      },
      {
        ...axis,
        size: (_, values) =>
          large * Math.max(44, 9 + 7 * Math.max(0, ...(values ?? []).map((text) => text?.length ?? 0))),
        gap: 4,
        space: 28 * large,
        values: (_, splits) => splits.map((v) => (chart.least < 1 ? String(Number(v.toFixed(4))) : integer(v))),
      },
    ],
    series: [
      {},
      ...strokesOf(chart).map(({ colour, dashed, bound }) => ({
        ...(bound ? { width: 0, auto: false } : { stroke: colour(), width: 1.75 }),
        ...(dashed && { dash: [5, 4] }),
        points: bound ? { show: false } : { size: 5, width: 0, fill: colour(), filter: alone },
        spanGaps: false,
      })),
      ...overlays().flatMap(({ dash, colour: own }) =>
        chart.lines.map(({ colour }) => ({
          stroke: chart.lines.length > 1 ? colour() : own,
          width: 1.5,
          dash: [...dash],
          points: { show: false },
        })),
      ),
    ],
    bands: bandsOf(chart),
    hooks: {
      drawClear: [(plot) => markCanaries(plot, shadeSwaps(plot)), markChanges],
      draw: [markTick],
      setCursor: [
        (plot) => {
          const { idx } = plot.cursor;
          pointed.value = idx === null || idx === undefined ? null : (points.peek()[idx]?.tick ?? null);
        },
      ],
    },
  };
}

function bandsOf(chart: Chart): uPlot.Band[] {
  const strokes = strokesOf(chart);
  const upper = strokes.findIndex(({ bound }) => bound);
  return upper < 0 ? [] : [{ series: [upper + 1, upper + 2], fill: strokes[upper]!.colour() }];
}

/** Where a name stands on a chart: its row, and from where to where. */
interface Name {
  readonly row: number;
  readonly left: number;
  readonly right: number;
}

/**
 * A line where a canary begins, has more or fewer agents, or goes back: a swap for a part; and a name, the latest first, where
 * there is room for it.
 * @param names those that stand there already
 */
function markCanaries(plot: uPlot, names: Name[]): void {
  const { ctx, bbox } = plot;
  const size = devicePixelRatio * enlarged();
  ctx.save();
  ctx.font = `${10 * size}px ui-sans-serif, system-ui, sans-serif`;
  ctx.strokeStyle = cssColour('--muted');
  ctx.fillStyle = cssColour('--muted');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  for (const { tick, name } of untracked(canariesOnShow).toReversed()) {
    const x = plot.valToPos(tick, 'x', true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const words = shortened(name, 22);
    const { width } = ctx.measureText(words);
    const apart = 3 * devicePixelRatio;
    const left = x + apart + width <= bbox.left + bbox.width ? x + apart : x - apart - width;
    const right = left + width;
    const row = [0, 1].find((r) => !names.some((other) => other.row === r && left < other.right && other.left < right));
    if (row === undefined) continue;
    ctx.fillText(words, left, bbox.top + (10 + 11 * row) * size);
    names.push({ row, left, right });
  }
  ctx.restore();
}

/** A dotted line and the new values where parameters were changed, at the foot of the chart. */
function markChanges(plot: uPlot): void {
  const { ctx, bbox } = plot;
  const size = devicePixelRatio * enlarged();
  ctx.save();
  ctx.font = `${10 * size}px ui-sans-serif, system-ui, sans-serif`;
  ctx.strokeStyle = cssColour('--warn');
  ctx.fillStyle = cssColour('--warn');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([devicePixelRatio, 2 * devicePixelRatio]);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  untracked(changesOnShow).forEach(({ tick, words }, i) => {
    const x = plot.valToPos(tick, 'x', true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    // Words of changes that follow closely stand in two rows.
    ctx.fillText(shortened(words, 24), x + 3 * devicePixelRatio, bbox.top + bbox.height - (4 + 11 * (i % 2)) * size);
  });
  ctx.restore();
}

/** A line at the tick that somebody looks back at. */
function markTick(plot: uPlot): void {
  const { past, tick } = status.peek() ?? {};
  if (!past) return;
  const { ctx, bbox } = plot;
  const x = plot.valToPos(tick!, 'x', true);
  ctx.save();
  ctx.fillStyle = cssColour('--focus');
  ctx.fillRect(x - devicePixelRatio, bbox.top, 2 * devicePixelRatio, bbox.height);
  ctx.restore();
}

/** Marks where another policy took over, and shades the ticks that a teacher decided. */
function shadeSwaps(plot: uPlot): Name[] {
  const names: Name[] = [];
  const known = points.peek();
  const teachers = new Set(
    status
      .peek()
      ?.policies.filter(({ role }) => role === 'teacher')
      .map(({ name }) => name),
  );
  const { ctx, bbox } = plot;
  const x = (tick: number) => plot.valToPos(tick, 'x', true);
  ctx.save();
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  const size = devicePixelRatio * enlarged();
  ctx.font = `${10 * size}px ui-sans-serif, system-ui, sans-serif`;
  for (let from = 0, swaps = 0; from < known.length; ) {
    let to = from;
    while (to + 1 < known.length && known[to + 1]!.policy === known[from]!.policy) to++;
    const { policy, tick } = known[from]!;
    if (teachers.has(policy)) {
      ctx.fillStyle = cssColour('--teacher-shade');
      ctx.fillRect(x(tick), bbox.top, x(known[to]!.tick + (to + 1 < known.length ? 1 : 0)) - x(tick), bbox.height);
    }
    if (from > 0) {
      ctx.strokeStyle = cssColour('--muted');
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(x(tick), bbox.top);
      ctx.lineTo(x(tick), bbox.top + bbox.height);
      ctx.stroke();
      ctx.fillStyle = cssColour('--muted');
      // Names of swaps that follow closely stand in two rows.
      const row = swaps++ % 2;
      const name = shortened(policyLabel(policy).replace('student:', ''), 18);
      const left = x(tick) + 3 * devicePixelRatio;
      ctx.fillText(name, left, bbox.top + (10 + 11 * row) * size);
      names.push({ row, left, right: left + ctx.measureText(name).width });
    }
    from = to + 1;
  }
  ctx.restore();
  return names;
}
