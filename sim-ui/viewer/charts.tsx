import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Point } from '../protocol.ts';
import { cssColour, dark, hello, pointed, points, status } from './store.ts';
import { capital, counted, decimal, integer, percent } from './words.ts';

interface Chart {
  readonly title: string;
  readonly value: (point: Point) => number | null;
  readonly format: (value: number) => string;
  readonly line: string;
  /** Largest value that the axis shows at least. */
  readonly least: number;
}

/** Sales, mean probability and the distance between teacher and student, tick by tick, with swaps marked. */
export function Charts() {
  const scenario = hello.value?.scenario;
  const measure = scenario?.measures[0];
  const asked = scenario && scenario.actions.length === 2 ? scenario.actions[1] : 'act';
  const latest = points.value.at(-1);
  const at = points.value[pointed.value ?? -1] ?? latest;
  const charts: Chart[] = [
    {
      title: `${capital(measure ?? 'reward')} per tick`,
      value: (point) => point.measures[0]!,
      format: integer,
      line: '--acted',
      least: 10,
    },
    {
      title: `Mean P(${asked})`,
      value: (point) => point.meanP,
      format: (p) => decimal(p),
      line: '--student',
      least: 0.2,
    },
    {
      title: 'Mean |teacher − student|',
      value: (point) => point.gap,
      format: (p) => decimal(p, 4),
      line: '--teacher',
      least: 0.005,
    },
  ];
  return (
    <section class="charts panel" aria-label="Charts">
      {charts.map((chart, i) => {
        const value = at && chart.value(at);
        return (
          <figure key={i} class="chart">
            <figcaption>
              <span class="chart-title">{chart.title}</span>
              <span class="chart-value">
                {value === null || value === undefined ? '–' : chart.format(value)}
                {at && pointed.value !== null && <span class="chart-tick"> at tick {at.tick}</span>}
              </span>
            </figcaption>
            <Plot chart={chart} />
            {i === 2 && <Coverage at={at} />}
            {i === 1 && <p class="chart-note">{at ? `decided by ${at.policy}` : 'no tick played yet'}</p>}
            {i === 0 && (
              <p class="chart-note">
                {at && at.failed > 0
                  ? `${counted(at.failed, 'agent')} got no answer and took the default`
                  : at
                    ? counted(at.distinct, 'distinct observation')
                    : 'no tick played yet'}
              </p>
            )}
          </figure>
        );
      })}
    </section>
  );
}

/** For how many agents the distance is known, and between which policies. */
function Coverage({ at }: { at: Point | undefined }) {
  if (!at) return <p class="chart-note">no tick played yet</p>;
  const words = `teacher knows ${percent(at.coverage)} of agents' observations`;
  return (
    <p class="chart-note" title={at.student ? `${words}; compared with ${at.student}` : words}>
      {words}
    </p>
  );
}

function Plot({ chart }: { chart: Chart }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>();
  const latestChart = useRef(chart);
  latestChart.current = chart;

  useEffect(() => {
    const draw = () => {
      plot.current?.destroy();
      const { clientWidth: width, clientHeight: height } = box.current!;
      plot.current = new uPlot(options(latestChart.current, width, height), dataOf(latestChart.current), box.current!);
    };
    draw();
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = box.current!;
      plot.current?.setSize({ width, height });
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
    void [points.value, hello.value];
    plot.current?.setData(dataOf(latestChart.current));
  });

  return <div class="plot" ref={box} aria-hidden="true" />;
}

function dataOf({ value }: Chart): uPlot.AlignedData {
  const known = points.peek();
  return [known.map(({ tick }) => tick), known.map(value)];
}

/** The axis grows by whole days, at least two. */
function reach(): number {
  const day = hello.peek()?.scenario.ticksPerDay ?? 15;
  return Math.max(2, Math.ceil(points.peek().length / day)) * day;
}

function options(chart: Chart, width: number, height: number): uPlot.Options {
  const [grid, muted] = [cssColour('--line'), cssColour('--muted')];
  const font = '11px ui-sans-serif, system-ui, sans-serif';
  const day = () => hello.peek()?.scenario.ticksPerDay ?? 15;
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
      y: { range: (_, __, max) => [0, Math.max(chart.least, max * 1.35)] },
    },
    axes: [
      {
        ...axis,
        size: 22,
        gap: 4,
        splits: () => {
          const days = reach() / day();
          const every = Math.ceil(days / 7);
          return Array.from({ length: Math.floor(days / every) + 1 }, (_, i) => i * every * day());
        },
        values: (_, splits) =>
          splits.map((tick) => (tick >= reach() ? '' : `${tick === 0 ? 'day ' : ''}${Math.floor(tick / day()) + 1}`)),
        grid: { show: false },
      },
      {
        ...axis,
        size: (_, values) => Math.max(44, 9 + 7 * Math.max(0, ...(values ?? []).map((text) => text?.length ?? 0))),
        gap: 4,
        space: 28,
        values: (_, splits) => splits.map((v) => (chart.least < 1 ? String(Number(v.toFixed(4))) : integer(v))),
      },
    ],
    series: [
      {},
      {
        stroke: cssColour(chart.line),
        width: 1.75,
        points: { show: false },
        spanGaps: true,
      },
    ],
    hooks: {
      drawClear: [(plot) => shadeSwaps(plot)],
      setCursor: [
        (plot) => {
          const { idx } = plot.cursor;
          pointed.value = idx === null || idx === undefined ? null : (points.peek()[idx]?.tick ?? null);
        },
      ],
    },
  };
}

/** Marks where another policy took over, and shades the ticks that a teacher decided. */
function shadeSwaps(plot: uPlot): void {
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
  ctx.font = `${10 * devicePixelRatio}px ui-sans-serif, system-ui, sans-serif`;
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
      ctx.fillText(
        policy.replace('student:', ''),
        x(tick) + 3 * devicePixelRatio,
        bbox.top + (10 + 11 * row) * devicePixelRatio,
      );
    }
    from = to + 1;
  }
  ctx.restore();
}
