import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Point } from '../protocol/runs.ts';
import { type Chart, enlarged, type Stroke, strokesOf } from './chart.ts';
import { markCanaries, markChanges, markTick, shadeSwaps } from './chart-marks.ts';
import { overlays } from './runs.tsx';
import { cssColour, dark, hello, pointed, points, runs, status } from './store.ts';
import { drawInTurn, giveUpTurn } from './turns.ts';
import { integer } from './words.ts';

/** A chart as it is drawn. */
export function Plot({ chart }: { chart: Chart }) {
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
      plot.current = new uPlot(
        options(latestChart.current, { width, height, large: size }),
        dataOf(latestChart.current),
        box.current!,
      );
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

  useEffect(() => {
    const draw = () => plot.current?.setData(dataOf(latestChart.current));
    const stop = effect(() => {
      void [points.value, hello.value, runs.value, overlays(), status.value?.past && status.value.tick];
      drawInTurn(draw);
    });
    return () => {
      stop();
      giveUpTurn(draw);
    };
  }, []);

  return <div class="plot" ref={box} aria-hidden="true" />;
}

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

/**
 * @param size of the box in CSS pixels, and how much larger than usual its text is; known when the chart is made, so that no
 *   drawing of it waits for a layout of the page
 */
function options(
  chart: Chart,
  { width, height, large }: { readonly width: number; readonly height: number; readonly large: number },
): uPlot.Options {
  const [grid, muted] = [cssColour('--line'), cssColour('--muted')];
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
        values: (_, splits) => splits.map((v) => (Number.isInteger(v) ? integer(v) : String(Number(v.toFixed(4))))),
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
      drawClear: [(plot) => markCanaries(plot, large, shadeSwaps(plot, large)), (plot) => markChanges(plot, large)],
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
